//! A journal in front of one that several nodes share: passes on all that it does not do itself.
import JournalCore
import SwitchboardSDK

protocol ClusterLayer: JournalLayer, ClusterStore {
  var store: any ClusterStore { get }
}

extension ClusterLayer {
  var base: any Journal { store }

  func join(
    _ node: NodeIdentity, replacing previous: NodeNumber?, leaseMilliseconds: Int64
  ) async throws(JournalError) -> NodeNumber {
    try await write { () async throws(JournalError) in
      try await store.join(node, replacing: previous, leaseMilliseconds: leaseMilliseconds)
    }
  }

  func renew() async throws(JournalError) -> ClusterView {
    try await write { () async throws(JournalError) in try await store.renew() }
  }

  func take(_ resources: [LeasedResource]) async throws(JournalError) -> [LeasedResource] {
    try await write { () async throws(JournalError) in try await store.take(resources) }
  }

  func release(_ resources: [LeasedResource]) async throws(JournalError) {
    try await write { () async throws(JournalError) in try await store.release(resources) }
  }

  func livingNodes() async throws(JournalError) -> [NodeIdentity] {
    try await read { () async throws(JournalError) in try await store.livingNodes() }
  }

  func leave() async throws(JournalError) {
    try await write { () async throws(JournalError) in try await store.leave() }
  }

  func openRuns(in partitions: Set<Int>, after: RunID, limit: Int) async throws(JournalError) -> [OpenRun] {
    try await read { () async throws(JournalError) in
      try await store.openRuns(in: partitions, after: after, limit: limit)
    }
  }

  func takeHandedOver(in partitions: Set<Int>, limit: Int) async throws(JournalError) -> [OpenRun] {
    try await write { () async throws(JournalError) in
      try await store.takeHandedOver(in: partitions, limit: limit)
    }
  }

  func fireTimer(key: String, now: Timestamp, handsOver: Bool) async throws(JournalError) -> OpenRun? {
    try await write { () async throws(JournalError) in
      try await store.fireTimer(key: key, now: now, handsOver: handsOver)
    }
  }

  var hints: AsyncStream<Void> { store.hints }
}
