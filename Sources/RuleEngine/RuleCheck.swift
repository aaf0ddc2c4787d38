//! `switchboard check` for one rule file: what Lua's compiler says, what the tokens tell, what running the file shows.
internal import FlowModel

enum RuleCheck {
  static func problems(in source: RuleSource) -> [RuleProblem] {
    let found = LuaThread.run { () -> [RuleProblem] in
      guard let state = LuaState() else { return [outOfMemory(source)] }
      do throws(RuleFailure) {
        try source.refuseUnsafe()
        try state.compile(source, limits: .load)
      } catch {
        return [problem(error, source)]
      }
      var problems = RuleLint.problems(in: source)
      do throws(RuleFailure) { _ = try state.load(source, limits: .load) } catch {
        // The lint has said it already, and better, when it found something on the same line.
        if !problems.contains(where: { $0.line == error.line && error.line != nil }) {
          problems.append(problem(error, source))
        }
      }
      return problems
    }
    return found ?? [RuleProblem(file: source.file, message: "no thread for checking a rule")]
  }

  /// Whether the file gives a rule; nil when it does.
  static func refusal(of source: RuleSource) -> RuleProblem? {
    let found = LuaThread.run { () -> [RuleProblem] in
      guard let state = LuaState() else { return [outOfMemory(source)] }
      do throws(RuleFailure) { _ = try state.load(source, limits: .load) } catch { return [problem(error, source)] }
      return []
    }
    guard let found else { return RuleProblem(file: source.file, message: "no thread for loading a rule") }
    return found.first
  }

  private static func outOfMemory(_ source: RuleSource) -> RuleProblem {
    RuleProblem(file: source.file, message: "no memory for a Lua state")
  }

  private static func problem(_ failure: RuleFailure, _ source: RuleSource) -> RuleProblem {
    RuleProblem(file: source.file, line: failure.line, message: failure.detail)
  }
}
