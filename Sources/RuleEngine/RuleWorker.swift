//! What one Lua thread owns: a state per project, with the versions of rules that are loaded in it.
internal import CLua
internal import FlowModel

/// Not Sendable: used by one thread at a time.
final class RuleWorker {
  private final class ProjectState {
    let lua: LuaState
    var loaded: [String: (version: String, reference: Int32)] = [:]
    init(_ lua: LuaState) { self.lua = lua }
  }

  private var states: [String: ProjectState] = [:]
  /// What the last call took; zero when it never came to run.
  private(set) var lastUsage = RuleUsage()

  func verdict(_ call: RuleCall, _ source: RuleSource, limits: RuleLimits) -> RuleVerdict {
    let begun = sb_thread_nanoseconds()
    do throws(RuleFailure) {
      let answer = try judge(call, source, limits: limits)
      return RuleVerdict(outcome: .success(answer), spentNanoseconds: sb_thread_nanoseconds() - begun)
    } catch {
      return RuleVerdict(outcome: .failure(error), spentNanoseconds: sb_thread_nanoseconds() - begun)
    }
  }

  func judge(
    _ call: RuleCall, _ source: RuleSource, limits: RuleLimits
  ) throws(RuleFailure) -> (decision: RuleDecision, log: RuleLog?) {
    lastUsage = RuleUsage()
    let state = try state(of: call.project, rule: source.name)
    defer { if state.lua.isSpent { states[call.project] = nil } }
    let reference = try reference(of: source, in: state)
    defer { lastUsage = state.lua.lastUsage }
    return try state.lua.judge(call, source, reference: reference, limits: limits)
  }

  private func state(of project: String, rule: String) throws(RuleFailure) -> ProjectState {
    if let state = states[project] { return state }
    guard let lua = LuaState() else {
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
