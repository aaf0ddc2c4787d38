//! Everything that one play consists of, made from its seed.
import FlowEngine
import JournalCore
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class SimulatedWorld: @unchecked Sendable {
  let plan: SimulationPlan
  let cluster: ClusterPlan
  let executor: SeededExecutor
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
  /// Several nodes: what waits at each polled connection.
  var inboxes: [String: SimulatedInbox] = [:]
  /// Nodes that cannot reach each other, and until when.
  var parted: [NodePair: Int64] = [:]
  var blow = NodeBlow.kill
  /// What goes on beside the play.
  let chores: AsyncStream<@Sendable () async -> Void>
  private let choreDoor: AsyncStream<@Sendable () async -> Void>.Continuation
  var lastNumber = 0
  var echoed = 0
  /// When everything must have stopped, once it has been told to.
  var stopBefore = Int64.max
  /// Somebody set a wall clock: intervals between moments mean less.
  var hasClockJumped = false

  /// - Parameter nodeCount: nil lets the seed say.
  init(seed: UInt64, mutant: Mutant, keepsTrace: Bool, nodeCount: Int?, executor: SeededExecutor) {
    plan = SimulationPlan(Chance(seed: seed, purpose: 1))
    let clusterChance = Chance(seed: seed, purpose: 6)
    cluster = ClusterPlan(clusterChance, nodes: nodeCount)
    self.executor = executor
    (chores, choreDoor) = AsyncStream.makeStream()
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
    nodes = (1...cluster.nodeCount).map { number in
      let offset = cluster.isShared ? clusterChance.int(0...2 * cluster.clockOffsetMillisecondsMax) : 0
      return SimulatedNode(
        world: self, number: number,
        clockOffset: cluster.isShared ? Int64(offset - cluster.clockOffsetMillisecondsMax) : 0)
    }
    if cluster.isShared {
      for node in nodes.dropFirst(cluster.nodesAtStart) { node.isAway = true }
      for project in projects { inboxes[project.desk] = SimulatedInbox() }
      witness.orderSlackMilliseconds = 3_000
      crashes.strike = { [weak self] life in self?.strike(life) }
    } else {
      crashes.strike = { [weak self] _ in self?.nodes.first?.crash() }
    }
    witness.wallClock = { [weak self] in
      guard let self, !self.hasClockJumped else { return nil }
      return self.nodes.map { $0.clock.now() }.max()
    }
    witness.isThreadDeleted = { [channels] thread, connection in
      channels.isDeleted(thread: thread, of: connection)
    }
  }

  func version(of project: SimulatedProject) -> String { "v\(versions[project.name, default: 1])" }

  /// The node that a connection's events reach; nil while none is up.
  func node(for connection: String) -> SimulatedNode? { nodes.first { $0.engine != nil && $0.life.isAlive } }

  func addChore(_ chore: @escaping @Sendable () async -> Void) { choreDoor.yield(chore) }

  func endChores() { choreDoor.finish() }

  /// The play is broken off: whoever hangs goes on to its end.
  func releaseAll() {
    for node in nodes { node.executor?.goOn() }
  }

  /// Breaks the circles in which world and nodes hold each other.
  func takeApart() {
    nodes = []
    inboxes = [:]
    choreDoor.finish()
    crashes.strike = { _ in }
    witness.wallClock = { nil }
    witness.isThreadDeleted = { _, _ in false }
  }
}
