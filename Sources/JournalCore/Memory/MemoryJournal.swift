//! The journal in memory: the simulator's store and the measure that the databases are held to. It can lose
//! what was never acknowledged, as a machine does that loses power.
package import FlowModel
package import SwitchboardSDK
internal import Synchronization

package final class MemoryJournal: Journal {
  /// Where a simulated disk may wait, fail or crash the engine around each write.
  package struct Hooks: Sendable {
    /// Before anything is written. Throwing refuses the write: nothing of it remains.
    package var beforeCommit: @Sendable () async throws(JournalError) -> Void
    /// The write is durable, the caller does not know it yet.
    package var afterCommit: @Sendable () async -> Void
    /// Told of every write and what it came to, in the order of the journal, before anybody else can see it.
    package var written: @Sendable (JournalWrite, JournalWriteOutcome) -> Void

    package init(
      beforeCommit: @escaping @Sendable () async throws(JournalError) -> Void = { () async throws(JournalError) in },
      afterCommit: @escaping @Sendable () async -> Void = {},
      written: @escaping @Sendable (JournalWrite, JournalWriteOutcome) -> Void = { _, _ in }
    ) {
      self.beforeCommit = beforeCommit
      self.afterCommit = afterCommit
      self.written = written
    }
  }

  /// What a write's return promises.
  package enum Durability: Sendable, Hashable {
    /// What was acknowledged survives `crashed()`.
    case synchronous
    /// Only what was there at the last `synchronise()` survives: a store with its fsync forgotten, for tests of tests.
    case lazy
  }

  let store: MemoryStore
  let hooks: Hooks?
  /// What this handle is in the cluster; see `MemoryJournal+Cluster`.
  let membership = Mutex(Membership())
  package let hints: AsyncStream<Void>

  /// - Parameter clock: the store's own, which nodes' leases run by.
  package convenience init(
    durability: Durability = .synchronous, hooks: Hooks? = nil,
    clock: @escaping @Sendable () -> Timestamp = { Timestamp(milliseconds: 0) }
  ) {
    self.init(store: MemoryStore(tables: MemoryTables(), durability: durability, clock: clock), hooks: hooks)
  }

  private init(store: MemoryStore, hooks: Hooks?) {
    self.store = store
    self.hooks = hooks
    self.hints = store.hints()
  }

  /// The journal as the next process finds it after the machine has failed, for all handles: they are closed.
  /// A dead process writes nothing more.
  package func crashed(hooks: Hooks? = nil) -> MemoryJournal {
    MemoryJournal(store: store.crashed(), hooks: hooks)
  }

  /// Another process's way to the same store.
  package func sibling(hooks: Hooks? = nil) -> MemoryJournal { MemoryJournal(store: store, hooks: hooks) }

  /// The process behind this handle has been killed: the store and its other handles go on.
  package func died() {
    let number = membership.withLock { membership in
      membership.isClosed = true
      return membership.number
    }
    if let number { store.noteEnded(number) }
  }

  /// Puts everything written so far on the simulated disk; needed with `Durability.lazy` only.
  package func synchronise() { store.synchronise() }

  /// `counts()` for whoever may not wait: the simulator looks between two jobs.
  package func countsNow() throws(JournalError) -> JournalCounts { try read { $0.counts() } }

  package func close() async {
    synchronise()
    died()
  }

  func perform(_ write: JournalWrite) async -> JournalWriteOutcome {
    if let hooks {
      do throws(JournalError) { try await hooks.beforeCommit() } catch { return .failed(error) }
    }
    let outcome = store.write { tables throws(JournalError) in
      try self.checkFence(in: tables)
      return tables.apply(write)
    }
    let told: JournalWriteOutcome
    switch outcome {
    case .success(let outcome): told = outcome
    case .failure(let error): told = .failed(error)
    }
    if let hooks {
      hooks.written(write, told)
      await hooks.afterCommit()
    }
    return told
  }

  func read<Answer: Sendable>(
    _ question: (borrowing MemoryTables) -> Answer
  ) throws(JournalError) -> Answer {
    guard !membership.withLock({ $0.isClosed }) else { throw Self.closed }
    return try store.read(question)
  }

  static var closed: JournalError { JournalError(.unavailable, "the journal is closed") }
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

  package func projectState(project: String, key: String) async throws(JournalError) -> StoredState {
    try read { $0.projectState(project: project, key: key) }
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
