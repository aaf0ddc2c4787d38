//! What nodes that share a store may and may not do: an account of leases beside the store's own, by the rules alone.
import JournalCore
import SwitchboardSDK

extension Witness {
  struct ClusterBook {
    /// Alive, by number: until when, of the store's clock.
    var expiry: [NodeNumber: Int64] = [:]
    var leaseMilliseconds: [NodeNumber: Int64] = [:]
    var names: [NodeNumber: String] = [:]
    var holders: [LeasedResource: NodeNumber] = [:]
    var lastNumber: NodeNumber = 0

    mutating func end(_ number: NodeNumber) {
      expiry[number] = nil
      holders = holders.filter { $0.value != number }
    }

    func held(by number: NodeNumber) -> Int { holders.values.count { $0 == number } }
  }

  // MARK: Told by the nodes' ways to the store, in the order of the store

  func joined(_ number: NodeNumber, _ life: NodeLife, replacing previous: NodeNumber?, leaseMilliseconds: Int64) {
    trace.note("joined", number, 0, by: life.name)
    if number <= cluster.lastNumber { broken(.fenced, "\(life.name) joins as \(number) after \(cluster.lastNumber)") }
    cluster.lastNumber = max(cluster.lastNumber, number)
    if let previous { cluster.end(previous) }
    for other in cluster.names.filter({ $0.value == life.name }).keys { cluster.end(other) }
    cluster.names[number] = life.name
    cluster.leaseMilliseconds[number] = leaseMilliseconds
    cluster.expiry[number] = time.milliseconds + leaseMilliseconds
    life.number = number
  }

  func renewed(by life: NodeLife) {
    guard let own = life.number, let lease = cluster.leaseMilliseconds[own] else { return }
    if cluster.expiry[own] != nil { cluster.expiry[own] = time.milliseconds + lease }
    for number in cluster.expiry.filter({ $0.value <= time.milliseconds }).keys.sorted() where number != own {
      trace.note("declares dead", number, 0, cluster.names[number] ?? "", by: life.name)
      cluster.end(number)
    }
  }

  func took(_ resources: [LeasedResource], _ life: NodeLife) {
    guard let number = life.number else { return }
    if !resources.isEmpty { trace.note("took", Int64(resources.count), 0, Self.brief(resources), by: life.name) }
    for resource in resources {
      if let other = cluster.holders[resource], other != number {
        broken(.leasedOnce, "\(life.name) (\(number)) takes \(resource.name), which node \(other) holds")
      }
      cluster.holders[resource] = number
    }
  }

  func released(_ resources: [LeasedResource], _ life: NodeLife) {
    trace.note("gave back", Int64(resources.count), 0, Self.brief(resources), by: life.name)
    for resource in resources where cluster.holders[resource] == life.number { cluster.holders[resource] = nil }
  }

  func left(_ life: NodeLife) {
    trace.note("left", life.number ?? 0, 0, by: life.name)
    life.isLeaving = true
    if let number = life.number { cluster.end(number) }
  }

  private static func brief(_ resources: [LeasedResource]) -> String {
    let lanes = resources.count(where: \.isLanes)
    let others = resources.filter { !$0.isLanes }.map(\.name)
    return ((lanes > 0 ? ["\(lanes) partitions"] : []) + others).joined(separator: ", ")
  }

  // MARK: What a node does

  /// A write of this node has landed.
  func landed(by life: NodeLife) {
    // Its goodbye is the last one.
    if life.isLeaving {
      life.isLeaving = false
      return
    }
    guard let number = life.number, cluster.expiry[number] == nil else { return }
    broken(.fenced, "\(life.name) wrote as node \(number), which was declared dead or has left")
  }

  /// Whether this node's lease of the resource stands. What was decided just before a machine hung comes out just
  /// after it has gone on, without a look at anything: no store can prevent that.
  func mayUse(_ resource: LeasedResource, _ life: NodeLife) -> Bool {
    guard let number = life.number else { return true }
    return cluster.holders[resource] == number
  }

  func isLate(_ life: NodeLife) -> Bool { life.wentOnAt == time.milliseconds }

  /// Something comes in by a connection.
  func received(_ connection: String, by life: NodeLife) {
    guard !mayUse(.connection(connection), life), !isLate(life) else { return }
    broken(.oneReceiver, "\(life.name) receives for \(connection), which is not leased to node \(life.number ?? 0)")
  }

  /// A run of a lane is walked: only where its partition is leased.
  func checkWalked(_ lane: String, _ life: NodeLife, _ what: String) {
    let partition = LeasedResource.lanes(partition: LanePartition.of(lane))
    guard !mayUse(partition, life) else { return }
    let holder = cluster.holders[partition].map { "node \($0)" } ?? "nobody"
    broken(.oneWalker, "\(life.name) (\(life.number ?? 0)) \(what) in lane \(lane), which \(holder) holds")
  }
}
