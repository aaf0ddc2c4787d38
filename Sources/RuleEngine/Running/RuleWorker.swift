//! What one Lua thread owns: a state per project, with the versions of rules that are loaded in it.
internal import FlowModel

/// Not Sendable: made and used on its thread only.
final class RuleWorker {
  private final class ProjectState {
    let lua: LuaState
    var loaded: [String: (version: String, reference: Int32)] = [:]
    init(_ lua: LuaState) { self.lua = lua }
  }

  private var states: [String: ProjectState] = [:]
  private let zones: RuleZones?
  private let program: RuleWorkerProgram
  /// Worker processes by project, the one used last at the end.
  private var keepers: [(project: String, keeper: WorkerKeeper)] = []
  /// So many a thread; the one that was idle longest makes room.
  private static let keepersMax = 8

  init(zones: RuleZones? = nil, program: RuleWorkerProgram = .own) {
    self.zones = zones
    self.program = program
  }

  /// The same in a process without files and network.
  func judgeApart(_ call: RuleCall, _ source: RuleSource, limits: RuleLimits) -> RuleJudgement {
    keeper(of: call.project).judge(call, source, limits: limits)
  }

  private func keeper(of project: String) -> WorkerKeeper {
    if let index = keepers.firstIndex(where: { $0.project == project }) {
      if index == keepers.count - 1 { return keepers[index].keeper }
      keepers.append(keepers.remove(at: index))
      return keepers[keepers.count - 1].keeper
    }
    if keepers.count >= Self.keepersMax { keepers.removeFirst() }
    let keeper = WorkerKeeper(program: program, zones: zones)
    keepers.append((project, keeper))
    return keeper
  }

  func judge(_ call: RuleCall, _ source: RuleSource, limits: RuleLimits) -> RuleJudgement {
    do throws(RuleFailure) {
      let state = try state(of: call.project, rule: source.name)
      defer { if state.lua.isSpent { states[call.project] = nil } }
      let reference = try reference(of: source, in: state)
      return state.lua.judge(call, source, reference: reference, limits: limits)
    } catch {
      return .failed(error)
    }
  }

  private func state(of project: String, rule: String) throws(RuleFailure) -> ProjectState {
    if let state = states[project] { return state }
    guard let lua = LuaState(zones: zones) else {
      throw RuleFailure(code: .memory, rule: rule, detail: "no memory for a Lua state")
    }
    let state = ProjectState(lua)
    states[project] = state
    return state
  }

  private func reference(of source: RuleSource, in state: ProjectState) throws(RuleFailure) -> Int32 {
    if let loaded = state.loaded[source.name] {
      if loaded.version == source.version { return loaded.reference }
      state.lua.unload(loaded.reference)
      state.loaded[source.name] = nil
    }
    let reference = try state.lua.load(source, limits: .load)
    state.loaded[source.name] = (source.version, reference)
    return reference
  }
}
