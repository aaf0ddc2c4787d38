//! Forgets what is over, a few rows at a time: the journal's one writer is shared with live traffic, so each step is
//! short and followed by a pause many times as long.
package import FlowModel
package import JournalCore
package import Logging
package import SwitchboardSDK

package struct RetentionService: Sendable {
  /// What one pass has removed.
  package struct Removed: Sendable, Hashable {
    package var events = 0
    package var keys = 0
    package var flowVersions = 0
    /// Of projects, set by flows for a time that is over.
    package var values = 0
  }

  /// Events or keys that one step looks at; the store may stop earlier.
  static let rowsPerStep = 100
  private static let stepPauseMilliseconds: Int64 = 50
  /// The pause after a step, in times of what the step took: at most a twentieth of the writer's time is ours.
  private static let pauseFactor: Int64 = 20
  package static let firstPassAfterMilliseconds: Int64 = 60_000
  private static let passEveryMilliseconds: Int64 = 3_600_000

  private let journal: any JournalAdministration
  private let policy: RetentionPolicy
  private let activeFlows: @Sendable () -> [Flow]
  /// Rules in force: their sources are kept beside those of flows.
  private let served: @Sendable () -> Set<FlowVersionName>
  /// Of several nodes, one does it.
  private let isMine: @Sendable () async -> Bool
  private let clock: any ClockPort
  private let log: Logger

  package init(
    journal: any JournalAdministration, policy: RetentionPolicy, activeFlows: @escaping @Sendable () -> [Flow],
    served: @escaping @Sendable () -> Set<FlowVersionName> = { [] },
    isMine: @escaping @Sendable () async -> Bool = { true }, clock: any ClockPort, log: Logger
  ) {
    self.journal = journal
    self.policy = policy
    self.activeFlows = activeFlows
    self.served = served
    self.isMine = isMine
    self.clock = clock
    self.log = log
  }

  /// Until cancelled.
  package func run() async {
    await clock.sleep(milliseconds: Self.firstPassAfterMilliseconds)
    while !Task.isCancelled {
      if await isMine() {
        do throws(JournalError) {
          tell(try await pass())
        } catch { log.warning("retention broke off (\(error.code.rawValue)): \(error.detail); trying again later") }
      }
      await clock.sleep(milliseconds: Self.passEveryMilliseconds)
    }
  }

  /// Once through everything that may be forgotten.
  package func pass() async throws(JournalError) -> Removed {
    var removed = Removed()
    let now = clock.now()
    if let history = policy.historyMilliseconds {
      let receivedBefore = now.adding(milliseconds: -history)
      let deadBefore = policy.deadMilliseconds.map { now.adding(milliseconds: -max($0, history)) }
      removed.events = try await steps { after in
        .history(
          after: after, receivedBefore: receivedBefore, deadBefore: deadBefore ?? Timestamp(milliseconds: .min),
          limit: Self.rowsPerStep)
      }
    }
    removed.keys = try await steps { _ in .deduplicationKeys(keptUntilBefore: now, limit: Self.rowsPerStep) }
    // Those that were deleted stay a while: whoever looked them up before must not take a new one for them.
    let expiredBefore = now.adding(milliseconds: -Self.passEveryMilliseconds)
    removed.values = try await steps { _ in .projectState(expiredBefore: expiredBefore, limit: Self.rowsPerStep) }
    guard !Task.isCancelled else { return removed }
    let active = activeFlows().map { FlowVersionName(flow: "\($0.project)/\($0.name)", version: $0.version) }
    removed.flowVersions = try await journal.removeUnusedFlowVersions(
      keeping: Set(active).union(served()), newest: Limits.flowVersionsKept)
    return removed
  }

  private func steps(_ step: (EventID) -> PruneStep) async throws(JournalError) -> Int {
    var removed = 0
    var after: EventID = 0
    while !Task.isCancelled {
      let beganAt = clock.now()
      let progress = try await journal.prune(step(after))
      removed += progress.removed
      guard let next = progress.next else { break }
      after = next
      let took = max(0, clock.now().millisecondsSince(beganAt))
      await clock.sleep(milliseconds: max(Self.stepPauseMilliseconds, min(took, 1_000) * Self.pauseFactor))
    }
    return removed
  }

  private func tell(_ removed: Removed) {
    guard removed != Removed() else { return }
    log.info(
      """
      retention removed \(removed.events) events, \(removed.keys) dedup keys, \(removed.flowVersions) flow versions, \
      \(removed.values) expired values
      """)
  }
}
