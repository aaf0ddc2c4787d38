//! What goes wrong with nodes that share a store: they die, hang, are cut off from it or from each other, come and go.
import FlowEngine
import JournalCore
import SwitchboardSDK

/// What strikes a node at the moment that was armed.
enum NodeBlow: Sendable {
  /// `kill -9`: its connections to the store end with it.
  case kill
  /// Its machine is gone: nobody hears of it any more.
  case vanish
  case hang
}

extension SimulatedWorld {
  /// Those that work, or think so.
  var nodesUp: [SimulatedNode] { nodes.filter { $0.engine != nil && $0.life.isAlive } }

  func armBlow(_ blow: NodeBlow) {
    self.blow = blow
    armCrash()
  }

  func strike(_ life: NodeLife?) {
    let struck = life.flatMap { life in nodes.first { $0.life === life } } ?? chance.pick(nodesUp)
    guard let node = struck, node.life.isAlive else { return }
    switch blow {
    case .kill: kill(node, isKnown: true)
    case .vanish: kill(node, isKnown: false)
    case .hang: hang(node, milliseconds: chance.milliseconds(200...20_000))
    }
  }

  private func kill(_ node: SimulatedNode, isKnown: Bool) {
    trace.note(isKnown ? "killed" : "vanished", node.life.number ?? 0, by: node.name)
    figures.crashes += 1
    watchTakingOver(from: node)
    goOn(node)
    node.isAway = chance.percent(50)
    node.die(isKnown: isKnown)
    guard node.isAway else { return }
    comeBack(node, after: chance.milliseconds(5_000...40_000))
  }

  private func comeBack(_ node: SimulatedNode, after milliseconds: Int64) {
    addChore { [self] in
      await time.sleep(milliseconds)
      letJoin(node)
    }
  }

  func letJoin(_ node: SimulatedNode) {
    guard node.isAway else { return }
    trace.note("joins", by: node.name)
    node.isAway = false
    node.called.signal()
  }

  func joinOne() {
    guard let node = nodes.first(where: \.isAway) else { return }
    figures.joins += 1
    letJoin(node)
  }

  /// In order, for a while.
  func leaveOne() {
    let up = nodesUp.filter { !$0.isStopping }
    guard up.count > 1, let node = chance.pick(up) else { return }
    figures.leaves += 1
    node.isAway = true
    node.stop()
    comeBack(node, after: chance.milliseconds(8_000...60_000))
  }

  // MARK: Hanging

  private func hang(_ node: SimulatedNode, milliseconds: Int64) {
    guard !node.isHanging, let executor = node.executor else { return }
    trace.note("hangs", milliseconds, by: node.name)
    figures.hangs += 1
    watchTakingOver(from: node)
    if !nodes.contains(where: \.isHanging) { witness.hang = (time.milliseconds, nil) }
    node.isHanging = true
    executor.hang()
    let life = node.life
    addChore { [self] in
      await time.sleep(milliseconds)
      if node.life === life { goOn(node) }
    }
  }

  func goOn(_ node: SimulatedNode) {
    guard node.isHanging else { return }
    trace.note("goes on", by: node.name)
    node.isHanging = false
    if !nodes.contains(where: \.isHanging) { witness.hang?.ended = time.milliseconds }
    node.steadySince = time.milliseconds
    node.life.wentOnAt = time.milliseconds
    node.executor?.goOn()
  }

  // MARK: Partitions

  func cutOffOne() {
    guard let node = chance.pick(nodesUp), !node.link.isCut else { return }
    let milliseconds = chance.milliseconds(500...25_000)
    let cut: NodeLink.Cut = chance.percent(50) ? .refused : .silent
    trace.note("cut off", milliseconds, 0, cut == .silent ? "from a silent store" : "from the store", by: node.name)
    figures.cutOffs += 1
    watchTakingOver(from: node)
    node.link.cut(cut, milliseconds: milliseconds)
    node.steadySince = time.milliseconds + milliseconds
  }

  func partPeers() {
    guard let one = chance.pick(nodes), let other = chance.pick(nodes), one !== other else { return }
    let milliseconds = chance.milliseconds(1_000...30_000)
    trace.note("parted", milliseconds, 0, "from \(other.name)", by: one.name)
    parted[NodePair(one, other)] = time.milliseconds + milliseconds
  }

  func areParted(_ one: SimulatedNode, _ other: SimulatedNode) -> Bool {
    parted[NodePair(one, other), default: 0] > time.milliseconds
  }

  /// Power goes for all nodes and for the store.
  func blackOut() {
    trace.note("blackout")
    figures.crashes += 1
    for node in nodes {
      goOn(node)
      node.die()
      node.steadySince = time.milliseconds
    }
    store.cutPower()
    witness.checkAfterCrash(store.journal)
  }

  /// Everything is as it should be, and all are there.
  func mendCluster() {
    for node in nodes {
      node.link.mend()
      goOn(node)
      letJoin(node)
    }
    parted = [:]
  }
}

struct NodePair: Hashable {
  let names: Set<String>
  init(_ one: SimulatedNode, _ other: SimulatedNode) { names = [one.name, other.name] }
}
