//! What came of one call: the decision or the failure, what was printed, and what it cost.
package import FlowModel
package import SwitchboardSDK

/// What one call took from its budgets.
package struct RuleCost: Sendable, Hashable {
  package var cpuNanoseconds: Int64
  package var instructions: Int
  /// Most memory held above what was held before.
  package var peakBytes: Int

  package init(cpuNanoseconds: Int64 = 0, instructions: Int = 0, peakBytes: Int = 0) {
    self.cpuNanoseconds = cpuNanoseconds
    self.instructions = instructions
    self.peakBytes = peakBytes
  }
}

package struct RuleJudgement: Sendable {
  package var result: Result<RuleDecision, RuleFailure>
  package var log: RuleLog?
  package var cost: RuleCost

  static func failed(_ failure: RuleFailure) -> RuleJudgement {
    RuleJudgement(result: .failure(failure), log: nil, cost: RuleCost())
  }
}

/// Seconds east of UTC in a time zone at a moment (an empty name is the project's own zone); nil when there is none.
package typealias RuleZones = @Sendable (_ project: String, _ zone: String, _ at: Timestamp) -> Int?
