//! What the tests lend to a plugin.

internal import Foundation
internal import SwitchboardSDK

/// Keeps what it is given; the lock makes the mutable state safe to share.
final class KeepingIntake: IntakePort, @unchecked Sendable {
  // @unchecked: `kept` is touched under `lock` only.
  private let lock = NSLock()
  private var kept: [Event] = []
  var events: [Event] { lock.withLock { kept } }

  func accept(_ events: [Event]) async throws(IntakeError) {
    lock.withLock { kept.append(contentsOf: events) }
  }
  func isOwnMessage(chat: String, messageID: String) async -> Bool { false }
}

struct NoHTTP: HTTPPort {
  func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    throw HTTPError(.connect, mayHaveBeenSent: false, "no network in this test")
  }
}

struct NoLog: LogPort {
  func log(_ level: LogLevel, _ text: String, _ fields: [String: String]) {}
}

struct StoppedClock: ClockPort {
  func now() -> Timestamp { Timestamp(milliseconds: 1_700_000_000_000) }
  func sleep(milliseconds: Int64) async {}
}

struct NoStore: StorePort {
  func get(_ key: String) async throws(IntakeError) -> Value { .null }
  func set(_ key: String, _ value: Value) async throws(IntakeError) {}
}

struct NoFiles: FilePort {
  func fetch(_ attachment: Attachment, bytesMax: Int64) async throws(ActionError) -> FetchedFile {
    throw ActionError(.unsupported, "no files in this test")
  }
}

func context(_ settings: Value, intake: KeepingIntake = KeepingIntake()) -> ConnectionContext {
  ConnectionContext(
    connection: "echo-1", project: "test", settings: settings, intake: intake, http: NoHTTP(), log: NoLog(),
    clock: StoppedClock(), store: NoStore(), files: NoFiles())
}
