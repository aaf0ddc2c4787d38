//! Rules asked one at a time, with what each call took: for cases and for people who try a rule out. No breaker, no
//! turns: the caller's thread waits for the answer.
internal import Dispatch
package import FlowModel

/// What one call took.
package struct RuleUsage: Sendable, Hashable {
  package var instructions = 0
  /// Most memory held above what was held before.
  package var peakBytes = 0

  package init(instructions: Int = 0, peakBytes: Int = 0) {
    self.instructions = instructions
    self.peakBytes = peakBytes
  }
}

package final class RuleRehearsal: Sendable {
  package struct Trial: Sendable {
    package var result: Result<RuleDecision, RuleFailure>
    /// Lines that the rule printed, those of a call that failed too.
    package var printed: [String] = []
    package var usage = RuleUsage()
    package var cpuNanoseconds: Int64 = 0
  }

  /// Written by the Lua thread before it signals, read after the signal: never at the same time, hence unchecked.
  private final class Answer: @unchecked Sendable {
    var trial: Trial
    init(_ trial: Trial) { self.trial = trial }
  }

  private let threads: RuleThreads

  /// Without `zones` rules know the project's offset at `ctx.now` only.
  package init(zones: RuleZones? = nil) { threads = RuleThreads(count: 1, zones: zones) }

  deinit { threads.stop() }

  /// States and loaded rules are kept from call to call.
  package func judge(_ call: RuleCall, _ source: RuleSource, limits: RuleLimits = .call) -> Trial {
    let none = RuleFailure(code: .failed, rule: source.name, detail: "there is no thread for rules")
    let answer = Answer(Trial(result: .failure(none)))
    let done = DispatchSemaphore(value: 0)
    let isSubmitted = threads.submit(project: call.project) { worker in
      let judgement = worker.judge(call, source, limits: limits)
      answer.trial = Trial(
        result: judgement.result, printed: judgement.log?.lines ?? [],
        usage: RuleUsage(instructions: judgement.cost.instructions, peakBytes: judgement.cost.peakBytes),
        cpuNanoseconds: judgement.cost.cpuNanoseconds)
      done.signal()
    }
    guard isSubmitted else { return answer.trial }
    done.wait()
    return answer.trial
  }
}
