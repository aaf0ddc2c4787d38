//! What goes wrong in a play, beside the calls that fail by themselves.
import JournalCore

extension SimulatedWorld {
  func armCrash() {
    let point = chance.pick(CrashPlan.Point.allCases) ?? .job
    crashes.arm(point, after: point == .job ? chance.int(1...300) : chance.int(1...8))
  }

  func stopInOrder() {
    figures.stops += 1
    chance.pick(nodes)?.stop()
  }

  func spoilDisk() {
    disk.begin(chance.percent(50) ? .full : .unavailable, milliseconds: chance.milliseconds(100...20_000))
  }

  func storm(_ project: SimulatedProject) {
    channels.storm(
      chance.percent(50) ? project.desk : project.avito, milliseconds: chance.milliseconds(1_000...30_000))
  }

  /// The wall clock is set by up to an hour, either way.
  func setClock() {
    let milliseconds = Int64(chance.int(-3_600...3_600)) * 1_000
    trace.note("clock", milliseconds)
    figures.clockJumps += 1
    hasClockJumped = true
    for node in nodes { node.clock.set(by: milliseconds) }
  }

  /// A new version of a project's flows, while the old one has work under way.
  func publish(_ project: SimulatedProject) async {
    versions[project.name, default: 1] += 1
    trace.note("publish", Int64(project.number), Int64(versions[project.name, default: 1]))
    figures.publishes += 1
    for node in nodes {
      guard let engine = node.engine else { continue }
      guard let executor = node.executor else {
        try? await node.publish(project, in: engine)
        continue
      }
      // On its own machine: one that hangs hears of it when it goes on.
      addChore {
        await withTaskExecutorPreference(executor) { try? await node.publish(project, in: engine) }
      }
    }
  }
}
