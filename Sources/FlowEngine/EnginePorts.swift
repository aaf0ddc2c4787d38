//! What the engine cannot decide or do itself. The program fills these with plugins, Lua and the clock;
//! the simulator fills them with scripts and virtual time.
package import FlowModel
package import SwitchboardSDK

package struct EnginePorts: Sendable {
  package var clock: any ClockPort
  package var connections: any ConnectionsPort
  package var rules: any RulesPort
  package var flows: any FlowSourcePort
  /// Uniform in 0..<1.
  package var random: @Sendable () -> Double
  /// Where messages are worked on; nil: wherever the engine itself runs.
  package var threads: TurnThreads?

  package init(
    clock: any ClockPort, connections: any ConnectionsPort, rules: any RulesPort, flows: any FlowSourcePort,
    random: @escaping @Sendable () -> Double, threads: TurnThreads? = nil
  ) {
    self.clock = clock
    self.connections = connections
    self.rules = rules
    self.flows = flows
    self.random = random
    self.threads = threads
  }
}

/// The connectors, by the connection's name.
package protocol ConnectionsPort: Sendable {
  func perform(_ action: Action, on connection: String) async throws(ActionError) -> ActionResult
  func reconcile(_ action: Action, on connection: String, begunAt: Timestamp) async throws(ActionError)
    -> Reconciliation
}

package protocol RulesPort: Sendable {
  func judge(_ call: RuleCall) async throws(RuleFailure) -> RuleDecision
}

/// Reads a flow's source again, for runs that stay with an older version.
package protocol FlowSourcePort: Sendable {
  /// Nil when the source no longer loads (its connections are gone, say).
  func flow(project: String, file: String, source: String) -> Flow?
}

/// What the engine must know of a project beside its flows.
package struct ProjectFacts: Sendable {
  package var name: String
  /// `project.*`.
  package var settings: Value
  package var places: [String: ConnectionFacts]
  package var utcOffsetSeconds: CivilTime.Offset
  /// Other zones by their names, for schedules that have their own.
  package var zone: @Sendable (String) -> CivilTime.Offset? = { _ in nil }

  package init(
    name: String, settings: Value, places: [String: ConnectionFacts],
    utcOffsetSeconds: @escaping @Sendable (Timestamp) -> Int
  ) {
    self.name = name
    self.settings = settings
    self.places = places
    self.utcOffsetSeconds = utcOffsetSeconds
  }
}
