//! `JournalAdministration` of the journal in SQLite.
package import JournalCore
package import SwitchboardSDK

extension SQLiteJournal: JournalAdministration {
  package func pendingTimers(
    project: String?, after place: TimerPlace?, limit: Int
  ) async throws(JournalError) -> [TimerRecord] {
    try readers.read { tables throws(SQLiteFailure) in
      try tables.pendingTimers(project: project, after: place, limit: limit)
    }
  }

  package func pendingTimer(key: String) async throws(JournalError) -> TimerRecord? {
    try readers.read { tables throws(SQLiteFailure) in try tables.pendingTimer(key: key) }
  }

  package func cancelTimer(key: String) async throws(JournalError) -> Bool {
    try await writer.perform(.administer(.cancelTimer(key: key))).flag()
  }

  package func makeTimerDue(key: String, at moment: Timestamp) async throws(JournalError) -> Bool {
    try await writer.perform(.administer(.makeTimerDue(key: key, at: moment))).flag()
  }

  package func openLanes(project: String?, after head: RunID, limit: Int) async throws(JournalError) -> [OpenLane] {
    try readers.read { tables throws(SQLiteFailure) in
      try tables.openLanes(project: project, after: head, limit: limit)
    }
  }

  package func runs(
    matching filter: RunFilter, before: RunID, limit: Int
  ) async throws(JournalError) -> [RunSummary] {
    try readers.read { tables throws(SQLiteFailure) in
      try tables.runs(matching: filter, before: before, limit: limit)
    }
  }

  package func event(_ id: EventID) async throws(JournalError) -> StoredEvent? {
    try readers.read { tables throws(SQLiteFailure) in try tables.event(id) }
  }

  package func events(externalID: String) async throws(JournalError) -> [StoredEvent] {
    try readers.read { tables throws(SQLiteFailure) in try tables.events(externalID: externalID) }
  }

  package func runs(ofEvent id: EventID) async throws(JournalError) -> [RunSummary] {
    try readers.read { tables throws(SQLiteFailure) in try tables.runs(ofEvent: id) }
  }

  package func pendingTimers(ofEvent id: EventID) async throws(JournalError) -> [TimerRecord] {
    try readers.read { tables throws(SQLiteFailure) in try tables.pendingTimers(ofEvent: id) }
  }

  package func prune(_ step: PruneStep) async throws(JournalError) -> PruneProgress {
    try await writer.perform(.administer(.prune(step))).pruned()
  }

  package func removeUnusedFlowVersions(
    keeping: Set<FlowVersionName>, newest: Int
  ) async throws(JournalError) -> Int {
    // Asked beside the writer, since the question looks at every timer: nobody begins with such an old version now.
    let unused = try readers.read { tables throws(SQLiteFailure) in
      try tables.unusedFlowVersions(keeping: keeping, newest: newest)
    }
    return try await writer.perform(.administer(.removeFlowVersions(unused))).pruned().removed
  }

  package func databaseFacts() async throws(JournalError) -> DatabaseFacts {
    try readers.read { tables throws(SQLiteFailure) in try tables.facts() }
  }
}
