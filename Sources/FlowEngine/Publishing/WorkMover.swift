//! Takes a flow's pending timers to their new version, page by page, and counts what its open runs will do.
//! A timer that fires meanwhile is met as a run: its journey asks the same question.
import FlowModel
import JournalCore
import SwitchboardSDK

struct WorkMover: Sendable {
  let publishing: Publishing
  let project: String
  let flow: String
  private(set) var work = Publication.Work()
  private var programs: [String: Program] = [:]
  /// One transaction each, so that commits of messages come in between.
  private static let page = 500

  init(publishing: Publishing, project: String, flow: String) {
    self.publishing = publishing
    self.project = project
    self.flow = flow
  }

  mutating func moveTimers() async throws(JournalError) {
    let store = publishing.store
    var last = ""
    while true {
      let page = try await store.timers(ofFlow: flow, project: project, after: last, limit: Self.page)
      guard let end = page.last else { return }
      last = end.key
      var moves: [TimerMove] = []
      var ended: [String: [TimerRecord]] = [:]
      for timer in page {
        switch publishing.flows.succession(project: project, flow: flow, version: timer.version) {
        case .pin: continue
        case .cancel(let version): ended[version, default: []].append(timer)
        case .adopt(let version):
          switch try await adopted(timer.state, label: timer.label, from: timer.version, to: version) {
          case .success(let state): moves.append(TimerMove(timer: timer, version: version, state: state ?? timer.state))
          case .failure(let refusal): pin(refusal)
          }
        }
      }
      if !moves.isEmpty { work.adopted += try await publishing.journal.moveTimers(moves) }
      for (version, timers) in ended {
        work.cancelled += try await store.endTimers(
          timers, outcome: "cancelled: superseded by version \(version)", at: publishing.clock.now())
      }
    }
  }

  /// Runs are moved by their lanes when they next stand still; this tells what they will do there.
  mutating func countRuns() async throws(JournalError) {
    var last: RunID = 0
    while true {
      let page = try await publishing.store.openRuns(
        ofFlow: flow, project: project, after: last, limit: Self.page)
      guard let end = page.last else { return }
      last = end.id
      for run in page {
        switch publishing.flows.succession(project: project, flow: flow, version: run.version) {
        case .pin: continue
        case .cancel: countCancelled(run)
        case .adopt(let version):
          switch try await adopted(run.state, label: run.label, from: run.version, to: version) {
          case .success: work.adopted += 1
          case .failure(let refusal): pin(refusal)
          }
        }
      }
    }
  }

  private mutating func countCancelled(_ run: FlowRun) {
    let state = run.state.flatMap { RunState(encoded: $0) }
    if state?.hasActed != true {
      work.adopted += 1
    } else if run.status == .parked {
      work.pinned += 1
      work.reasons["it waits for a person", default: 0] += 1
    } else {
      work.cancelled += 1
    }
  }

  private mutating func pin(_ refusal: Adoption.Refusal) {
    work.pinned += 1
    work.reasons[refusal.description, default: 0] += 1
  }

  private mutating func adopted(
    _ bytes: [UInt8]?, label: String, from old: String, to new: String
  ) async throws(JournalError) -> Result<[UInt8]?, Adoption.Refusal> {
    guard let before = try await program(old), let after = try await program(new) else {
      return .failure(Adoption.Refusal("its version can no longer be loaded"))
    }
    var state: RunState?
    if let bytes {
      guard let decoded = RunState(encoded: bytes) else {
        return .failure(Adoption.Refusal("its state cannot be read"))
      }
      state = decoded
    }
    do throws(Adoption.Refusal) {
      return .success(try Adoption.adopt(state, label: label, from: before, to: after)?.encoded)
    } catch { return .failure(error) }
  }

  private mutating func program(_ version: String) async throws(JournalError) -> Program? {
    if let known = programs[version] { return known }
    let loaded = try await publishing.program(project: project, flow: flow, version: version)
    programs[version] = loaded
    return loaded
  }
}
