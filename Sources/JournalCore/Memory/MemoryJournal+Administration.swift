//! `JournalAdministration` of the journal in memory.
package import SwitchboardSDK

extension MemoryJournal: JournalAdministration {
  package func pendingTimers(
    project: String?, after place: TimerPlace?, limit: Int
  ) async throws(JournalError) -> [TimerRecord] {
    try read { $0.pendingTimers(project: project, after: place, limit: limit) }
  }

  package func pendingTimer(key: String) async throws(JournalError) -> TimerRecord? { try read { $0.timers[key] } }

  package func cancelTimer(key: String) async throws(JournalError) -> Bool {
    try await perform(.administer(.cancelTimer(key: key))).flag()
  }

  package func makeTimerDue(key: String, at moment: Timestamp) async throws(JournalError) -> Bool {
    try await perform(.administer(.makeTimerDue(key: key, at: moment))).flag()
  }

  package func openLanes(project: String?, after head: RunID, limit: Int) async throws(JournalError) -> [OpenLane] {
    try read { $0.openLanes(project: project, after: head, limit: limit) }
  }

  package func runs(
    matching filter: RunFilter, before: RunID, limit: Int
  ) async throws(JournalError) -> [RunSummary] {
    try read { $0.runs(matching: filter, before: before, limit: limit) }
  }

  package func event(_ id: EventID) async throws(JournalError) -> StoredEvent? { try read { $0.storedEvent(id) } }

  package func events(externalID: String) async throws(JournalError) -> [StoredEvent] {
    try read { $0.events(externalID: externalID) }
  }

  package func runs(ofEvent id: EventID) async throws(JournalError) -> [RunSummary] {
    try read { $0.runs(ofEvent: id) }
  }

  package func pendingTimers(ofEvent id: EventID) async throws(JournalError) -> [TimerRecord] {
    try read { tables in tables.pendingTimers(project: nil, after: nil, limit: .max).filter { $0.event == id } }
  }

  package func prune(_ step: PruneStep) async throws(JournalError) -> PruneProgress {
    try await perform(.administer(.prune(step))).pruned()
  }

  package func removeUnusedFlowVersions(
    keeping: Set<FlowVersionName>, newest: Int
  ) async throws(JournalError) -> Int {
    let unused = try read { $0.unusedFlowVersions(keeping: keeping, newest: newest) }
    return try await perform(.administer(.removeFlowVersions(unused))).pruned().removed
  }

  package func databaseFacts() async throws(JournalError) -> DatabaseFacts { try read { $0.facts() } }
}
