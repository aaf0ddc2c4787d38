//! What the server's rows mean for each write of a batch.
internal import JournalCore
internal import SwitchboardSDK

struct BatchAnswer {
  struct Outcomes {
    var byWrite: [JournalWriteOutcome]
    var lastRun: RunID
  }

  private let writes: [JournalWrite]
  private var outcomes: [JournalWriteOutcome?]
  private var lastRun: RunID
  private var fired: [NameTable.Exact: OpenRun] = [:]

  init(writes: [JournalWrite], lastRun: RunID) {
    self.writes = writes
    self.lastRun = lastRun
    outcomes = Array(repeating: nil, count: writes.count)
  }

  /// One answer for each statement of the plan.
  mutating func take(_ answers: [ResultRows], of plan: BatchPlan) {
    for (statement, rows) in zip(plan.statements, answers) {
      switch statement.meaning {
      case .nothing, .advance: break
      case .flag(let write): flag(write, rows.count > 0)
      case .openRuns(let write): outcomes[write] = .openRuns(Self.openRuns(rows))
      case .firedTimers(let firing):
        for row in 0..<rows.count { fire(rows, row) }
        for write in firing { claimFired(write) }
      case .receipts:
        var isNew: [Bool] = []
        var events: [EventID] = []
        var runs: [EventID: [RunID]] = [:]
        for row in 0..<rows.count {
          if rows.int64(row, 0) == 0 {
            events.append(rows.int64(row, 1))
            isNew.append(rows.int64(row, 2) == 1)
          } else {
            runs[rows.int64(row, 2), default: []].append(rows.int64(row, 1))
          }
        }
        receive(plan.intake, events: events, isNew: isNew, runs: runs)
      }
    }
  }

  /// The same from what a committed transaction left.
  mutating func take(known: ResultRows, started: ResultRows, intake: IntakeColumns) {
    var runs: [EventID: [RunID]] = [:]
    for row in 0..<started.count {
      if started.isNull(row, 3) {
        runs[started.int64(row, 1), default: []].append(started.int64(row, 0))
      } else {
        fire(started, row)
      }
    }
    for write in writes.indices { claimFired(write) }
    let rows = 0..<known.count
    receive(intake, events: rows.map { known.int64($0, 0) }, isNew: rows.map { known.bool($0, 1) }, runs: runs)
  }

  mutating func flag(_ write: Int, _ flag: Bool) { outcomes[write] = .flag(flag) }

  /// Runs that these writes have begun.
  var begun: Set<RunID> {
    var begun: Set<RunID> = []
    for outcome in outcomes {
      switch outcome {
      case .receipts(let receipts): begun.formUnion(receipts.flatMap(\.runs))
      case .openRun(let run): if let run { begun.insert(run.id) }
      default: break
      }
    }
    return begun
  }

  mutating func openRuns(_ write: Int, _ runs: [OpenRun]) { outcomes[write] = .openRuns(runs) }

  static func openRuns(_ rows: ResultRows) -> [OpenRun] {
    (0..<rows.count).map { row in
      OpenRun(
        id: rows.int64(row, 0), lane: rows.text(row, 1), status: RunStatus(rawValue: rows.int(row, 2)) ?? .parked,
        wakeAt: rows.optionalTimestamp(row, 3))
    }.sorted { $0.id < $1.id }
  }

  func answered() -> Outcomes {
    var byWrite: [JournalWriteOutcome] = []
    byWrite.reserveCapacity(writes.count)
    for (index, write) in writes.enumerated() {
      if let outcome = outcomes[index] {
        byWrite.append(outcome)
        continue
      }
      switch write {
      case .append: byWrite.append(.receipts([]))
      case .fireTimer: byWrite.append(.openRun(nil))
      case .commit, .setConnectionValue, .saveFlowVersion: byWrite.append(.done)
      case .claimDeduplicationKey, .retryRun, .dropRun: byWrite.append(.flag(false))
      case .takeHandedOver: byWrite.append(.openRuns([]))
      case .administer, .publication:
        byWrite.append(.failed(JournalError(.unavailable, "the store answered another question")))
      }
    }
    return Outcomes(byWrite: byWrite, lastRun: lastRun)
  }

  private mutating func fire(_ rows: ResultRows, _ row: Int) {
    let run = rows.int64(row, 0)
    lastRun = max(lastRun, run)
    fired[NameTable.Exact(text: rows.text(row, 3))] = OpenRun(
      id: run, lane: rows.text(row, 2), status: .queued, wakeAt: nil)
  }

  /// A timer that several fire belongs to the first of them.
  private mutating func claimFired(_ write: Int) {
    guard case .fireTimer(let key, _, _) = writes[write] else { return }
    outcomes[write] = .openRun(fired.removeValue(forKey: NameTable.Exact(text: key)))
  }

  private mutating func receive(
    _ intake: IntakeColumns, events: [EventID], isNew: [Bool], runs: [EventID: [RunID]]
  ) {
    var receipts: [Int: [Receipt]] = [:]
    for place in intake.places where events.indices.contains(place.row) {
      let event = events[place.row]
      let isFirst = isNew[place.row] && !place.isRepetition
      let started = isFirst ? runs[event, default: []].sorted() : []
      lastRun = max(lastRun, started.last ?? 0)
      receipts[place.write, default: []].append(Receipt(event: event, isDuplicate: !isFirst, runs: started))
    }
    for (write, receipts) in receipts { outcomes[write] = .receipts(receipts) }
  }
}
