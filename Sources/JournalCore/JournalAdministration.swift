//! What people who run the house ask of the journal and mend in it: none of it lies on the way of a message.
package import SwitchboardSDK

package protocol JournalAdministration: Journal {
  // MARK: Timers

  /// Pending timers, earliest first (ties by key), after a place in that order.
  func pendingTimers(
    project: String?, after place: TimerPlace?, limit: Int
  ) async throws(JournalError) -> [TimerRecord]
  /// False when it is gone: cancelled or fired.
  func cancelTimer(key: String) async throws(JournalError) -> Bool
  /// Brings a pending timer's due time forward. False when it is gone, or due by then anyway.
  func makeTimerDue(key: String, at moment: Timestamp) async throws(JournalError) -> Bool

  // MARK: Lanes and runs

  /// Lanes with open runs, in the order of their heads' ids, after a head.
  func openLanes(project: String?, after head: RunID, limit: Int) async throws(JournalError) -> [OpenLane]
  /// Newest first, ids below `before`.
  func runs(matching filter: RunFilter, before: RunID, limit: Int) async throws(JournalError) -> [RunSummary]

  // MARK: One message

  func event(_ id: EventID) async throws(JournalError) -> StoredEvent?
  /// The same external id may come by several connections.
  func events(externalID: String) async throws(JournalError) -> [StoredEvent]
  /// Every run that the event began, at once or through a timer, in id order.
  func runs(ofEvent id: EventID) async throws(JournalError) -> [RunSummary]
  /// Timers still pending that the event's runs have started, earliest first.
  func pendingTimers(ofEvent id: EventID) async throws(JournalError) -> [TimerRecord]

  // MARK: Upkeep

  /// One small step of forgetting; see `PruneStep`.
  func prune(_ step: PruneStep) async throws(JournalError) -> PruneProgress
  /// Removes sources of flows that no open, parked or dead run and no timer is pinned to, but for the versions named
  /// and the newest few of each flow. Returns how many.
  func removeUnusedFlowVersions(keeping: Set<FlowVersionName>, newest: Int) async throws(JournalError) -> Int
  func databaseFacts() async throws(JournalError) -> DatabaseFacts
}

/// The writes of `JournalAdministration` as values; those of timers come to `.flag`, the others to `.pruned`.
package enum AdministrativeWrite: Sendable, Hashable {
  case cancelTimer(key: String)
  case makeTimerDue(key: String, at: Timestamp)
  case prune(PruneStep)
  case removeFlowVersions(Set<FlowVersionName>)
}
