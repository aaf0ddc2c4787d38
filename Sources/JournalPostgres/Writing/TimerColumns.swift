//! Timers that are cancelled, started and fired, as columns.
internal import JournalCore
internal import SwitchboardSDK

struct TimerColumns {
  private struct Starting {
    private var columns = [
      ArrayColumn(.text), ArrayColumn(.int8), ArrayColumn(.int8), ArrayColumn(.int4), ArrayColumn(.int4),
      ArrayColumn(.int4), ArrayColumn(.int4), ArrayColumn(.int2), ArrayColumn(.text), ArrayColumn(.text),
      ArrayColumn(.bytes),
    ]

    mutating func add(_ timer: TimerRecord, names: (String) -> Int32) {
      columns[0].append(timer.key)
      columns[1].append(timer.dueAt)
      columns[2].append(timer.event)
      columns[3].append(names(timer.project))
      columns[4].append(names(timer.flow))
      columns[5].append(names(timer.version))
      columns[6].append(names(timer.label))
      columns[7].append(Int16(LanePartition.of(timer.lane)))
      columns[8].append(timer.conversation)
      columns[9].append(timer.lane)
      columns[10].append(timer.state)
    }

    func statement(_ statement: WriteStatement) -> PlannedStatement? { PlannedStatement(statement, columns) }
  }

  private var cancelled = ArrayColumn(.text)
  private var conversations = ArrayColumn(.text)
  private var started = Starting()
  private var kept = Starting()
  private var fired = [ArrayColumn(.text), ArrayColumn(.int8), ArrayColumn(.bool)]
  /// Who fires them, in the same order.
  private var firing: [Int] = []

  mutating func cancel(key: String) { cancelled.append(key) }
  mutating func cancelAll(conversation: String) { conversations.append(conversation) }

  mutating func start(_ timer: TimerRecord, keepsEarlier: Bool, names: (String) -> Int32) {
    if keepsEarlier { kept.add(timer, names: names) } else { started.add(timer, names: names) }
  }

  mutating func fire(key: String, now: Timestamp, handsOver: Bool, write: Int) {
    firing.append(write)
    fired[0].append(key)
    fired[1].append(now)
    fired[2].append(handsOver)
  }

  var statements: [PlannedStatement] {
    [
      PlannedStatement(.cancelTimers, [cancelled]), PlannedStatement(.cancelAllTimers, [conversations]),
      kept.statement(.keepTimers), started.statement(.startTimers),
      PlannedStatement(.fireTimers, fired, meaning: .firedTimers(writes: firing)),
    ].compactMap(\.self)
  }
}
