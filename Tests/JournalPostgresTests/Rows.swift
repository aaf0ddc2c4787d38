//! Rows for these tests.
import JournalCore
import SwitchboardSDK

enum Rows {
  static func event(_ externalID: String, lane: String = "shop/avito/c1") -> IntakeRecord {
    IntakeRecord(
      project: "shop", connection: "avito", externalID: externalID, conversation: lane,
      receivedAt: Timestamp(milliseconds: 1_000), payload: Array("{}".utf8),
      runs: [NewRun(flow: "desk", version: "v1", label: "customer", lane: lane)])
  }

  static func delivery(_ chat: String) -> NewDelivery {
    NewDelivery(
      sequence: 0, project: "shop", connection: "desk", chat: chat, step: "relay", request: Array("{}".utf8),
      state: .sending, at: Timestamp(milliseconds: 2_000))
  }

  static func timer(_ key: String, event: EventID) -> TimerRecord {
    TimerRecord(
      key: key, dueAt: Timestamp(milliseconds: 5), project: "shop", conversation: "shop/avito/c1", flow: "desk",
      version: "v1", label: "customer", lane: "shop/avito/c1", event: event, state: [1])
  }
}
