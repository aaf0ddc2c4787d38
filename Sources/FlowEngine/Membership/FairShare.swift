//! How much of everything a node should hold: pure, from what the store tells. All nodes reckon alike, so that none
//! takes what another is about to.
import JournalCore

struct FairShare: Sendable {
  /// Everything there is to hold of one kind, in an order that all nodes share.
  let resources: [LeasedResource]
  let view: ClusterView

  /// `ceil(all / nodes)`: whoever holds less takes what is free.
  var share: Int {
    let nodes = max(1, view.nodes.count)
    return (resources.count + nodes - 1) / nodes
  }

  /// What to take of what is free.
  var wanted: [LeasedResource] {
    let held = resources.count { view.holders[$0] == view.own }
    guard held < share else { return [] }
    let free = resources.filter { view.holders[$0] == nil }
    // Each node begins at another place: two that look at the same moment do not reach for the same.
    let start = free.isEmpty ? 0 : place * free.count / max(1, view.nodes.count)
    return Array((free[start...] + free[..<start]).prefix(share - held))
  }

  /// What to give back so that others get their share: the last ones, as long as somebody has too little.
  var surplus: [LeasedResource] {
    let held = resources.filter { view.holders[$0] == view.own }
    guard held.count > share else { return [] }
    return Array(held.suffix(held.count - share))
  }

  private var place: Int { view.nodes.firstIndex { $0.number == view.own } ?? 0 }
}
