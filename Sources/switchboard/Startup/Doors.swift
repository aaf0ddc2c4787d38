//! The engine's ports, filled with plugins and Lua.
import FlowEngine
import FlowModel
import PluginHost
import RuleEngine
import SwitchboardSDK

struct ConnectionsDoor: ConnectionsPort {
  let host: ConnectionHost

  func perform(_ action: Action, on connection: String) async throws(ActionError) -> ActionResult {
    try await host.perform(action, on: connection)
  }

  func reconcile(
    _ action: Action, on connection: String, begunAt: Timestamp
  ) async throws(ActionError) -> Reconciliation {
    try await host.reconcile(action, on: connection, begunAt: begunAt)
  }
}

struct RulesDoor: RulesPort {
  let engine: RuleEngine

  func judge(_ call: RuleCall) async throws(RuleFailure) -> RuleDecision { try await engine.judge(call) }
}
