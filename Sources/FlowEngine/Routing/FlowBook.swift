//! The flows in force, and the older versions that running work is pinned to.
package import FlowModel
import JournalCore
import Synchronization

package final class FlowBook: Sendable {
  private struct State {
    var active: [FlowName: Program] = [:]
    var index = TriggerIndex(programs: [])
    /// By flow and version; only versions that somebody asked for.
    var versions: [FlowName: [String: Program]] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// Puts a project's flows in force, all at once. Work under way stays with the version it began with.
  package func publish(_ flows: [Flow], project: String) {
    let programs = flows.map { Program($0) }
    state.withLock { state in
      state.active = state.active.filter { $0.key.project != project }
      for program in programs {
        let name = FlowName(project: project, flow: program.flow.name)
        state.active[name] = program
        state.versions[name, default: [:]][program.flow.version] = program
      }
      state.index = TriggerIndex(programs: Array(state.active.values))
    }
  }

  package var activeFlows: [Flow] {
    state.withLock { $0.active.values.map(\.flow) }.sorted { ($0.project, $0.name) < ($1.project, $1.name) }
  }

  var index: TriggerIndex { state.withLock { $0.index } }

  func program(project: String, flow: String, version: String) -> Program? {
    state.withLock { $0.versions[FlowName(project: project, flow: flow)]?[version] }
  }

  func keep(_ program: Program) {
    let name = FlowName(project: program.flow.project, flow: program.flow.name)
    state.withLock { $0.versions[name, default: [:]][program.flow.version] = program }
  }
}

struct FlowName: Hashable {
  var project: String
  var flow: String
}
