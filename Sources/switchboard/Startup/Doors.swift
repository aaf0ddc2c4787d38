//! The engine's ports, filled with plugins and Lua.
import FlowEngine
import FlowModel
import HTTPTransport
import PluginHost
import RuleEngine
import SwitchboardSDK

struct ConnectionsDoor: ConnectionsPort {
  let host: ConnectionHost
  /// By project: what its `http` steps may reach.
  var requests: [String: FlowRequests] = [:]

  func perform(_ action: Action, on connection: String) async throws(ActionError) -> ActionResult {
    guard connection.hasPrefix(HTTPCall.prefix) else { return try await host.perform(action, on: connection) }
    guard let requests = requests[String(connection.dropFirst(HTTPCall.prefix.count))] else {
      throw ActionError(.invalid, "the project is gone")
    }
    return try await requests.perform(action)
  }

  func reconcile(
    _ action: Action, on connection: String, begunAt: Timestamp
  ) async throws(ActionError) -> Reconciliation {
    // A server of somebody else's cannot be asked what it did.
    if connection.hasPrefix(HTTPCall.prefix) { return .cannotTell }
    return try await host.reconcile(action, on: connection, begunAt: begunAt)
  }
}

struct RulesDoor: RulesPort {
  let engine: RuleEngine

  func judge(_ call: RuleCall) async throws(RuleFailure) -> RuleDecision { try await engine.judge(call) }
}
