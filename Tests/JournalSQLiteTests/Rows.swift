//! Rows for the tests of the SQLite journal.
import JournalCore
import SwitchboardSDK

enum Rows {
  static func event(_ externalID: String, bytes: Int = 900) -> IntakeRecord {
    IntakeRecord(
      project: "shop", connection: "avito", externalID: externalID, conversation: "shop/avito/c1",
      receivedAt: Timestamp(milliseconds: 1), payload: Array(repeating: 120, count: bytes),
      runs: [NewRun(flow: "desk", version: "v1", label: "customer", lane: "shop/avito/c1")])
  }
}
