//! The journal in memory: the simulator's store and the measure that the databases are held to. It can lose
//! what was never acknowledged, as a machine does that loses power.
package import SwitchboardSDK
internal import Synchronization

package final class MemoryJournal: Journal {
  /// Where a simulated disk may wait, fail or crash the engine around each write.
  package struct Hooks: Sendable {
    /// Before anything is written. Throwing refuses the write: nothing of it remains.
    package var beforeCommit: @Sendable () async throws(JournalError) -> Void
    /// The write is durable, the caller does not know it yet.
    package var afterCommit: @Sendable () async -> Void

    package init(
      beforeCommit: @escaping @Sendable () async throws(JournalError) -> Void = { () async throws(JournalError) in },
      afterCommit: @escaping @Sendable () async -> Void = {}
    ) {
      self.beforeCommit = beforeCommit
      self.afterCommit = afterCommit
    }
  }

  /// What a write's return promises.
  package enum Durability: Sendable, Hashable {
    /// What was acknowledged survives `crashed()`.
    case synchronous
    /// Only what was there at the last `synchronise()` survives: a store with its fsync forgotten, for tests of tests.
    case lazy
  }

  private struct Contents {
    var tables: MemoryTables
    /// The state on the simulated disk; nil when that is always `tables`.
    var synchronised: MemoryTables?
    var isClosed = false
  }

  private let contents: Mutex<Contents>
  private let hooks: Hooks?
  private let durability: Durability

  package convenience init(durability: Durability = .synchronous, hooks: Hooks? = nil) {
    self.init(tables: MemoryTables(), durability: durability, hooks: hooks)
  }

  private init(tables: MemoryTables, durability: Durability, hooks: Hooks?) {
    contents = Mutex(Contents(tables: tables, synchronised: durability == .lazy ? tables : nil))
    self.durability = durability
    self.hooks = hooks
  }

  /// The journal as the next process finds it. This one is closed: a dead process writes nothing more.
  package func crashed(hooks: Hooks? = nil) -> MemoryJournal {
    let survived = contents.withLock { contents in
      contents.isClosed = true
      return contents.synchronised ?? contents.tables
    }
    return MemoryJournal(tables: survived, durability: durability, hooks: hooks)
  }

  /// Puts everything written so far on the simulated disk; needed with `Durability.lazy` only.
  package func synchronise() {
    contents.withLock { contents in
      if contents.synchronised != nil { contents.synchronised = contents.tables }
    }
  }

  package func close() async {
    synchronise()
    contents.withLock { $0.isClosed = true }
  }

  func perform(_ write: JournalWrite) async -> JournalWriteOutcome {
    if let hooks {
      do throws(JournalError) { try await hooks.beforeCommit() } catch { return .failed(error) }
    }
    let outcome = contents.withLock { contents in
      contents.isClosed ? .failed(Self.closed) : contents.tables.apply(write)
    }
    if let hooks { await hooks.afterCommit() }
    return outcome
  }

  func read<Answer: Sendable>(
    _ question: (borrowing MemoryTables) -> Answer
  ) throws(JournalError) -> Answer {
    let answer: Answer? = contents.withLock { contents in contents.isClosed ? nil : question(contents.tables) }
    guard let answer else { throw Self.closed }
    return answer
  }

  private static var closed: JournalError { JournalError(.unavailable, "the journal is closed") }
}

extension MemoryJournal {
  package func append(_ records: [IntakeRecord]) async throws(JournalError) -> [Receipt] {
    try await perform(.append(records)).receipts()
  }

  package func commit(_ change: RunChange) async throws(JournalError) {
    try await perform(.commit(change)).done()
  }

  package func claimDeduplicationKey(
    flow: String, key: String, run: RunID, keepUntil: Timestamp, now: Timestamp
  ) async throws(JournalError) -> Bool {
    try await perform(.claimDeduplicationKey(flow: flow, key: key, run: run, keepUntil: keepUntil, now: now)).flag()
  }

  package func openRuns(after: RunID, limit: Int) async throws(JournalError) -> [OpenRun] {
    try read { $0.openRuns(after: after, limit: limit) }
  }

  package func run(_ id: RunID) async throws(JournalError) -> StoredRun? { try read { $0.storedRun(id) } }

  package func deliveries(of run: RunID) async throws(JournalError) -> [StoredDelivery] {
    try read { $0.storedDeliveries(of: run) }
  }

  package func timers(dueBefore moment: Timestamp, limit: Int) async throws(JournalError) -> [TimerRecord] {
    try read { $0.timers(dueBefore: moment, limit: limit) }
  }

  package func fireTimer(key: String, now: Timestamp) async throws(JournalError) -> OpenRun? {
    try await perform(.fireTimer(key: key, now: now)).openRun()
  }

  package func conversation(_ key: String) async throws(JournalError) -> ConversationRecord? {
    try read { $0.conversations[key] }
  }

  package func threads(of conversation: String) async throws(JournalError) -> [ThreadRecord] {
    try read { $0.threads(of: conversation) }
  }

  package func conversation(
    ofThread thread: String, chat: String, connection: String
  ) async throws(JournalError) -> String? {
    try read { $0.conversationsByThread[.init(connection: connection, chat: chat, thread: thread)] }
  }

  package func isOwnMessage(connection: String, chat: String, messageID: String) async throws(JournalError) -> Bool {
    try read { $0.ownMessages.contains(.init(connection: connection, chat: chat, message: messageID)) }
  }

  package func connectionValue(connection: String, key: String) async throws(JournalError) -> Value {
    try read { $0.connectionValues[.init(owner: connection, key: key)] ?? .null }
  }

  package func setConnectionValue(connection: String, key: String, value: Value) async throws(JournalError) {
    try await perform(.setConnectionValue(connection: connection, key: key, value: value)).done()
  }

  package func saveFlowVersion(_ version: FlowVersion) async throws(JournalError) {
    try await perform(.saveFlowVersion(version)).done()
  }

  package func flowVersion(flow: String, version: String) async throws(JournalError) -> FlowVersion? {
    try read { $0.flowVersions[.init(owner: flow, key: version)] }
  }

  package func troubledRuns(limit: Int) async throws(JournalError) -> [TroubledRun] {
    try read { $0.troubledRuns(limit: limit) }
  }

  package func retryRun(_ id: RunID) async throws(JournalError) -> Bool { try await perform(.retryRun(id)).flag() }
  package func dropRun(_ id: RunID) async throws(JournalError) -> Bool { try await perform(.dropRun(id)).flag() }
  package func counts() async throws(JournalError) -> JournalCounts { try read { $0.counts() } }
}
