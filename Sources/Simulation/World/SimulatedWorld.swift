//! Everything that one play consists of, made from its seed.
import FlowEngine
import JournalCore
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class SimulatedWorld: @unchecked Sendable {
  let plan: SimulationPlan
  let mutant: Mutant
  let time = VirtualTime()
  let trace: SimulationTrace
  let witness: Witness
  let store: SimulatedStore
  let disk: DiskWeather
  let rules: RuleWeather
  let channels: SimulatedChannels
  let crashes = CrashPlan()
  /// For the play and the sources.
  let chance: Chance
  /// For the engine's own jitter and the rules.
  let jitter: Chance
  let projects: [SimulatedProject]
  private(set) var nodes: [SimulatedNode] = []
  var figures = SimulationFigures()
  var versions: [String: Int] = [:]
  /// Batches that a source has sent and that are not acknowledged yet.
  var waitingDeliveries = 0
  var earlyAcknowledged: [SourceEvent] = []
  var pollers: [String: AsyncStream<[SourceEvent]>.Continuation] = [:]
  var lastNumber = 0
  var echoed = 0
  /// When everything must have stopped, once it has been told to.
  var stopBefore = Int64.max
  /// Somebody set a wall clock: intervals between moments mean less.
  var hasClockJumped = false

  init(seed: UInt64, mutant: Mutant, keepsTrace: Bool) {
    plan = SimulationPlan(Chance(seed: seed, purpose: 1))
    self.mutant = mutant
    trace = SimulationTrace(time: time, keepsLines: keepsTrace)
    witness = Witness(trace: trace, time: time)
    store = SimulatedStore(isLazy: mutant == .forgetsFsync, witness: witness)
    disk = DiskWeather(chance: Chance(seed: seed, purpose: 2), time: time, plan: plan)
    rules = RuleWeather(troublePercent: plan.ruleTroublePercent)
    channels = SimulatedChannels(chance: Chance(seed: seed, purpose: 3), time: time, plan: plan, witness: witness)
    chance = Chance(seed: seed, purpose: 4)
    jitter = Chance(seed: seed, purpose: 5)
    projects = (1...plan.projectCount).map { SimulatedProject(number: $0) }
    nodes = [SimulatedNode(world: self)]
    crashes.strike = { [weak self] _ in self?.nodes.first?.crash() }
    witness.wallClock = { [weak self] in
      guard let self, !self.hasClockJumped else { return nil }
      return self.nodes.first?.clock.now()
    }
    witness.isThreadDeleted = { [channels] thread, connection in
      channels.isDeleted(thread: thread, of: connection)
    }
  }

  func version(of project: SimulatedProject) -> String { "v\(versions[project.name, default: 1])" }

  /// The node that a connection's events reach; nil while none is up.
  func node(for connection: String) -> SimulatedNode? { nodes.first { $0.engine != nil && $0.life.isAlive } }

  /// Breaks the circles in which world and nodes hold each other.
  func takeApart() {
    nodes = []
    crashes.strike = { _ in }
    witness.wallClock = { nil }
    witness.isThreadDeleted = { _, _ in false }
  }
}
