//! One flow as loaded: checked, with every default filled in. What the run machine executes.
package import SwitchboardSDK

package struct Flow: Sendable, Hashable {
  package var name: String
  package var project: String
  /// Path relative to the configuration, for messages.
  package var file: String
  /// Content hash of the flow file (hexadecimal, 16 characters): names the version in runs, receipts and metrics.
  package var version: String
  package var vars: [String: Value]
  package var triggers: [Trigger]
  package var lane: LaneKey
  package var deduplication: Deduplication
  package var steps: [Step]
  package var onError: ErrorPolicy
  package var running: RunningPolicy
  /// `result:`, what a flow that calls this one gets.
  package var result: Expression?
  /// All flows that this one calls, directly or through others, by name: in the very versions that it was loaded with.
  package var callees: [String: Flow]
  /// Variables that whoever calls this flow must give.
  package var required: Set<String>

  package init(
    name: String, project: String, file: String, version: String, vars: [String: Value], triggers: [Trigger],
    lane: LaneKey, deduplication: Deduplication, steps: [Step], onError: ErrorPolicy, running: RunningPolicy,
    result: Expression? = nil, callees: [String: Flow] = [:], required: Set<String> = []
  ) {
    self.name = name
    self.project = project
    self.file = file
    self.version = version
    self.vars = vars
    self.triggers = triggers
    self.lane = lane
    self.deduplication = deduplication
    self.steps = steps
    self.onError = onError
    self.running = running
    self.result = result
    self.callees = callees
    self.required = required
  }
}

/// What decides which runs queue behind one another.
package enum LaneKey: Sendable, Hashable {
  /// One lane per conversation: the default.
  case conversation
  /// One lane per value of an expression over the event.
  case expression(Expression)
}

/// `dedup:` of a flow. The intake always drops a repeated (connection, external id) before this is asked.
package struct Deduplication: Sendable, Hashable {
  /// Nil stands for `event.external_id`, which the intake has already seen to.
  package var key: Expression?
  package var keepMilliseconds: Int64

  package init(key: Expression?, keepMilliseconds: Int64) {
    self.key = key
    self.keepMilliseconds = keepMilliseconds
  }
}

/// What becomes of running work when a new version is published.
package enum RunningPolicy: String, Sendable, Hashable, CaseIterable { case pin, adopt, cancel }
