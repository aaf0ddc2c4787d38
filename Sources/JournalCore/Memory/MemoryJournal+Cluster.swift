//! A handle of the journal in memory as a node among others over the same store.
package import SwitchboardSDK
internal import Synchronization

extension MemoryJournal {
  struct Membership: Sendable {
    /// Nil before the first `join`: such a handle writes unfenced, as commands of the program do.
    var number: NodeNumber?
    var hasLeft = false
    /// The process has ended, or has closed its journal.
    var isClosed = false
  }

  /// To be asked under the store's lock: between this answer and the write nobody else comes.
  func checkFence(in tables: borrowing MemoryTables) throws(JournalError) {
    let membership = membership.withLock { $0 }
    guard !membership.isClosed else { throw Self.closed }
    guard let number = membership.number else { return }
    guard !membership.hasLeft else { throw JournalError(.fenced, "node \(number) has left") }
    try tables.checkFence(of: number)
  }

  /// A write that is about the cluster itself: it meets the disk's hooks as every write does.
  private func change<Answer: Sendable>(
    _ body: (inout MemoryTables, NodeNumber) throws(JournalError) -> Answer
  ) async throws(JournalError) -> Answer {
    if let hooks { try await hooks.beforeCommit() }
    let result = store.write { tables throws(JournalError) in
      try self.checkFence(in: tables)
      guard let number = self.membership.withLock({ $0.number }) else {
        throw JournalError(.fenced, "this process has not joined")
      }
      return try body(&tables, number)
    }
    if let hooks { await hooks.afterCommit() }
    return try result.get()
  }
}

extension MemoryJournal: ClusterStore {
  package func join(
    _ node: NodeIdentity, replacing previous: NodeNumber?, leaseMilliseconds: Int64
  ) async throws(JournalError) -> NodeNumber {
    if let hooks { try await hooks.beforeCommit() }
    guard !membership.withLock({ $0.isClosed }) else { throw Self.closed }
    let number = try store.join(node, replacing: previous, leaseMilliseconds: leaseMilliseconds)
    membership.withLock { membership in
      membership.number = number
      membership.hasLeft = false
    }
    if let hooks { await hooks.afterCommit() }
    return number
  }

  package func renew() async throws(JournalError) -> ClusterView {
    let now = store.now()
    return try await change { tables, number throws(JournalError) in try tables.renew(number, now: now) }
  }

  package func take(_ resources: [LeasedResource]) async throws(JournalError) -> [LeasedResource] {
    try await change { tables, number throws(JournalError) in try tables.take(resources, for: number) }
  }

  package func release(_ resources: [LeasedResource]) async throws(JournalError) {
    try await change { tables, number in tables.release(resources, of: number) }
  }

  package func livingNodes() async throws(JournalError) -> [NodeIdentity] {
    let now = store.now()
    return try read { tables in
      tables.nodes.filter { $0.value.isLive && $0.value.expiresAt > now }.sorted { $0.key < $1.key }
        .map(\.value.identity)
    }
  }

  package func leave() async throws(JournalError) {
    try await change { tables, number in tables.end(number) }
    membership.withLock { $0.hasLeft = true }
  }

  package func openRuns(
    in partitions: Set<Int>, after: RunID, limit: Int
  ) async throws(JournalError) -> [OpenRun] {
    try read { $0.openRuns(in: partitions, after: after, limit: limit) }
  }

  package func takeHandedOver(in partitions: Set<Int>, limit: Int) async throws(JournalError) -> [OpenRun] {
    try await perform(.takeHandedOver(partitions: partitions, limit: limit)).openRuns()
  }

  package func fireTimer(key: String, now: Timestamp, handsOver: Bool) async throws(JournalError) -> OpenRun? {
    try await perform(.fireTimer(key: key, now: now, handsOver: handsOver)).openRun()
  }
}
