//! One machine: starts an engine over what the store holds, lets it run until it dies or is stopped, and starts it
//! anew after a while. Of several machines each has a clock of its own and its own way to the store.
import FlowEngine
import FlowModel
import JournalCore
import Logging
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class SimulatedNode: @unchecked Sendable {
  /// What one start of the machine consists of.
  struct Parts {
    var engine: Engine
    /// Nil on a single node.
    var cluster: ClusterParts?
  }
  struct ClusterParts {
    var journal: MemoryJournal
    var receivers: NodeReceivers
    var door: NodeDoor
  }

  let world: SimulatedWorld
  /// `node2`; empty in a world with only one.
  let name: String
  let clock: MachineClock
  /// Nil in a world with only one, as is all that follows.
  let executor: MachineExecutor?
  let link: NodeLink
  var isHanging = false
  /// Not started, or left: until somebody lets it join.
  var isAway = false
  let called = Wake()
  /// Since when it has been there and well, in virtual time.
  var steadySince: Int64 = 0
  private(set) var life: NodeLife
  /// Nil while it starts or is down.
  private(set) var engine: Engine?
  private(set) var door: NodeDoor?
  private var journal: MemoryJournal?
  var isStopping = false
  private(set) var isOver = false

  init(world: SimulatedWorld, number: Int = 1, clockOffset: Int64 = 0) {
    self.world = world
    let isShared = world.cluster.isShared
    name = isShared ? "node\(number)" : ""
    executor = isShared ? MachineExecutor(number: number, of: world.executor) : nil
    clock = MachineClock(world.time, offset: clockOffset)
    link = NodeLink(time: world.time)
    life = NodeLife(name: name)
  }

  /// The power goes, or somebody sends it `kill -9`.
  func crash() {
    guard life.isAlive else { return }
    world.trace.note("crash", by: name)
    world.figures.crashes += 1
    die()
    world.store.cutPower()
    world.witness.checkAfterCrash(world.store.journal)
  }

  /// The process ends; what it has written stays. `isKnown`: its connections to the store end with it.
  func die(isKnown: Bool = true) {
    engine = nil
    door = nil
    if isKnown { journal?.died() }
    journal = nil
    life.end()
    steadySince = world.time.milliseconds
  }

  /// Stops in order; `isOver` for good.
  func stop(isOver: Bool = false) {
    if isOver { self.isOver = true }
    world.trace.note("stop", by: name)
    isStopping = true
    if executor == nil { engine?.lanes.stop() }
    if isOver, engine == nil { life.end() }
    called.signal()
  }

  func run() async {
    while !isOver, !Task.isCancelled {
      await called.wait { !self.isAway || self.isOver }
      guard !isOver else { return }
      life = NodeLife(name: name)
      isStopping = false
      let life = life
      let parts = makeParts(life)
      if await start(parts.engine) {
        world.trace.note("started", by: name)
        steadySince = max(steadySince, world.time.milliseconds)
        engine = parts.engine
        door = parts.cluster?.door
        await serve(parts, life)
        engine = nil
        door = nil
      }
      life.end()
      parts.cluster?.journal.died()
      guard !isOver else { return }
      await world.time.sleep(world.chance.milliseconds(100...3_000))
    }
  }

  private func serve(_ parts: Parts, _ life: NodeLife) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await parts.engine.run() }
      group.addTask { await life.ended() }
      if let cluster = parts.cluster { group.addTask { await self.keepDoors(cluster, parts.engine) } }
      await group.next()
      group.cancelAll()
    }
  }

  /// Doors close first, then the engine ends what is under way.
  private func keepDoors(_ cluster: ClusterParts, _ engine: Engine) async {
    await withDiscardingTaskGroup { group in
      group.addTask { await cluster.door.run(engine) }
      group.addTask { await cluster.receivers.run(engine) }
      await called.wait { self.isStopping }
      group.cancelAll()
    }
    engine.lanes.stop()
    // The engine is what everybody waits for.
    await life.ended()
  }

  private func start(_ engine: Engine) async -> Bool {
    do throws(JournalError) {
      for project in world.projects { try await publish(project, in: engine) }
      try await engine.open()
      return life.isAlive
    } catch {
      world.trace.note("did not start", 0, 0, error.detail, by: name)
      return false
    }
  }

  func publish(_ project: SimulatedProject, in engine: Engine) async throws(JournalError) {
    let flows = SimulatedFlows.all(project, version: world.version(of: project), plan: world.plan)
    try await engine.publish(flows, sources: flows.map { SimulatedFlows.source($0) }, project: project.name)
  }

  private func makeParts(_ life: NodeLife) -> Parts {
    guard let executor else { return Parts(engine: makeEngine(life, over: journal(of: life, world.store.journal))) }
    let own = world.store.way(of: life)
    journal = own
    var shared = journal(of: life, world.mutant.store(own, unfenced: world.store.journal))
    shared.link = link
    shared.hasHints = world.cluster.hasHints
    let store = world.mutant.journal(over: shared)
    let receivers = NodeReceivers(world: world, life: life, journal: store)
    let cluster = ClusterSettings(
      store: store, node: NodeIdentity(name: name, address: name), receivers: receivers,
      monotonicMilliseconds: { [time = world.time] in time.milliseconds })
    return Parts(
      engine: makeEngine(life, over: shared, cluster: cluster, network: executor.all),
      cluster: ClusterParts(
        journal: own, receivers: receivers,
        door: NodeDoor(node: self, life: life, world: world, receivers: receivers)))
  }

  private func journal(of life: NodeLife, _ base: any ClusterStore) -> NodeJournal {
    NodeJournal(store: base, life: life, disk: world.disk, crashes: world.crashes, witness: world.witness)
  }

  private func makeEngine(
    _ life: NodeLife, over journal: NodeJournal, cluster: ClusterSettings? = nil, network: SeededExecutor? = nil
  ) -> Engine {
    var log = Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() })
    log.logLevel = .critical
    let connections = NodeConnections(
      life: life, channels: world.channels, witness: world.witness, crashes: world.crashes, network: network)
    let chance = world.jitter
    let sources = world.mutant.sources(NodeFlowSources(projects: world.projects, plan: world.plan)) { [world] name in
      world.projects.first { $0.name == name }.map { world.version(of: $0) } ?? ""
    }
    return Engine(
      journal: cluster?.store ?? world.mutant.journal(over: journal),
      ports: EnginePorts(
        clock: clock, connections: world.mutant.connections(over: connections),
        rules: NodeRules(time: world.time, chance: world.jitter, weather: world.rules),
        flows: sources, random: { chance.fraction() }),
      projects: world.projects.map { SimulatedFlows.facts($0) }, log: log,
      releasesLanesEarly: world.mutant == .laneReleasedEarly, cluster: cluster)
  }
}
