//! One machine: starts an engine over what the store holds, lets it run until it dies or is stopped, and starts it
//! anew after a while.
import FlowEngine
import FlowModel
import JournalCore
import Logging
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class SimulatedNode: @unchecked Sendable {
  private let world: SimulatedWorld
  let clock: MachineClock
  private(set) var life = NodeLife()
  /// Nil while it starts or is down.
  private(set) var engine: Engine?
  private var isOver = false

  init(world: SimulatedWorld) {
    self.world = world
    clock = MachineClock(world.time)
  }

  /// The power goes, or somebody sends it `kill -9`.
  func crash() {
    guard life.isAlive else { return }
    world.trace.note("crash")
    world.figures.crashes += 1
    engine = nil
    life.end()
    world.store.cutPower()
    world.witness.checkAfterCrash(world.store.journal)
  }

  /// Stops in order; `isOver` for good.
  func stop(isOver: Bool = false) {
    if isOver { self.isOver = true }
    world.trace.note("stop")
    engine?.lanes.stop()
    if isOver, engine == nil { life.end() }
  }

  func run() async {
    while !isOver, !Task.isCancelled {
      life = NodeLife()
      let life = life
      let engine = makeEngine(life)
      if await start(engine) {
        world.trace.note("started")
        self.engine = engine
        await withTaskGroup(of: Void.self) { group in
          group.addTask { await engine.run() }
          group.addTask { await life.ended() }
          await group.next()
          group.cancelAll()
        }
        self.engine = nil
      }
      life.end()
      guard !isOver else { return }
      await world.time.sleep(world.chance.milliseconds(100...3_000))
    }
  }

  private func start(_ engine: Engine) async -> Bool {
    do throws(JournalError) {
      for project in world.projects { try await publish(project, in: engine) }
      try await engine.open()
      return life.isAlive
    } catch { return false }
  }

  func publish(_ project: SimulatedProject, in engine: Engine) async throws(JournalError) {
    let flows = SimulatedFlows.all(project, version: world.version(of: project), plan: world.plan)
    try await engine.publish(flows, sources: flows.map { SimulatedFlows.source($0) }, project: project.name)
  }

  private func makeEngine(_ life: NodeLife) -> Engine {
    var log = Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() })
    log.logLevel = .critical
    let journal = NodeJournal(
      base: world.store.journal, life: life, disk: world.disk, crashes: world.crashes)
    let connections = NodeConnections(
      life: life, channels: world.channels, witness: world.witness, crashes: world.crashes)
    let chance = world.jitter
    let sources = world.mutant.sources(NodeFlowSources(projects: world.projects, plan: world.plan)) { [world] name in
      world.projects.first { $0.name == name }.map { world.version(of: $0) } ?? ""
    }
    return Engine(
      journal: world.mutant.journal(over: journal),
      ports: EnginePorts(
        clock: clock, connections: world.mutant.connections(over: connections),
        rules: NodeRules(time: world.time, chance: world.jitter, weather: world.rules),
        flows: sources, random: { chance.fraction() }),
      projects: world.projects.map { SimulatedFlows.facts($0) }, log: log,
      releasesLanesEarly: world.mutant == .laneReleasedEarly)
  }
}
