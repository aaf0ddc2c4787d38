//! The other ports of a connection, in memory.
internal import SwitchboardSDK
internal import Synchronization

final class RecordingIntake: IntakePort {
  private struct State {
    var batches: [[Event]] = []
    var failures: Int
  }
  private let state: Mutex<State>

  /// The first so many calls fail, as a full disk would.
  init(failures: Int = 0) { state = Mutex(State(failures: failures)) }

  var batches: [[Event]] { state.withLock { $0.batches } }
  var events: [Event] { batches.flatMap { $0 } }

  func accept(_ events: [Event]) async throws(IntakeError) {
    let isFailing = state.withLock {
      if $0.failures > 0 {
        $0.failures -= 1
        return true
      }
      $0.batches.append(events)
      return false
    }
    if isFailing { throw IntakeError("disk full") }
  }

  func isOwnMessage(chat: String, messageID: String) async -> Bool { false }
}

/// Sleeps by moving its own hands.
final class VirtualClock: ClockPort {
  private struct State {
    var now = Timestamp(milliseconds: 1_795_217_938_000)
    var sleeps: [Int64] = []
  }
  private let state = Mutex(State())

  var sleeps: [Int64] { state.withLock { $0.sleeps } }
  func now() -> Timestamp { state.withLock { $0.now } }
  func advance(milliseconds: Int64) { state.withLock { $0.now = $0.now.adding(milliseconds: milliseconds) } }
  func sleep(milliseconds: Int64) async {
    state.withLock {
      $0.sleeps.append(milliseconds)
      $0.now = $0.now.adding(milliseconds: milliseconds)
    }
  }
}

final class MemoryStore: StorePort {
  private let values: Mutex<[String: Value]>
  private let isBroken: Bool
  init(_ values: [String: Value] = [:], isBroken: Bool = false) {
    self.values = Mutex(values)
    self.isBroken = isBroken
  }
  func get(_ key: String) async throws(IntakeError) -> Value { values.withLock { $0[key] ?? .null } }
  func set(_ key: String, _ value: Value) async throws(IntakeError) {
    if isBroken { throw IntakeError("read-only") }
    values.withLock { $0[key] = value }
  }
}

struct FakeFiles: FilePort {
  var result: Result<FetchedFile, ActionError> = .failure(ActionError(.invalid, "no file here"))
  func fetch(_ attachment: Attachment, bytesMax: Int64) async throws(ActionError) -> FetchedFile { try result.get() }
}

final class RecordingLog: LogPort {
  private let lines = Mutex<[(LogLevel, String)]>([])
  var text: String { lines.withLock { $0.map { "\($0.0.rawValue): \($0.1)" }.joined(separator: "\n") } }
  func log(_ level: LogLevel, _ text: String, _ fields: [String: String]) {
    lines.withLock { $0.append((level, text + fields.map { " \($0.key)=\($0.value)" }.joined())) }
  }
}

final class RecordingHealth: HealthPort {
  private let state = Mutex<[ConnectorHealth]>([])
  /// What changed, in its order.
  var reports: [ConnectorHealth] { state.withLock { $0 } }

  func report(_ health: ConnectorHealth) {
    state.withLock { if $0.last != health { $0.append(health) } }
  }
}
