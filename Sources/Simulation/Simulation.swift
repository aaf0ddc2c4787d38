//! Plays one seed: the whole engine in one process, on virtual time, in the one order that the seed chooses.

package struct Simulation: Sendable {
  package var steps: Int
  package var mutant: Mutant
  package var keepsTrace: Bool
  /// Nil: the seed says how many nodes share the store.
  package var nodes: Int?
  package static let stepsStandard = 40

  package init(steps: Int = stepsStandard, mutant: Mutant = .none, keepsTrace: Bool = false, nodes: Int? = nil) {
    self.steps = steps
    self.mutant = mutant
    self.keepsTrace = keepsTrace
    self.nodes = nodes
  }

  package static let nodesMax = ClusterPlan.nodesMax

  package func play(seed: UInt64) async -> SimulationReport {
    let executor = SeededExecutor(seed: seed)
    let world = SimulatedWorld(
      seed: seed, mutant: mutant, keepsTrace: keepsTrace, nodeCount: nodes, executor: executor)
    let steps = steps
    await withTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: executor) { await world.main(steps: steps) }
      Self.drain(executor, world)
      // A broken promise ends the play; so does an engine in which nothing can ever happen again.
      group.cancelAll()
      world.releaseAll()
      while executor.runOne() {}
      await group.next()
    }
    defer { world.takeApart() }
    if executor.arrivalsFromElsewhere > 0 {
      world.witness.broken(.determinism, "\(executor.arrivalsFromElsewhere) jobs came from other threads")
    }
    world.trace.note("end", Int64(bitPattern: executor.choices))
    if world.cluster.isShared { world.figures.sharedWorlds = 1 }
    world.figures.virtualMilliseconds = world.time.milliseconds
    world.figures.timersFired = world.witness.firedCount
    world.figures.add(world.witness)
    return SimulationReport(
      seed: seed, nodes: nodes, violation: world.witness.violation, figures: world.figures, traceHash: world.trace.hash,
      lines: world.trace.lines)
  }

  /// A moment of virtual time in which more than this is done never ends.
  private static let jobsPerMomentMax = 50_000

  /// Runs jobs until all is done or a promise is broken; time moves when no job is ready.
  private static func drain(_ executor: SeededExecutor, _ world: SimulatedWorld) {
    var jobsAtThisMoment = 0
    while world.witness.violation == nil {
      if executor.runOne() {
        world.figures.jobs += 1
        jobsAtThisMoment += 1
        world.crashes.reach(.job)
        if jobsAtThisMoment > jobsPerMomentMax { world.witness.broken(.liveness, "it goes round in a circle") }
      } else if world.time.advance() {
        jobsAtThisMoment = 0
        if world.time.milliseconds > world.stopBefore { world.witness.broken(.liveness, "the engine does not stop") }
      } else {
        return
      }
    }
  }
}
