//! What makes an engine one of several nodes over one store.
package import JournalCore

package struct ClusterSettings: Sendable {
  package var store: any ClusterStore
  package var node: NodeIdentity
  package var receivers: any ReceiversPort
  /// Never set back, and goes on while the process is stopped (CLOCK_MONOTONIC).
  package var monotonicMilliseconds: @Sendable () -> Int64
  /// A node that is not heard of for so long has lost everything. With two beats of another node on top this stays
  /// below the ten seconds within which lanes are served again.
  package var leaseMilliseconds: Int64
  package var beatMilliseconds: Int64

  package init(
    store: any ClusterStore, node: NodeIdentity, receivers: any ReceiversPort,
    monotonicMilliseconds: @escaping @Sendable () -> Int64, leaseMilliseconds: Int64 = 7_000,
    beatMilliseconds: Int64 = 1_000
  ) {
    self.store = store
    self.node = node
    self.receivers = receivers
    self.monotonicMilliseconds = monotonicMilliseconds
    self.leaseMilliseconds = leaseMilliseconds
    self.beatMilliseconds = beatMilliseconds
  }
}

/// The connections' receivers, of which each runs at one node at a time.
package protocol ReceiversPort: Sendable {
  /// All connections there are, wherever they receive.
  var connections: [String] { get }
  func start(_ connection: String) async
  /// Returns once nothing of it is under way: neither its receiver nor a webhook.
  func stop(_ connection: String) async
}

/// How this node stands, for `/health`.
package struct MembershipStatus: Sendable, Hashable {
  package var node: String
  /// Nil while it has none: before the first join, or after it was fenced.
  package var number: NodeNumber?
  package var heldPartitions: Int
  package var heldConnections: [String]
  /// Names of those that are alive, this one among them, by number.
  package var liveNodes: [String]
}
