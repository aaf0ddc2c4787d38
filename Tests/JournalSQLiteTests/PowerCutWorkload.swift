//! Sixteen lanes of messages through the journal, and a list of everything that it acknowledged.
import JournalCore
import SwitchboardSDK
import Synchronization

/// What the journal said is durable.
struct Acknowledged: Sendable {
  struct Message: Sendable {
    var event: EventID
    var run: RunID
    var status = RunStatus.queued
    var timer = TimerState.none
  }
  enum TimerState: Sendable { case none, pending, fired(RunID) }

  /// By external id.
  var messages: [String: Message] = [:]
  /// By lane: a value that only goes up.
  var cursors: [Int: Int64] = [:]
  /// External ids that were handed over, acknowledged or not.
  var offered: Set<String> = []
}

final class PowerCutWorkload: Sendable {
  static let lanes = 16
  static let payload: [UInt8] = Array(repeating: 120, count: 65_536)

  let round: Int
  private let payloadBytes: Int
  private let list: Mutex<Acknowledged>

  init(round: Int, payloadBytes: Int, after earlier: Acknowledged) {
    self.round = round
    self.payloadBytes = payloadBytes
    list = Mutex(earlier)
  }

  var acknowledged: Acknowledged { list.withLock { $0 } }

  static func name(round: Int, lane: Int, number: Int) -> String { "\(round)-\(lane)-\(number)" }
  static func key(_ lane: Int) -> String { "shop/avito/\(lane)" }

  /// Until the journal refuses: the power is gone.
  func play(in journal: any Journal) async {
    await withTaskGroup(of: Void.self) { group in
      for lane in 0..<Self.lanes {
        group.addTask { [self] in
          for number in 0... {
            do throws(JournalError) { try await message(lane, number, journal) } catch { return }
          }
        }
      }
    }
  }

  /// One message as the rooms of the engine write it, with a timer and a value of the connection beside it.
  private func message(_ lane: Int, _ number: Int, _ journal: any Journal) async throws(JournalError) {
    let name = Self.name(round: round, lane: lane, number: number)
    list.withLock { _ = $0.offered.insert(name) }
    let receipts = try await journal.append([Self.record(name, lane: lane, bytes: payloadBytes)])
    guard let receipt = receipts.first, let run = receipt.runs.first else { return }
    list.withLock { $0.messages[name] = .init(event: receipt.event, run: run) }
    try await journal.commit(Self.begin(name, run: run, event: receipt.event, lane: lane))
    list.withLock {
      $0.messages[name]?.status = .running
      $0.messages[name]?.timer = .pending
    }
    let settled = DeliveryChange.settle(
      sequence: 0, state: .sent, remoteIDs: [name], result: .null, error: nil, at: Timestamp(milliseconds: 3))
    try await journal.commit(
      RunChange(run: run, status: .done, at: Timestamp(milliseconds: 3), deliveries: [settled]))
    list.withLock { $0.messages[name]?.status = .done }
    if number % 2 == 0, let fired = try await journal.fireTimer(key: name, now: Timestamp(milliseconds: 10)) {
      list.withLock { $0.messages[name]?.timer = .fired(fired.id) }
    }
    let cursor = Int64(round) * 1_000_000 + Int64(number)
    try await journal.setConnectionValue(connection: "avito", key: "cursor-\(lane)", value: .int(cursor))
    list.withLock { $0.cursors[lane] = cursor }
  }

  static func record(_ name: String, lane: Int, bytes: Int) -> IntakeRecord {
    IntakeRecord(
      project: "shop", connection: "avito", externalID: name, conversation: key(lane),
      receivedAt: Timestamp(milliseconds: 1), payload: Array(payload.prefix(bytes)),
      runs: [NewRun(flow: "desk", version: "v1", label: "customer", lane: key(lane))])
  }

  private static func begin(_ name: String, run: RunID, event: EventID, lane: Int) -> RunChange {
    let at = Timestamp(milliseconds: 2)
    let timer = TimerRecord(
      key: name, dueAt: Timestamp(milliseconds: 5), project: "shop", conversation: key(lane), flow: "desk",
      version: "v1", label: "customer", lane: key(lane), event: event, state: [123, 125])
    return RunChange(
      run: run, status: .running, at: at,
      deliveries: [
        .insert(
          NewDelivery(
            sequence: 0, project: "shop", connection: "desk", chat: "-100", step: "relay", request: [123, 125],
            state: .sending, at: at))
      ],
      timers: [.start(timer, keepsEarlier: false)],
      conversation: ConversationChange(
        key: key(lane), project: "shop", connection: "avito", chat: "\(lane)", name: name),
      threads: [.bind(ThreadRecord(conversation: key(lane), connection: "desk", chat: "-100", thread: "\(lane)"))])
  }
}
