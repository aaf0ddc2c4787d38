//! Rules in `/metrics` and `/health`: labels are names of rules that serve, so that their number stays small.
import FlowModel
import Gateway
import RuleEngine

extension MetricsText {
  mutating func addRules(_ rules: [RuleCondition]) {
    func labels(_ rule: RuleCondition) -> Labels { [("project", rule.project), ("rule", rule.rule)] }
    func counter(_ name: String, _ help: String, _ count: (RuleStatistic) -> Int) {
      add(name, .counter, help, rules.map { (labels($0), Double(count($0.statistic))) })
    }
    counter("switchboard_rule_calls_total", "Calls of a rule, failed ones too.", \.calls)
    add(
      "switchboard_rule_errors_total", .counter, "Calls without a decision, by what went wrong.",
      rules.flatMap { rule in
        RuleFailure.Code.allCases.compactMap { code -> (Labels, Double)? in
          guard let count = rule.statistic.failures[code] else { return nil }
          return (labels(rule) + [("code", code.rawValue)], Double(count))
        }
      })
    counter("switchboard_rule_over_budget_total", "Calls over instructions, memory or time.", \.overBudget)
    counter("switchboard_rule_slow_total", "Calls over a quarter of the time budget.", \.slowCalls)
    counter("switchboard_rule_breaker_openings_total", "How often the breaker opened.", \.breakerOpenings)
    add(
      "switchboard_rule_breaker_open", .gauge, "1 while the rule is not asked.",
      rules.map { (labels($0), $0.breaker == .closed ? 0 : 1) })
    add(
      "switchboard_rule_memory_peak_bytes", .gauge, "The most memory that one call has taken.",
      rules.map { (labels($0), Double($0.statistic.peakBytes)) })
    add(
      "switchboard_rule_cpu_seconds", "CPU time of calls.",
      rules.map {
        Histogram(
          labels: labels($0), bounds: RuleStatistic.bucketMicroseconds.map { Double($0) / 1_000_000 },
          counts: $0.statistic.buckets, sum: Double($0.statistic.cpuNanoseconds) / 1e9)
      })
  }
}

extension HealthReport.Rule {
  init(_ condition: RuleCondition) {
    self.init(
      project: condition.project, rule: condition.rule, breaker: condition.breaker.rawValue,
      calls: condition.statistic.calls, errors: condition.statistic.failures.values.reduce(0, +),
      failuresInRow: condition.failuresInRow)
  }
}
