//! Becoming a node at a start, before any door is open; and the receivers that the membership starts and stops.
import FlowEngine
import JournalCore
import Logging
import PluginHost
import SwitchboardSDK

struct NodeStart: Sendable {
  let engine: Engine
  let clock: any ClockPort
  let log: Logger
  /// A node that hangs loses its name with its lease: so long a start waits for that.
  private static let tries = 40
  private static let pauseMilliseconds: Int64 = 250

  /// What no other node may do meanwhile.
  func alone<Answer>(_ work: () async throws -> Answer) async throws -> Answer {
    guard let membership = engine.membership else { return try await work() }
    return try await membership.exclusively(.setup, work)
  }

  /// Nothing to do on a single node. Throws `StartupFailure` while another node of this name is alive.
  func join() async throws {
    guard let membership = engine.membership else { return }
    for number in 1...Self.tries {
      do throws(JournalError) { return try await membership.join() } catch {
        guard error.code == .nameTaken, number < Self.tries else {
          throw StartupFailure(
            error.code == .nameTaken
              ? "\(error.detail): give each node a name of its own, with --node or in server: { node: NAME }"
              : "storage: \(error.code.rawValue): \(error.detail)")
        }
        if number == 1 { log.notice("\(error.detail); waiting whether it is") }
      }
      await clock.sleep(milliseconds: Self.pauseMilliseconds)
    }
  }
}

struct HostedReceivers: ReceiversPort {
  let host: ConnectionHost
  var connections: [String] { host.names }
  func start(_ connection: String) async { await host.start(connection) }
  func stop(_ connection: String) async { await host.stop(connection) }
}
