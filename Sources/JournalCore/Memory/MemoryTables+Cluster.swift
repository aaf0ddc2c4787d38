//! Nodes and leases in memory, by the rules that `ClusterStore` gives.
internal import SwitchboardSDK

extension MemoryTables {
  struct NodeRow: Sendable {
    var identity: NodeIdentity
    var leaseMilliseconds: Int64
    var expiresAt: Timestamp
    /// False once declared dead, or gone: for good.
    var isLive = true
  }

  /// - Parameter hasEnded: whether the process behind a node has surely ended.
  mutating func join(
    _ node: NodeIdentity, replacing previous: NodeNumber?, leaseMilliseconds: Int64, now: Timestamp,
    hasEnded: (NodeNumber) -> Bool
  ) throws(JournalError) -> NodeNumber {
    if let previous { end(previous) }
    for (number, row) in nodes where row.isLive && row.identity.name == node.name {
      guard row.expiresAt <= now || hasEnded(number) else {
        throw JournalError(.nameTaken, "a node '\(node.name)' is alive under number \(number)")
      }
      end(number)
    }
    let number = (nodes.keys.max() ?? 0) + 1
    nodes[number] = NodeRow(
      identity: node, leaseMilliseconds: leaseMilliseconds, expiresAt: now.adding(milliseconds: leaseMilliseconds))
    return number
  }

  mutating func renew(_ own: NodeNumber, now: Timestamp) throws(JournalError) -> ClusterView {
    try checkFence(of: own)
    if let row = nodes[own] { nodes[own]?.expiresAt = now.adding(milliseconds: row.leaseMilliseconds) }
    for (number, row) in nodes where row.isLive && row.expiresAt <= now { end(number) }
    let live = nodes.filter { $0.value.isLive }.sorted { $0.key < $1.key }
    return ClusterView(
      own: own, nodes: live.map { ClusterView.Node(number: $0.key, identity: $0.value.identity) }, holders: leases)
  }

  mutating func take(_ resources: [LeasedResource], for own: NodeNumber) throws(JournalError) -> [LeasedResource] {
    try checkFence(of: own)
    for resource in resources where leases[resource] == nil { leases[resource] = own }
    return resources.filter { leases[$0] == own }
  }

  mutating func release(_ resources: [LeasedResource], of own: NodeNumber) {
    for resource in resources where leases[resource] == own { leases[resource] = nil }
  }

  mutating func end(_ number: NodeNumber) {
    nodes[number]?.isLive = false
    leases = leases.filter { $0.value != number }
  }

  func checkFence(of own: NodeNumber) throws(JournalError) {
    guard nodes[own]?.isLive == true else {
      throw JournalError(.fenced, "node \(own) was declared dead")
    }
  }

  func openRuns(in partitions: Set<Int>, after: RunID, limit: Int) -> [OpenRun] {
    let start = after == .max ? openRunIDs.count : placeAmongOpen(after + 1)
    return Array(
      openRunIDs[start...].lazy.compactMap { id in openRun(id, in: partitions) }.prefix(max(0, limit)))
  }

  mutating func takeHandedOver(in partitions: Set<Int>, limit: Int) -> [OpenRun] {
    guard !handedOver.isEmpty else { return [] }
    let taken = handedOver.sorted().compactMap { openRun($0, in: partitions) }.prefix(max(0, limit))
    for run in taken { handedOver.remove(run.id) }
    return Array(taken)
  }

  private func openRun(_ id: RunID, in partitions: Set<Int>) -> OpenRun? {
    guard let row = runs[id], !row.status.isClosed, partitions.contains(LanePartition.of(row.lane)) else { return nil }
    return OpenRun(id: id, lane: row.lane, status: row.status, wakeAt: row.wakeAt)
  }
}
