import FlowEngine
import SwitchboardSDK
import Synchronization

/// Connections that answer as a test has planned, and remember every call.
final class ScriptedConnections: ConnectionsPort {
  struct Call: Sendable, Hashable {
    var connection: String
    var action: Action

    /// `desk/-100/1: 💬 …`
    var line: String {
      let place = action.thread.map { "\(action.chat)/\($0)" } ?? action.chat
      let text = action.message?.text ?? action.arguments["title"].textValue ?? action.arguments["message_id"].textValue
      return "\(action.name) \(connection) \(place): \(text ?? "")"
    }
  }
  private struct State {
    var calls: [Call] = []
    var failures: [ActionError] = []
    var nextID = 0
    /// Calls that hang until released.
    var held: [String: CheckedContinuation<Void, Never>] = [:]
    var holds: Set<String> = []
    var performed: Set<String> = []
    var hanging: Set<String> = []
    var cannotTell = false
  }
  private let state = Mutex(State())
  private let calledContinuation: AsyncStream<Call>.Continuation
  let called: AsyncStream<Call>

  init() { (called, calledContinuation) = AsyncStream.makeStream() }

  var calls: [Call] { state.withLock { $0.calls } }
  var lines: [String] { calls.map(\.line) }
  var texts: [String] { calls.compactMap { $0.action.message?.text } }

  /// The next calls fail so, one each.
  func fail(_ errors: ActionError...) { state.withLock { $0.failures += errors } }

  /// Calls on a connection hang until `release`.
  func hold(_ connection: String) { state.withLock { _ = $0.holds.insert(connection) } }

  func release(_ connection: String) {
    let held = state.withLock { state in
      state.holds.remove(connection)
      return state.held.removeValue(forKey: connection)
    }
    held?.resume()
  }

  /// Calls on a connection get no answer until they are cancelled; then nobody knows what became of them.
  func hang(_ connection: String) { state.withLock { _ = $0.hanging.insert(connection) } }

  /// The channel cannot be asked what became of a call.
  func tellNothing() { state.withLock { $0.cannotTell = true } }

  func perform(_ action: Action, on connection: String) async throws(ActionError) -> ActionResult {
    let call = Call(connection: connection, action: action)
    let planned = state.withLock { state -> (ActionError?, Int, Bool) in
      state.calls.append(call)
      let failure = state.failures.isEmpty ? nil : state.failures.removeFirst()
      state.nextID += 1
      return (failure, state.nextID, state.holds.contains(connection))
    }
    calledContinuation.yield(call)
    if planned.2 {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state -> Bool in
          guard state.holds.contains(connection) else { return true }
          state.held[connection] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    }
    if state.withLock({ $0.hanging.contains(connection) }) {
      await Self.untilCancelled()
      throw ActionError(.unknown, "cancelled on the way")
    }
    if let failure = planned.0 { throw failure }
    state.withLock { _ = $0.performed.insert(action.idempotencyKey) }
    return ActionResult(remoteIDs: ["\(planned.1)"])
  }

  func reconcile(
    _ action: Action, on connection: String, begunAt: Timestamp
  ) async throws(ActionError) -> Reconciliation {
    if state.withLock({ $0.cannotTell }) { return .cannotTell }
    return state.withLock { $0.performed.contains(action.idempotencyKey) }
      ? .performed(ActionResult(remoteIDs: ["reconciled"])) : .notPerformed
  }

  /// Until cancelled.
  private static func untilCancelled() async {
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    for await _ in stream {}
    withExtendedLifetime(continuation) {}
  }
}
