//! The writes of the journal as values, so that a store can queue them, group them and try one again by itself.
package import SwitchboardSDK

package enum JournalWrite: Sendable {
  case append([IntakeRecord])
  case commit(RunChange)
  case claimDeduplicationKey(flow: String, key: String, run: RunID, keepUntil: Timestamp, now: Timestamp)
  case fireTimer(key: String, now: Timestamp, handsOver: Bool = false)
  case setConnectionValue(connection: String, key: String, value: Value)
  case saveFlowVersion(FlowVersion)
  case retryRun(RunID)
  case dropRun(RunID)
  case administer(AdministrativeWrite)
  /// Of nodes that share the store: see `ClusterStore.takeHandedOver`.
  case takeHandedOver(partitions: Set<Int>, limit: Int)
  case publication(PublicationWrite)
}

/// What a write comes to. Which case belongs to which write is told beside it.
package enum JournalWriteOutcome: Sendable {
  /// `append`
  case receipts([Receipt])
  /// `commit`, `setConnectionValue`, `saveFlowVersion`
  case done
  /// `claimDeduplicationKey`, `retryRun`, `dropRun`, `administer` of timers
  case flag(Bool)
  /// `moveTimers`, `endTimers`
  case count(Int)
  /// `fireTimer`
  case openRun(OpenRun?)
  /// `administer` of what retention removes
  case pruned(PruneProgress)
  /// `takeHandedOver`
  case openRuns([OpenRun])
  case failed(JournalError)
}

extension JournalWriteOutcome {
  /// The receipts of an `append`.
  package func receipts() throws(JournalError) -> [Receipt] {
    if case .failed(let error) = self { throw error }
    guard case .receipts(let receipts) = self else { throw Self.mismatch }
    return receipts
  }

  package func done() throws(JournalError) {
    if case .failed(let error) = self { throw error }
    guard case .done = self else { throw Self.mismatch }
  }

  package func flag() throws(JournalError) -> Bool {
    if case .failed(let error) = self { throw error }
    guard case .flag(let flag) = self else { throw Self.mismatch }
    return flag
  }

  package func count() throws(JournalError) -> Int {
    if case .failed(let error) = self { throw error }
    guard case .count(let count) = self else { throw Self.mismatch }
    return count
  }

  package func openRun() throws(JournalError) -> OpenRun? {
    if case .failed(let error) = self { throw error }
    guard case .openRun(let run) = self else { throw Self.mismatch }
    return run
  }

  package func pruned() throws(JournalError) -> PruneProgress {
    if case .failed(let error) = self { throw error }
    guard case .pruned(let progress) = self else { throw Self.mismatch }
    return progress
  }

  package func openRuns() throws(JournalError) -> [OpenRun] {
    if case .failed(let error) = self { throw error }
    guard case .openRuns(let runs) = self else { throw Self.mismatch }
    return runs
  }

  private static var mismatch: JournalError { JournalError(.unavailable, "the store answered another question") }
}
