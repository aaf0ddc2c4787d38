//! What people and retention change: single timers, and old rows in small steps.
internal import Dispatch
internal import JournalCore
internal import SwitchboardSDK

struct AdministrationStatements {
  let cancelTimer: PreparedStatement
  let makeTimerDue: PreparedStatement
  let selectEvents: PreparedStatement
  let selectBlocker: PreparedStatement
  let selectRuns: PreparedStatement
  let selectFurther: PreparedStatement
  let deleteFurther: PreparedStatement
  let deleteDeliveries: PreparedStatement
  let deleteRuns: PreparedStatement
  let deleteEvent: PreparedStatement
  let deleteKeys: PreparedStatement
  let deleteState: PreparedStatement
  let deleteVersion: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    cancelTimer = try connection.prepare("DELETE FROM timers WHERE key = ?1")
    makeTimerDue = try connection.prepare("UPDATE timers SET due_at = ?2 WHERE key = ?1 AND due_at > ?2")
    selectEvents = try connection.prepare(
      """
      SELECT id, received_at, id = (SELECT max(id) FROM events) FROM events WHERE id > ?1 ORDER BY id LIMIT ?2
      """)
    selectBlocker = try connection.prepare(Self.blocker)
    selectRuns = try connection.prepare("SELECT id FROM runs WHERE event = ?1")
    selectFurther = try connection.prepare(
      """
      SELECT connection, chat, more_remote_ids FROM deliveries
      WHERE id >= ?1 AND id < ?2 AND more_remote_ids IS NOT NULL
      """)
    deleteFurther = try connection.prepare(
      "DELETE FROM further_remote_ids WHERE connection = ?1 AND remote_id = ?2 AND chat = ?3")
    deleteDeliveries = try connection.prepare("DELETE FROM deliveries WHERE id >= ?1 AND id < ?2")
    deleteRuns = try connection.prepare("DELETE FROM runs WHERE event = ?1")
    deleteEvent = try connection.prepare("DELETE FROM events WHERE id = ?1")
    deleteKeys = try connection.prepare(
      """
      DELETE FROM dedup_keys WHERE (flow, key) IN
        (SELECT flow, key FROM dedup_keys WHERE keep_until < ?1 ORDER BY keep_until LIMIT ?2)
      """)
    deleteState = try connection.prepare(
      """
      DELETE FROM project_state WHERE (project, key) IN
        (SELECT project, key FROM project_state WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)
      """)
    deleteVersion = try connection.prepare("DELETE FROM flow_versions WHERE flow = ?1 AND version = ?2")
  }

  /// ?1 an event, ?2 the moment before which its runs must have changed, ?3 the same for what is dead or unknown.
  /// States 2 and 3 are `sent` and `failed`, status 5 is `dead`.
  static let blocker = """
    SELECT 1 FROM runs r WHERE r.event = ?1 AND (
      r.is_open = 1 OR r.changed_at >= ?2 OR r.id = (SELECT max(id) FROM runs)
      OR (r.changed_at >= ?3 AND (r.status = 5 OR EXISTS (
        SELECT 1 FROM deliveries d
        WHERE d.id >= r.id * 65536 AND d.id < (r.id + 1) * 65536 AND d.state NOT IN (2, 3)))))
    UNION ALL
    SELECT 1 FROM timers t WHERE t.event = ?1 AND t.conversation = (SELECT conversation FROM events WHERE id = ?1)
    LIMIT 1
    """
}

extension TableWriter {
  /// A step holds the writer, and with it every commit that waits: never longer than this.
  private static let stepNanosecondsMax: UInt64 = 2_000_000

  func apply(_ write: AdministrativeWrite) throws(SQLiteFailure) -> JournalWriteOutcome {
    let statements = try administrationStatements()
    switch write {
    case .cancelTimer(let key):
      statements.cancelTimer.bind(1, key)
      try statements.cancelTimer.run()
      return .flag(statements.cancelTimer.changedRows > 0)
    case .makeTimerDue(let key, let moment):
      statements.makeTimerDue.bind(1, key)
      statements.makeTimerDue.bind(2, moment)
      try statements.makeTimerDue.run()
      return .flag(statements.makeTimerDue.changedRows > 0)
    case .prune(.history(let after, let receivedBefore, let deadBefore, let limit)):
      let found = try oldEvents(after: after, receivedBefore: receivedBefore, limit: max(0, limit), statements)
      return .pruned(try remove(found, receivedBefore: receivedBefore, deadBefore: deadBefore, statements))
    case .prune(.deduplicationKeys(let moment, let limit)):
      statements.deleteKeys.bind(1, moment)
      statements.deleteKeys.bind(2, max(0, limit))
      try statements.deleteKeys.run()
      let count = Int(statements.deleteKeys.changedRows)
      return .pruned(PruneProgress(removed: count, examined: count, next: count < limit ? nil : 0))
    case .prune(.projectState(let moment, let limit)):
      statements.deleteState.bind(1, moment)
      statements.deleteState.bind(2, max(0, limit))
      try statements.deleteState.run()
      let count = Int(statements.deleteState.changedRows)
      return .pruned(PruneProgress(removed: count, examined: count, next: count < limit ? nil : 0))
    case .removeFlowVersions(let names):
      var removed = 0
      for name in names {
        statements.deleteVersion.bind(1, try self.names.identifier(name.flow))
        statements.deleteVersion.bind(2, try self.names.identifier(name.version))
        try statements.deleteVersion.run()
        removed += Int(statements.deleteVersion.changedRows)
      }
      return .pruned(PruneProgress(removed: removed, examined: names.count, next: nil))
    }
  }

  private func administrationStatements() throws(SQLiteFailure) -> AdministrationStatements {
    if let administration { return administration }
    let statements = try AdministrationStatements(connection)
    administration = statements
    return statements
  }

  private struct FoundEvents {
    var old: [EventID] = []
    var examined = 0
    var last: EventID = 0
    /// Nothing after the last one can be old enough.
    var isEnd = false
  }

  private func oldEvents(
    after: EventID, receivedBefore: Timestamp, limit: Int, _ statements: AdministrationStatements
  ) throws(SQLiteFailure) -> FoundEvents {
    let select = statements.selectEvents
    defer { select.reset() }
    select.bind(1, after)
    select.bind(2, limit)
    var found = FoundEvents()
    var hasOld = false
    while try select.step() {
      found.examined += 1
      found.last = select.int64(0)
      guard select.timestamp(1) < receivedBefore else { continue }
      hasOld = true
      if select.int64(2) == 0 { found.old.append(found.last) }
    }
    found.isEnd = found.examined < limit || !hasOld
    return found
  }

  private func remove(
    _ found: FoundEvents, receivedBefore: Timestamp, deadBefore: Timestamp, _ statements: AdministrationStatements
  ) throws(SQLiteFailure) -> PruneProgress {
    let deadline = DispatchTime.now().uptimeNanoseconds + Self.stepNanosecondsMax
    var removed = 0
    for (index, id) in found.old.enumerated() {
      if index > 0, DispatchTime.now().uptimeNanoseconds > deadline {
        return PruneProgress(removed: removed, examined: index, next: found.old[index - 1])
      }
      let blocker = statements.selectBlocker
      blocker.bind(1, id)
      blocker.bind(2, receivedBefore)
      blocker.bind(3, deadBefore)
      defer { blocker.reset() }
      guard try !blocker.step() else { continue }
      try remove(id, statements)
      removed += 1
    }
    return PruneProgress(removed: removed, examined: found.examined, next: found.isEnd ? nil : found.last)
  }

  private func remove(_ event: EventID, _ statements: AdministrationStatements) throws(SQLiteFailure) {
    for run in try runs(of: event, statements) where run > 0 && run <= DeliveryKey.runMax {
      let first = DeliveryKey.key(run: run, sequence: 0)
      let end = DeliveryKey.key(run: run + 1, sequence: 0)
      try removeFurther(from: first, to: end, statements)
      statements.deleteDeliveries.bind(1, first)
      statements.deleteDeliveries.bind(2, end)
      try statements.deleteDeliveries.run()
    }
    for statement in [statements.deleteRuns, statements.deleteEvent] {
      statement.bind(1, event)
      try statement.run()
    }
  }

  private func runs(of event: EventID, _ statements: AdministrationStatements) throws(SQLiteFailure) -> [RunID] {
    let select = statements.selectRuns
    defer { select.reset() }
    select.bind(1, event)
    var ids: [RunID] = []
    while try select.step() { ids.append(select.int64(0)) }
    return ids
  }

  private func removeFurther(
    from first: Int64, to end: Int64, _ statements: AdministrationStatements
  ) throws(SQLiteFailure) {
    let select = statements.selectFurther
    defer { select.reset() }
    select.bind(1, first)
    select.bind(2, end)
    while try select.step() {
      for id in (select.value(2).listValue ?? []).compactMap(\.textValue) {
        statements.deleteFurther.bind(1, select.int64(0))
        statements.deleteFurther.bind(2, id)
        statements.deleteFurther.bind(3, select.text(1))
        try statements.deleteFurther.run()
      }
    }
  }
}
