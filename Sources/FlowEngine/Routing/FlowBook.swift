//! The flows in force, and the older versions that running work is pinned to.
package import FlowModel
package import JournalCore
import Synchronization

package final class FlowBook: Sendable {
  private struct State {
    var active: [FlowName: Program] = [:]
    var index = TriggerIndex(programs: [])
    /// Versions that served or that somebody asked for, the latest last; older ones are read from the journal again.
    var versions: [FlowName: [Program]] = [:]
    var histories: [FlowName: FlowHistory] = [:]
    var published: [String: Publication] = [:]
    /// Projects with a flow, of whichever version, whose lanes are not its conversations.
    var scattering: Set<String> = []
    /// What any version has ever waited for (`AwaitedSorts`): waits of old versions may be pending.
    var awaited: Set<AwaitedSort> = []

    mutating func keep(_ program: Program) {
      if case .expression = program.flow.lane { scattering.insert(program.flow.project) }
      let name = FlowName(project: program.flow.project, flow: program.flow.name)
      versions[name, default: []].removeAll { $0.flow.version == program.flow.version }
      versions[name, default: []].append(program)
      awaited.formUnion(program.awaited)
      let surplus = (versions[name]?.count ?? 0) - FlowBook.versionsKept
      if surplus > 0 { versions[name]?.removeFirst(surplus) }
    }
  }
  private static let versionsKept = 16

  private let state = Mutex(State())

  package init() {}

  /// Puts a project's flows in force, all at once, and tells what has become known as their publication.
  package func publish(_ flows: [Flow], project: String, as publication: Publication? = nil) {
    let programs = flows.map { Program($0) }
    state.withLock { state in
      state.active = state.active.filter { $0.key.project != project }
      for program in programs {
        let name = FlowName(project: project, flow: program.flow.name)
        state.active[name] = program
        state.keep(program)
        state.histories[name, default: FlowHistory()].serve(program.flow.version, running: program.flow.running)
      }
      state.index = TriggerIndex(programs: Array(state.active.values))
      if let publication { state.published[project] = publication }
    }
  }

  /// What served before the program started: older publications, oldest first. To be told before `publish`.
  package func recall(_ publications: [Publication]) {
    state.withLock { state in
      for publication in publications {
        for change in publication.changes {
          guard let version = change.to, !change.part.hasPrefix("rule:") else { continue }
          let name = FlowName(project: publication.project, flow: change.part)
          state.histories[name, default: FlowHistory()].serve(version, running: change.running ?? .pin)
        }
      }
    }
  }

  /// The publication in force, by project.
  package var publications: [String: Publication] { state.withLock { $0.published } }

  package func amend(_ publication: Publication) {
    state.withLock { state in
      if state.published[publication.project]?.number == publication.number {
        state.published[publication.project] = publication
      }
    }
  }

  package var activeFlows: [Flow] {
    state.withLock { $0.active.values.map(\.flow) }.sorted { ($0.project, $0.name) < ($1.project, $1.name) }
  }

  var index: TriggerIndex { state.withLock { $0.index } }

  /// Whether some run may wait for events of this sort.
  func isAwaited(_ sorts: [AwaitedSort]) -> Bool {
    state.withLock { state in !state.awaited.isEmpty && sorts.contains { state.awaited.contains($0) } }
  }

  var awaitsAnything: Bool { state.withLock { !$0.awaited.isEmpty } }

  func recallAwaited(_ sorts: Set<AwaitedSort>) { state.withLock { $0.awaited.formUnion(sorts) } }

  func succession(project: String, flow: String, version: String) -> FlowHistory.Succession {
    state.withLock { $0.histories[FlowName(project: project, flow: flow)]?.succession(of: version) ?? .pin }
  }

  func program(project: String, flow: String, version: String) -> Program? {
    let name = FlowName(project: project, flow: flow)
    return state.withLock { state in
      if let active = state.active[name], active.flow.version == version { return active }
      return state.versions[name]?.last { $0.flow.version == version }
    }
  }

  /// Whether runs of one conversation may be walked in several lanes, and so on several nodes. True for good once it
  /// was: older versions have runs.
  func scatters(_ project: String) -> Bool { state.withLock { $0.scattering.contains(project) } }

  func keep(_ program: Program) {
    state.withLock { $0.keep(program) }
  }
}

struct FlowName: Hashable {
  var project: String
  var flow: String
}
