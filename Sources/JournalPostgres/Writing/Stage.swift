//! Rows of several writes, by table: what goes to the server together.
internal import JournalCore
internal import SwitchboardSDK

struct Stage {
  enum Key: Hashable {
    case run(RunID)
    case delivery(Int64)
    case timer(String)
    case conversation(String)
    case thread(conversation: String, connection: String)
    case place(connection: String, chat: String, thread: String)
    case state(project: String, key: String)
  }

  var runs = RunColumns()
  var deliveries = DeliveryColumns()
  var timers = TimerColumns()
  var conversations = ConversationColumns()
  var threads = ThreadColumns()
  var values = StateColumns()
  private var ranks: [Key: Int] = [:]

  /// Whether a row can be touched in this stage: not yet, or only by a statement that stands before this one.
  func mayTouch(_ key: Key, rank: Int) -> Bool { ranks[key].map { $0 < rank } ?? true }
  mutating func touch(_ key: Key, rank: Int) { ranks[key] = rank }

  var statements: [PlannedStatement] {
    runs.statements + deliveries.statements + timers.statements + conversations.statements + threads.statements
      + values.statements
  }
}

extension PlannedStatement {
  /// Nil when there are no rows.
  init?(_ statement: WriteStatement, _ columns: [ArrayColumn], meaning: Meaning = .nothing) {
    guard columns.first?.isEmpty == false else { return nil }
    var parameters = StatementParameters()
    for column in columns { parameters.add(column) }
    self.init(statement: statement, parameters: parameters, meaning: meaning)
  }
}

struct RunColumns {
  private var id = ArrayColumn(.int8)
  private var status = ArrayColumn(.int2)
  private var wakeAt = ArrayColumn(.int8)
  private var changedAt = ArrayColumn(.int8)
  private var outcome = ArrayColumn(.text)
  private var state = ArrayColumn(.bytes)
  private var version = ArrayColumn(.int4)

  mutating func add(_ change: RunChange, names: (String) -> Int32) {
    id.append(change.run)
    status.append(Int16(change.status.rawValue))
    wakeAt.append(change.wakeAt)
    changedAt.append(change.at)
    outcome.append(change.outcome)
    state.append(change.state)
    if let name = change.version { version.append(names(name)) } else { version.appendNull() }
  }

  var statements: [PlannedStatement] {
    guard
      var planned = PlannedStatement(.advance, [id, status, wakeAt, changedAt, outcome, state, version],
        meaning: .advance)
    else { return [] }
    planned.parameters.add(Int64(id.count))
    return [planned]
  }
}

struct DeliveryColumns {
  private var insertion = [
    ArrayColumn(.int8), ArrayColumn(.int4), ArrayColumn(.int4), ArrayColumn(.int2), ArrayColumn(.int4),
    ArrayColumn(.int8), ArrayColumn(.text), ArrayColumn(.bytes),
  ]
  private var beginning = [ArrayColumn(.int8), ArrayColumn(.int4), ArrayColumn(.int8)]
  private var settlement = [
    ArrayColumn(.int8), ArrayColumn(.int2), ArrayColumn(.int8), ArrayColumn(.text), ArrayColumn(.bytes),
    ArrayColumn(.text), ArrayColumn(.bytes),
  ]
  private var further = [ArrayColumn(.int8), ArrayColumn(.text)]

  mutating func add(_ change: DeliveryChange, of run: RunID, names: (String) -> Int32) {
    let key = DeliveryKey.key(run: run, sequence: change.sequence)
    switch change {
    case .insert(let new):
      insertion[0].append(key)
      insertion[1].append(names(new.connection))
      insertion[2].append(names(new.step))
      insertion[3].append(Int16(new.state.rawValue))
      insertion[4].append(Int32(new.firstAttempt))
      insertion[5].append(new.at)
      insertion[6].append(new.chat)
      insertion[7].append(new.request)
    case .begin(_, let attempt, let at):
      beginning[0].append(key)
      beginning[1].append(Int32(clamping: attempt))
      beginning[2].append(at)
    case .settle(_, let state, let remoteIDs, let result, let error, let at):
      settlement[0].append(key)
      settlement[1].append(Int16(state.rawValue))
      settlement[2].append(at)
      settlement[3].append(remoteIDs.first)
      settlement[4].append(remoteIDs.count < 2 ? nil : JSON.bytes(.list(remoteIDs.dropFirst().map(Value.text))))
      settlement[5].append(error)
      settlement[6].append(result.isNull ? nil : JSON.bytes(result))
      for id in remoteIDs.dropFirst() {
        further[0].append(key)
        further[1].append(id)
      }
    }
  }

  var statements: [PlannedStatement] {
    [
      PlannedStatement(.insertDeliveries, insertion), PlannedStatement(.beginDeliveries, beginning),
      PlannedStatement(.settleDeliveries, settlement), PlannedStatement(.furtherRemoteIDs, further),
    ].compactMap(\.self)
  }
}

struct ConversationColumns {
  private var columns = [
    ArrayColumn(.text), ArrayColumn(.int8), ArrayColumn(.int8), ArrayColumn(.int8), ArrayColumn(.int4),
    ArrayColumn(.int4), ArrayColumn(.text), ArrayColumn(.text), ArrayColumn(.bytes), ArrayColumn(.bytes),
  ]

  mutating func add(_ change: ConversationChange, at moment: Timestamp, names: (String) -> Int32) {
    columns[0].append(change.key)
    columns[1].append(moment)
    columns[2].append(change.answeredAt)
    columns[3].append(change.autoRepliedAt)
    columns[4].append(names(change.project))
    columns[5].append(names(change.connection))
    columns[6].append(change.chat)
    columns[7].append(change.name)
    columns[8].append(change.facts.map(JSON.bytes))
    columns[9].append(change.state.map(JSON.bytes))
  }

  var statements: [PlannedStatement] { [PlannedStatement(.upsertConversations, columns)].compactMap(\.self) }
}

struct ThreadColumns {
  private var unbinding = [ArrayColumn(.text), ArrayColumn(.int4)]
  private var place = [ArrayColumn(.int4), ArrayColumn(.text), ArrayColumn(.text)]
  private var conversation = ArrayColumn(.text)

  mutating func unbind(_ conversation: String, connection: Int32) {
    unbinding[0].append(conversation)
    unbinding[1].append(connection)
  }

  mutating func bind(_ thread: ThreadRecord, connection: Int32) {
    conversation.append(thread.conversation)
    place[0].append(connection)
    place[1].append(thread.chat)
    place[2].append(thread.thread)
  }

  var statements: [PlannedStatement] {
    [
      PlannedStatement(.unbindThreads, unbinding),
      // A thread leads to one conversation: whoever held it before gives it up.
      PlannedStatement(.releasePlaces, place), PlannedStatement(.bindThreads, [conversation] + place),
    ].compactMap(\.self)
  }
}
