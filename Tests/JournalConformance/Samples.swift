//! Rows for the cases, with everything set that a case does not care about.
import JournalCore
import SwitchboardSDK

enum Sample {
  static let conversation = "shop/avito/c1"

  static func moment(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

  static func intake(
    _ externalID: String, connection: String = "avito", conversation: String = conversation, runs: Int = 1,
    payload: [UInt8] = Array("{}".utf8)
  ) -> IntakeRecord {
    let new = NewRun(flow: "desk", version: "v1", label: "customer", lane: conversation)
    return IntakeRecord(
      project: "shop", connection: connection, externalID: externalID, conversation: conversation,
      receivedAt: moment(1_000), payload: payload, runs: Array(repeating: new, count: runs))
  }

  static func delivery(_ sequence: Int, state: DeliveryState = .sending, chat: String = "-100") -> NewDelivery {
    NewDelivery(
      sequence: sequence, project: "shop", connection: "desk", chat: chat, step: "way.else.do[0]",
      request: Array("{\"name\":\"send\"}".utf8), state: state, at: moment(2_000))
  }

  static func timer(
    _ key: String, dueAt: Int64, conversation: String = conversation, event: EventID = 1
  ) -> TimerRecord {
    TimerRecord(
      key: key, dueAt: moment(dueAt), project: "shop", conversation: conversation, flow: "desk", version: "v1",
      label: "customer", lane: conversation, event: event, state: Array("{\"position\":3}".utf8))
  }

  static func thread(_ conversation: String, _ thread: String, connection: String = "desk") -> ThreadRecord {
    ThreadRecord(conversation: conversation, connection: connection, chat: "-100", thread: thread)
  }

  static func change(
    _ run: RunID, _ status: RunStatus = .running, state: [UInt8]? = nil, deliveries: [DeliveryChange] = [],
    timers: [TimerChange] = [], conversation: ConversationChange? = nil, threads: [ThreadChange] = []
  ) -> RunChange {
    RunChange(
      run: run, status: status, state: state, at: moment(3_000), deliveries: deliveries, timers: timers,
      conversation: conversation, threads: threads)
  }

  /// An event with one run, stored; the run's id.
  static func run(in journal: any Journal, _ externalID: String = "m1") async throws -> RunID {
    let receipts = try await journal.append([intake(externalID)])
    guard let run = receipts.first?.runs.first else { throw ConformanceFailure(description: "no run for an event") }
    return run
  }
}
