//! How many evaluations one core makes in a second, budget hooks on: for `switchboard bench`.
package import FlowModel
internal import CLua

package enum RuleBenchmark {
  /// CPU time of the calling thread.
  static var threadNanoseconds: Int64 { sb_thread_nanoseconds() }

  /// Evaluates on one Lua thread, without the queue before it, and divides by the thread's CPU time.
  package static func evaluationsPerSecond(
    source: RuleSource, call: RuleCall, iterations: Int
  ) throws(RuleFailure) -> Double {
    let outcome = LuaThread.run { () -> Result<Double, RuleFailure> in
      let worker = RuleWorker()
      do throws(RuleFailure) {
        for _ in 0..<100 { _ = try worker.judge(call, source, limits: .call) }
        let start = sb_thread_nanoseconds()
        for _ in 0..<iterations { _ = try worker.judge(call, source, limits: .call) }
        return .success(Double(iterations) * 1e9 / Double(max(1, sb_thread_nanoseconds() - start)))
      } catch {
        return .failure(error)
      }
    }
    guard let outcome else { throw RuleFailure(code: .failed, rule: source.name, detail: "no thread") }
    return try outcome.get()
  }
}
