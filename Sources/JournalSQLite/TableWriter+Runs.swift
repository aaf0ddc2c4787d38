//! Runs: their state, and everything that one advance changes with it.
internal import JournalCore
internal import SwitchboardSDK

struct NewRunRow {
  var event: EventID
  var flow: Int64
  var version: Int64
  var label: Int64
  var lane: String
  var state: [UInt8]?
  var at: Timestamp
}

struct RunStatements {
  private let insertRun: PreparedStatement
  private let advanceRun: PreparedStatement
  private let closeRun: PreparedStatement
  private let mendRun: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    insertRun = try connection.prepare(
      """
      INSERT INTO runs (event, flow, version, label, status, is_open, changed_at, lane, state)
      VALUES (?1, ?2, ?3, ?4, 0, 1, ?5, ?6, ?7)
      """)
    // Two forms, because an update that does not name `is_open` leaves the index of open runs alone.
    advanceRun = try connection.prepare(
      """
      UPDATE runs SET status = ?1, wake_at = ?2, changed_at = ?3, outcome = ?4, state = ?5
      WHERE id = ?6 AND is_open = 1
      """)
    closeRun = try connection.prepare(
      """
      UPDATE runs SET status = ?1, wake_at = ?2, changed_at = ?3, outcome = ?4, state = ?5, is_open = 0
      WHERE id = ?6 AND is_open = 1
      """)
    mendRun = try connection.prepare(
      """
      UPDATE runs SET status = ?1, is_open = ?2, wake_at = CASE WHEN ?2 = 1 AND status = 3 THEN 0 END,
        outcome = CASE ?2 WHEN 1 THEN NULL ELSE outcome END
      WHERE id = ?3 AND status IN (3, 5)
      """)
  }

  func insert(_ row: NewRunRow) throws(SQLiteFailure) -> RunID {
    insertRun.bind(1, row.event)
    insertRun.bind(2, row.flow)
    insertRun.bind(3, row.version)
    insertRun.bind(4, row.label)
    insertRun.bind(5, row.at)
    insertRun.bind(6, row.lane)
    insertRun.bind(7, row.state)
    try insertRun.run()
    return insertRun.lastInsertedID
  }

  /// False when the run is closed or unknown.
  func advance(_ change: RunChange) throws(SQLiteFailure) -> Bool {
    let update = change.status.isClosed ? closeRun : advanceRun
    update.bind(1, change.status.rawValue)
    update.bind(2, change.wakeAt)
    update.bind(3, change.at)
    update.bind(4, change.outcome)
    update.bind(5, change.state)
    update.bind(6, change.run)
    try update.run()
    return update.changedRows > 0
  }

  /// False when the run is neither parked nor dead.
  func mend(_ id: RunID, to status: RunStatus) throws(SQLiteFailure) -> Bool {
    mendRun.bind(1, status.rawValue)
    mendRun.bind(2, status.isClosed ? 0 : 1)
    mendRun.bind(3, id)
    try mendRun.run()
    return mendRun.changedRows > 0
  }
}

extension TableWriter {
  func commit(_ change: RunChange) throws(SQLiteFailure) -> JournalWriteOutcome {
    // What can refuse the change comes before its first write.
    guard change.run > 0, change.run <= DeliveryKey.runMax, change.deliveries.allSatisfy(DeliveryKey.isInRange) else {
      return .failed(JournalError(.runClosed, "run \(change.run) has never been, or a delivery is out of range"))
    }
    if let values = change.values, try !areCurrent(values) {
      return .failed(JournalError(.conflict, "a value was changed meanwhile"))
    }
    guard try runs.advance(change) else {
      return .failed(JournalError(.runClosed, "run \(change.run) is closed or unknown"))
    }
    if let version = change.version { try setVersion(version, of: change.run) }
    for delivery in change.deliveries { try apply(delivery, of: change.run) }
    for timer in change.timers { try apply(timer) }
    if let conversation = change.conversation { try apply(conversation, at: change.at) }
    for thread in change.threads { try apply(thread) }
    if let values = change.values { try apply(values) }
    return .done
  }
}
