//! What is counted of one rule, for `/metrics`, `/health` and the log of slow rules.
package import FlowModel

package struct RuleStatistic: Sendable, Hashable {
  /// Upper bounds of the histogram's buckets, in microseconds of CPU; what is over the last counts there too.
  package static let bucketMicroseconds: [Int64] = [
    10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000,
  ]

  package var calls = 0
  package var failures: [RuleFailure.Code: Int] = [:]
  /// Calls by CPU time; one more than there are bounds.
  package var buckets = [Int](repeating: 0, count: bucketMicroseconds.count + 1)
  package var cpuNanoseconds: Int64 = 0
  /// The most memory that a call has taken.
  package var peakBytes = 0
  package var slowCalls = 0
  /// How often the breaker opened.
  package var breakerOpenings = 0

  package init() {}

  /// Calls that went over their instructions, memory or time.
  package var overBudget: Int { [.instructions, .memory, .time].reduce(0) { $0 + failures[$1, default: 0] } }

  mutating func record(_ judgement: RuleJudgement) {
    calls += 1
    if case .failure(let failure) = judgement.result { failures[failure.code, default: 0] += 1 }
    let spent = judgement.cost.cpuNanoseconds
    cpuNanoseconds += spent
    peakBytes = max(peakBytes, judgement.cost.peakBytes)
    let bucket = Self.bucketMicroseconds.firstIndex { spent <= $0 * 1_000 } ?? Self.bucketMicroseconds.count
    buckets[bucket] += 1
    if judgement.cost.cpuNanoseconds >= RuleSlowness.cpuNanoseconds { slowCalls += 1 }
  }
}

/// A call that took long, for the log: at most one a minute and rule.
package struct RuleSlowness: Sendable, Hashable {
  /// A quarter of the budget.
  package static let cpuNanoseconds: Int64 = 25_000_000
  static let quietMilliseconds: Int64 = 60_000

  package var project: String
  package var rule: String
  package var version: String
  package var cost: RuleCost
  /// Slow calls of the rule so far, this one among them.
  package var slowCalls: Int
}

/// How a rule fares: what `/health` tells of it.
package struct RuleCondition: Sendable, Hashable {
  package var project: String
  package var rule: String
  package var statistic: RuleStatistic
  package var breaker: RuleBreaker.State
  /// Failures since the last success.
  package var failuresInRow: Int
}
