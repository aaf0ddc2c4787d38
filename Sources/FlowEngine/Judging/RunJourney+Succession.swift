//! What a run does when its flow has been published anew: stays, goes on in the new version, or ends.
//! Asked where the run stands still, and for an end also between two calls: a run that moves is over sooner than it
//! could be moved.
import FlowModel
import JournalCore

/// Where a run stands when it is asked.
enum Standing: Sendable {
  /// Its lane takes it up.
  case takenUp
  case waiting
  case betweenCalls
}

extension RunJourney {
  /// Nil: the run goes on, in whichever version.
  mutating func succeed(_ standing: Standing) async -> LaneStep? {
    switch walk.flows.succession(project: run.project, flow: run.flow, version: run.version) {
    case .pin: return nil
    case .adopt(let version):
      if standing != .betweenCalls { await adopt(version) }
      return nil
    case .cancel(let version):
      if !state.hasActed {
        // Nothing of it has gone out: it is no old work, and nobody's message is thrown away.
        if standing != .betweenCalls { await adopt(version, fromStart: true) }
        return nil
      }
      return isToEnd(standing) ? await end(supersededBy: version) : nil
    }
  }

  private mutating func adopt(_ version: String, fromStart: Bool = false) async {
    guard version != refusedVersion else { return }
    guard let program = await walk.program(of: run, version: version) else {
      refusedVersion = version
      return
    }
    do throws(Adoption.Refusal) {
      let begun = fromStart || state == RunState() ? nil : state
      state = try Adoption.adopt(begun, label: run.label, from: machine.program, to: program) ?? RunState()
      machine = RunMachine(program: program)
      run = run.on(version: version)
      isAdopted = true
    } catch { refusedVersion = version }
  }

  /// A call that was under way when the engine stopped comes to its end first. A run that a person has asked to be
  /// tried again is meant to go on: it keeps its version.
  private func isToEnd(_ standing: Standing) -> Bool {
    guard !isAskedFor else { return false }
    switch standing {
    case .waiting, .betweenCalls: return true
    case .takenUp: return run.status == .waiting || (run.status == .queued && state.sequence == 0)
    }
  }

  private mutating func end(supersededBy version: String) async -> LaneStep {
    let outcome = "cancelled: superseded by version \(version)"
    guard await commit(.done, outcome: outcome) else { return leaving }
    walk.announcer.tell(run, .finished(outcome: outcome))
    return .next
  }
}
