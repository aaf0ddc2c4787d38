//! What several nodes over one store ask of it beside the journal: who is alive, who holds what, and which runs
//! were put down for another to walk. The store's clock decides; no node's clock decides about another node.
package import SwitchboardSDK

/// The incarnation of a node, strictly growing over all nodes of a store: the fencing number. A node that was
/// declared dead comes back under a new one.
package typealias NodeNumber = Int64

package protocol ClusterStore: Journal {
  // MARK: Being a node

  /// Makes this handle a node. From here on each of its writes is refused with `.fenced` once the node has been
  /// declared dead or has left, in the very transaction that would write.
  /// Throws `.nameTaken` while another node of that name is alive. `previous` is what this process was before: it
  /// is declared dead in the same transaction. A node whose process has surely ended does not keep its name.
  func join(
    _ node: NodeIdentity, replacing previous: NodeNumber?, leaseMilliseconds: Int64
  ) async throws(JournalError) -> NodeNumber
  /// Puts the end of this node's life off by its lease, declares those dead whose time is over (and frees what they
  /// hold), and tells who is there. Throws `.fenced` when this node itself is no more.
  func renew() async throws(JournalError) -> ClusterView
  /// Leases what is free. Returns what this node holds of it now.
  func take(_ resources: [LeasedResource]) async throws(JournalError) -> [LeasedResource]
  /// What is given back must not be in use any more.
  func release(_ resources: [LeasedResource]) async throws(JournalError)
  /// Who is alive, by number, as any process may ask: it need not have joined, and nothing is changed.
  func livingNodes() async throws(JournalError) -> [NodeIdentity]
  /// Gives everything back; the handle writes nothing more until it joins again.
  func leave() async throws(JournalError)

  // MARK: Runs of others

  /// As `openRuns(after:limit:)`, of some partitions only.
  func openRuns(in partitions: Set<Int>, after: RunID, limit: Int) async throws(JournalError) -> [OpenRun]
  /// Open runs of these partitions with `NewRun.isHandedOver`, in id order, each given out once to a holder: the
  /// mark is taken off. Whoever dies before walking them leaves them among the open runs.
  func takeHandedOver(in partitions: Set<Int>, limit: Int) async throws(JournalError) -> [OpenRun]
  /// As `fireTimer(key:now:)`; the run is marked as handed over when its lane is walked elsewhere.
  func fireTimer(key: String, now: Timestamp, handsOver: Bool) async throws(JournalError) -> OpenRun?

  /// Something may have been handed over, or given back. A hint only: it can be missing, late or too much.
  /// One consumer.
  var hints: AsyncStream<Void> { get }
}

/// How a node is known to people and to other nodes.
package struct NodeIdentity: Sendable, Hashable {
  package var name: String
  /// `http://host:port` under which other nodes reach its webhooks; empty when they cannot.
  package var address: String

  package init(name: String, address: String) {
    self.name = name
    self.address = address
  }
}

/// Who is alive and who holds what, at one moment of the store's clock.
package struct ClusterView: Sendable, Hashable {
  package struct Node: Sendable, Hashable {
    package var number: NodeNumber
    package var identity: NodeIdentity

    package init(number: NodeNumber, identity: NodeIdentity) {
      self.number = number
      self.identity = identity
    }
  }
  package var own: NodeNumber
  /// Alive, by number; this node among them.
  package var nodes: [Node]
  package var holders: [LeasedResource: NodeNumber]

  package init(own: NodeNumber, nodes: [Node], holders: [LeasedResource: NodeNumber]) {
    self.own = own
    self.nodes = nodes
    self.holders = holders
  }

  package func node(_ number: NodeNumber) -> Node? { nodes.first { $0.number == number } }
}
