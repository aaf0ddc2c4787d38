//! How many evaluations one core makes in a second, and what budgets cost: for `switchboard bench`.
package import FlowModel
internal import CLua

package enum RuleBenchmark {
  /// Evaluates on one Lua thread, without the queue before it, and divides by the thread's CPU time.
  package static func evaluationsPerSecond(
    source: RuleSource, call: RuleCall, iterations: Int
  ) throws(RuleFailure) -> Double {
    try onThread(source) { () throws(RuleFailure) in
      let worker = RuleWorker()
      _ = try seconds(of: worker, call, source, 100, .call)
      return Double(iterations) / (try seconds(of: worker, call, source, iterations, .call))
    }
  }

  /// The CPU time with budgets as a share of that without: rounds of both take turns, and the middle one counts, so
  /// that a busy machine slows both alike.
  package static func budgetShare(
    source: RuleSource, call: RuleCall, iterations: Int, rounds: Int = 21
  ) throws(RuleFailure) -> Double {
    try onThread(source) { () throws(RuleFailure) in
      let limited = RuleWorker(), unlimited = RuleWorker()
      var shares: [Double] = []
      for _ in 0..<rounds {
        let without = try seconds(of: unlimited, call, source, iterations / rounds + 1, .unlimited)
        let with = try seconds(of: limited, call, source, iterations / rounds + 1, .call)
        shares.append(with / without)
      }
      return shares.sorted()[rounds / 2]
    }
  }

  /// Evaluations in a second of the machine's clock, the engine and its worker waiting for each other.
  package static func evaluationsPerSecond(
    apart program: RuleWorkerProgram, source: RuleSource, call: RuleCall, iterations: Int
  ) throws(RuleFailure) -> (apart: Double, near: Double) {
    try onThread(source) { () throws(RuleFailure) in
      let keeper = WorkerKeeper(program: program, zones: nil)
      let worker = RuleWorker()
      for _ in 0..<100 {
        _ = try keeper.judge(call, source, limits: .call).result.get()
        _ = try worker.judge(call, source, limits: .call).result.get()
      }
      let start = WorkerKeeper.now()
      for _ in 0..<iterations { _ = try keeper.judge(call, source, limits: .call).result.get() }
      let middle = WorkerKeeper.now()
      for _ in 0..<iterations { _ = try worker.judge(call, source, limits: .call).result.get() }
      let end = WorkerKeeper.now()
      let count = Double(iterations) * 1_000
      return (count / Double(max(1, middle - start)), count / Double(max(1, end - middle)))
    }
  }

  /// Calls the body on a Lua thread with a way to ask the rule there and then; nil when there is no thread.
  package static func withJudge<Answer: Sendable>(
    _ source: RuleSource, _ body: @escaping @Sendable ((RuleCall) -> RuleJudgement) -> Answer
  ) -> Answer? {
    LuaThread.run {
      let worker = RuleWorker()
      return body { worker.judge($0, source, limits: .call) }
    }
  }

  /// The most CPU time and memory that a hostile script took before it was ended.
  package static func worst(of scripts: [String]) -> (cpuMilliseconds: Double, memoryBytes: Int)? {
    let sources = scripts.map { RuleSource(name: "hostile", file: "hostile.lua", bytes: Array($0.utf8)) }
    guard let outcomes = RuleChunk.run(sources) else { return nil }
    return (
      Double(outcomes.map(\.cost.cpuNanoseconds).max() ?? 0) / 1e6, outcomes.map(\.cost.peakBytes).max() ?? 0
    )
  }

  private static func seconds(
    of worker: RuleWorker, _ call: RuleCall, _ source: RuleSource, _ count: Int, _ limits: RuleLimits
  ) throws(RuleFailure) -> Double {
    let start = sb_thread_nanoseconds()
    for _ in 0..<count { _ = try worker.judge(call, source, limits: limits).result.get() }
    return Double(max(1, sb_thread_nanoseconds() - start)) / 1e9
  }

  private static func onThread<Answer: Sendable>(
    _ source: RuleSource, _ body: @escaping @Sendable () throws(RuleFailure) -> Answer
  ) throws(RuleFailure) -> Answer {
    let outcome = LuaThread.run { () -> Result<Answer, RuleFailure> in
      do throws(RuleFailure) { return .success(try body()) } catch { return .failure(error) }
    }
    guard let outcome else { throw RuleFailure(code: .failed, rule: source.name, detail: "no thread") }
    return try outcome.get()
  }
}
