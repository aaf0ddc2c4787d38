//! `retention: { history: 90d, dead: 365d }`: how long what is over is kept.
internal import FlowModel
internal import SwitchboardSDK

extension DiagnosticLog {
  mutating func retention(_ node: YAMLNode) -> RetentionPolicy {
    var policy = RetentionPolicy()
    guard let fields = fields(node, "'retention'", known: ["history", "dead"]) else { return policy }
    if let kept = fields["history"].flatMap({ keepingTime($0, "'history'") }) {
      policy.historyMilliseconds = kept.time
    }
    if let kept = fields["dead"].flatMap({ keepingTime($0, "'dead'") }) { policy.deadMilliseconds = kept.time }
    guard let history = policy.historyMilliseconds, let dead = policy.deadMilliseconds, dead < history else {
      if policy.historyMilliseconds == nil, fields["dead"] == nil { policy.deadMilliseconds = nil }
      return policy
    }
    if let node = fields["dead"] {
      add(.outOfBounds, node.span, "'dead' must be at least as long as 'history'")
    } else {
      policy.deadMilliseconds = history
    }
    return policy
  }

  private struct KeepingTime {
    /// Nil is for ever.
    var time: Int64?
  }

  private mutating func keepingTime(_ node: YAMLNode, _ what: String) -> KeepingTime? {
    if case .scalar(.text("forever")) = node.content { return KeepingTime(time: nil) }
    guard let milliseconds = duration(node, what) else { return nil }
    guard milliseconds >= Limits.historyKeepMillisecondsMin else {
      add(
        .outOfBounds, node.span, "\(what) must be at least 7d",
        hint: "channels repeat messages for days, and only a kept one is known as a repetition")
      return nil
    }
    return KeepingTime(time: milliseconds)
  }
}
