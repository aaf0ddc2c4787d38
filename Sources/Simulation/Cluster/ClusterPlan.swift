//! How many nodes one seed's world has, and which troubles these have with each other and with their store.

struct ClusterPlan: Sendable {
  /// 1: a single node over its own file, which holds every lane.
  var nodeCount: Int
  /// Nodes that are there from the first step; the others join later.
  var nodesAtStart: Int
  /// No two machines have quite the same time: each is off by up to so much.
  var clockOffsetMillisecondsMax: Int
  /// Weights of what may happen in a step.
  var killWeight: Int
  var hangWeight: Int
  var cutOffWeight: Int
  var peerWeight: Int
  var joinWeight: Int
  var leaveWeight: Int
  var blackoutWeight: Int
  /// The store tells nodes at once that something was handed over; else they look for themselves.
  var hasHints: Bool
  static let nodesMax = 5

  /// - Parameter nodes: nil lets the seed say.
  init(_ chance: Chance, nodes: Int?) {
    let drawn = chance.percent(90) ? 1 : chance.int(2...3)
    nodeCount = nodes ?? drawn
    nodesAtStart = chance.percent(60) ? nodeCount : chance.int(1...nodeCount)
    clockOffsetMillisecondsMax = chance.percent(50) ? 0 : 1_500
    killWeight = chance.percent(25) ? 0 : chance.int(2...8)
    hangWeight = chance.percent(35) ? 0 : chance.int(2...8)
    cutOffWeight = chance.percent(35) ? 0 : chance.int(2...8)
    peerWeight = chance.percent(60) ? 0 : 4
    joinWeight = chance.int(2...8)
    leaveWeight = chance.percent(40) ? 0 : chance.int(2...6)
    blackoutWeight = chance.percent(60) ? 0 : 2
    hasHints = chance.percent(80)
  }

  var isShared: Bool { nodeCount > 1 }
}
