//! A process made to be killed: writes a journal from many lanes and prints what was acknowledged, as it is.
import Glibc
import JournalCore
import JournalSQLite
import SwitchboardSDK

/// One line in one `write`: a pipe takes that whole or not at all, so that a killed process leaves no half line.
func say(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(STDOUT_FILENO, bytes, bytes.count)
}

func walk(lane: Int, round: String, in journal: SQLiteJournal) async throws {
  for number in 0..<100_000 {
    let name = "\(round)-\(lane)-\(number)"
    let record = IntakeRecord(
      project: "shop", connection: "avito", externalID: name, conversation: "shop/avito/\(lane)",
      receivedAt: Timestamp(milliseconds: 1), payload: Array(repeating: 120, count: 900),
      runs: [NewRun(flow: "desk", version: "v1", label: "customer", lane: "shop/avito/\(lane)")])
    guard let receipt = try await journal.append([record]).first, let run = receipt.runs.first else { return }
    say("event \(receipt.event) \(name)")
    let delivery = NewDelivery(
      sequence: 0, project: "shop", connection: "desk", chat: "\(lane)", step: "relay", request: [123, 125],
      state: .sending, at: Timestamp(milliseconds: 2))
    try await journal.commit(
      RunChange(run: run, status: .running, at: Timestamp(milliseconds: 2), deliveries: [.insert(delivery)]))
    say("sending \(run)")
    let settled = DeliveryChange.settle(
      sequence: 0, state: .sent, remoteIDs: [name], result: .null, error: nil, at: Timestamp(milliseconds: 3))
    try await journal.commit(
      RunChange(run: run, status: .done, at: Timestamp(milliseconds: 3), deliveries: [settled]))
    say("done \(run)")
  }
}

guard CommandLine.arguments.count == 3 else {
  say("usage: JournalCrashChild FILE ROUND")
  exit(2)
}
let journal = try SQLiteJournal(path: CommandLine.arguments[1])
let round = CommandLine.arguments[2]
try await withThrowingTaskGroup(of: Void.self) { group in
  for lane in 0..<16 { group.addTask { try await walk(lane: lane, round: round, in: journal) } }
  try await group.waitForAll()
}
