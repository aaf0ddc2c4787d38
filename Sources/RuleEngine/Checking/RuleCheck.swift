//! `switchboard check` for one rule file: what Lua's compiler says, what the tokens tell, what running the file shows.
internal import FlowModel

enum RuleCheck {
  static func problems(in source: RuleSource) -> [RuleProblem] {
    guard String(validating: source.bytes, as: UTF8.self) != nil else {
      return [RuleProblem(.unreadable, file: source.file, message: "the file is not UTF-8")]
    }
    let found = LuaThread.run { () -> [RuleProblem] in
      guard let state = LuaState() else { return [outOfMemory(source)] }
      if let refused = unsafe(source) { return [refused] }
      do throws(RuleFailure) { try state.compile(source, limits: .load) } catch {
        return [problem(.syntax, error, source)]
      }
      var problems = RuleLint.problems(in: source)
      do throws(RuleFailure) { _ = try state.load(source, limits: .load) } catch {
        // The lint has said it already, and better, when it found something on the same line.
        if !problems.contains(where: { $0.line == error.line && error.line != nil }) {
          problems.append(problem(code(of: error), error, source))
        }
      }
      return problems
    }
    return found ?? [RuleProblem(.failsWhenLoaded, file: source.file, message: "no thread for checking a rule")]
  }

  /// Whether the file gives a rule; nil when it does.
  static func refusal(of source: RuleSource) -> RuleProblem? {
    let found = LuaThread.run { () -> [RuleProblem] in
      if let refused = unsafe(source) { return [refused] }
      guard let state = LuaState() else { return [outOfMemory(source)] }
      do throws(RuleFailure) { _ = try state.load(source, limits: .load) } catch {
        return [problem(code(of: error), error, source)]
      }
      return []
    }
    guard let found else {
      return RuleProblem(.failsWhenLoaded, file: source.file, message: "no thread for loading a rule")
    }
    return found.first
  }

  /// Asks a worker process, made for this question.
  static func refusal(of source: RuleSource, in program: RuleWorkerProgram) -> RuleProblem? {
    if let refused = unsafe(source) { return refused }
    // On a thread of its own: a worker dies with the thread that started it.
    let found = LuaThread.run { () -> RuleFailure? in WorkerKeeper(program: program, zones: nil).refusal(of: source) }
    guard let found else {
      return RuleProblem(.failsWhenLoaded, file: source.file, message: "no thread for loading a rule")
    }
    return found.map { problem(code(of: $0), $0, source) }
  }

  /// What must not even reach Lua's compiler.
  private static func unsafe(_ source: RuleSource) -> RuleProblem? {
    if let close = RuleScanner(source.bytes).closeAttribute() {
      return RuleProblem(
        .forbidden, file: source.file, line: close.line, columns: RuleScanner(source.bytes).columns(of: close),
        message: "<close> is not allowed in rules", hint: "write a plain 'local'")
    }
    do throws(RuleFailure) { try source.refuseUnsafe() } catch { return problem(.unreadable, error, source) }
    return nil
  }

  private static func code(of failure: RuleFailure) -> RuleProblem.Code {
    if failure.code == .badResult || failure.detail.hasPrefix("rule needs") { return .noRule }
    if failure.detail.hasPrefix("unknown field '") && failure.detail.contains("' in rule") { return .noRule }
    if failure.detail.hasSuffix("does not exist in rules") { return .forbidden }
    return .failsWhenLoaded
  }

  private static func outOfMemory(_ source: RuleSource) -> RuleProblem {
    RuleProblem(.failsWhenLoaded, file: source.file, message: "no memory for a Lua state")
  }

  private static func problem(
    _ code: RuleProblem.Code, _ failure: RuleFailure, _ source: RuleSource
  ) -> RuleProblem {
    RuleProblem(code, file: source.file, line: failure.line, message: failure.detail)
  }
}
