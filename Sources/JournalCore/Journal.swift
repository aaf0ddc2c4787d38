//! The durable memory of the engine, behind which SQLite, PostgreSQL and the simulator's memory stand alike.
//! Every change of a run comes as one `RunChange`, committed whole or not at all; stores group the commits of
//! many lanes into one fsync.
package import FlowModel
package import SwitchboardSDK

package protocol Journal: Sendable {
  // MARK: Room 1, Intake

  /// Stores events with the runs they start, in order. Returns once they are durable. A repeated
  /// (connection, externalID) is answered with the first one's event id and `isDuplicate`, and starts nothing.
  func append(_ records: [IntakeRecord]) async throws(JournalError) -> [Receipt]
  /// Throws while a write that was answered with `.unavailable` may still become durable.
  func requireSettled() throws(JournalError)

  // MARK: Rooms 4 and 7, Planning and Settling

  /// Commits one step of a run with everything that goes with it, in one transaction.
  /// Throws `.runClosed` (nothing is written) when the run is already done, dead or dropped; `.conflict` when a value
  /// of `values` was changed by somebody else since it was looked up.
  func commit(_ change: RunChange) async throws(JournalError)

  /// Takes a flow's own dedup key for a run. True when the key is new, no longer kept, or taken by the same run.
  func claimDeduplicationKey(
    flow: String, key: String, run: RunID, keepUntil: Timestamp, now: Timestamp
  ) async throws(JournalError) -> Bool

  // MARK: Room 5, Claiming

  /// Runs that are not closed, in id order, after the given id: what a start must take up.
  func openRuns(after: RunID, limit: Int) async throws(JournalError) -> [OpenRun]
  func run(_ id: RunID) async throws(JournalError) -> StoredRun?
  /// Deliveries of a run in the order of their sequence.
  func deliveries(of run: RunID) async throws(JournalError) -> [StoredDelivery]

  // MARK: Timers

  /// Pending timers due before a moment, earliest first (ties by key).
  func timers(dueBefore moment: Timestamp, limit: Int) async throws(JournalError) -> [TimerRecord]
  func pendingTimer(key: String) async throws(JournalError) -> TimerRecord?
  /// Turns a due timer into a run on its lane, in one transaction. Nil when it is gone (cancelled or fired)
  /// or has been put off past `now`.
  func fireTimer(key: String, now: Timestamp) async throws(JournalError) -> OpenRun?
  /// Pending timers whose keys begin so, by key, after a key.
  func timers(keyPrefix prefix: String, after key: String, limit: Int) async throws(JournalError) -> [TimerRecord]
  /// Puts timers under another version or brings them forward, with the state that belongs to it, in one transaction.
  /// One that fired, was cancelled or put off meanwhile is left as it is. The number that was moved.
  func moveTimers(_ moves: [TimerMove]) async throws(JournalError) -> Int

  // MARK: Conversations and threads

  func conversation(_ key: String) async throws(JournalError) -> ConversationRecord?
  func threads(of conversation: String) async throws(JournalError) -> [ThreadRecord]
  func conversation(ofThread thread: String, chat: String, connection: String) async throws(JournalError) -> String?

  // MARK: Send ledger

  /// Whether this connection has itself sent the message.
  func isOwnMessage(connection: String, chat: String, messageID: String) async throws(JournalError) -> Bool

  // MARK: Small things

  func connectionValue(connection: String, key: String) async throws(JournalError) -> Value
  /// `.null` removes.
  func setConnectionValue(connection: String, key: String, value: Value) async throws(JournalError)
  /// A value of a project, with its revision; an expired one may still be told. See `RunChange.values`.
  func projectState(project: String, key: String) async throws(JournalError) -> StoredState
  /// Keeps the source of a published flow, so that pinned runs and timers outlive its replacement.
  func saveFlowVersion(_ version: FlowVersion) async throws(JournalError)
  func flowVersion(flow: String, version: String) async throws(JournalError) -> FlowVersion?

  // MARK: What people look at and mend

  /// Closed with `dead`, or waiting as `parked`, newest last.
  func troubledRuns(limit: Int) async throws(JournalError) -> [TroubledRun]
  /// Puts a parked or dead run back to `queued` with its attempts counted anew; one that was parked stays at the head
  /// of its lane (`OpenRun.isBegun`). False when it is neither.
  func retryRun(_ id: RunID) async throws(JournalError) -> Bool
  /// Closes a parked or dead run for good as `dropped`. False when it is neither.
  func dropRun(_ id: RunID) async throws(JournalError) -> Bool
  func counts() async throws(JournalError) -> JournalCounts

  /// The process is about to end: who waits for an answer in a task that is cancelled is not kept waiting for a store
  /// that is silent. Until then such a one is: what is known of a call that went out should be kept.
  func hasten()
  /// Writes what is pending and closes. Later calls throw `.unavailable`.
  func close() async
}

extension Journal {
  /// A store whose every answer is its last word.
  package func requireSettled() throws(JournalError) {}
  package func hasten() {}
}

package struct JournalError: Error, Sendable, Hashable {
  package enum Code: String, Sendable, Hashable {
    /// Not reachable, busy too long, or closed: try again later.
    case unavailable
    /// No space left: nothing was written.
    case full
    /// Written by a later version of the program.
    case newerSchema
    /// Not a journal, or damaged.
    case corrupt
    case readOnly
    /// The run was closed meanwhile: drop the result.
    case runClosed
    /// A value was changed meanwhile by somebody else: nothing was written. Look it up again.
    case conflict
    /// This node was declared dead, or has left: nothing was written. Whoever holds its lanes now goes on.
    case fenced
    /// Another node of this name is alive.
    case nameTaken
  }
  package let code: Code
  package let detail: String

  package init(_ code: Code, _ detail: String) {
    self.code = code
    self.detail = detail
  }
}
