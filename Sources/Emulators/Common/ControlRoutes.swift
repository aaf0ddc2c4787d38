//! The part of `/_emulator/…` that both emulators share: faults, requests, clock, reset.

package import SwitchboardSDK

/// What the shared control routes need of an emulator.
package protocol ControlledEmulator: Sendable {
  var clock: EmulatorClock { get }
  func addFault(_ fault: Fault) async
  func clearFaults() async
  func requestLog() async -> RequestLog
  func reset() async
  /// The routes of this emulator alone. Nil when there is no such route.
  func control(_ route: [String], _ body: Value) async throws(RequestError) -> Value?
}

package enum ControlRoutes {
  package static let prefix = "_emulator"

  /// Answers a request whose first path segment is `_emulator`.
  package static func answer(
    _ request: EmulatorRequest, for emulator: some ControlledEmulator
  ) async -> EmulatorAnswer {
    do throws(RequestError) {
      let body: Value
      if request.body.isEmpty {
        body = .map([:])
      } else {
        do { body = try JSON.parse(request.body) } catch { throw RequestError("not JSON: \(error.detail)") }
      }
      let route = Array(request.pathSegments.dropFirst())
      if let shared = try await shared(route, body, emulator) { return .json(shared) }
      if let own = try await emulator.control(route, body) { return .json(own) }
      return .json(["error": "no such control route"], status: 404)
    } catch {
      return .json(["error": .text(error.detail)], status: 400)
    }
  }

  private static func shared(
    _ route: [String], _ body: Value, _ emulator: some ControlledEmulator
  ) async throws(RequestError) -> Value? {
    switch route {
    case ["health"]: return ["ok": true]
    case ["faults"]:
      await emulator.addFault(try Fault(body))
      return ["ok": true]
    case ["faults", "clear"]:
      await emulator.clearFaults()
      return ["ok": true]
    case ["reset"]:
      await emulator.reset()
      return ["ok": true]
    case ["requests"]:
      let log = await emulator.requestLog()
      let counts = log.countsByOperation.mapValues { Value.int(Int64($0)) }
      return ["count": .int(Int64(log.count)), "counts": .map(counts), "requests": .list(log.requests.map(\.value))]
    case ["clock"]:
      if let delta = body["advance_ms"].intValue { emulator.clock.advance(milliseconds: delta) }
      if let moment = body["set_ms"].intValue { emulator.clock.set(Timestamp(milliseconds: moment)) }
      return ["now_ms": .int(emulator.clock.now().milliseconds)]
    default: return nil
    }
  }
}
