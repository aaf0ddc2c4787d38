//! A journal copied from SQLite to PostgreSQL is the same journal, and goes on where it stood.
import Foundation
import JournalCore
import JournalPostgres
import JournalSQLite
import PostgresServer
import SwitchboardSDK
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, "no PostgreSQL server is installed"))
struct CopyTests {
  private func moment(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

  private func record(_ name: String, chat: String) -> IntakeRecord {
    let lane = "shop/avito/\(chat)"
    return IntakeRecord(
      project: "shop", connection: "avito", externalID: name, conversation: lane, receivedAt: moment(1_000),
      payload: Array("{\"text\":\"\(name)\"}".utf8),
      runs: [NewRun(flow: "desk", version: "v1", label: "customer", lane: lane)])
  }

  /// More than one batch of events, and one of everything else; the runs in the order of their numbers.
  private func fill(_ journal: SQLiteJournal) async throws -> [RunID] {
    let records = (0..<1_203).map { record("m\($0)\u{0}ё", chat: "c\($0 % 7)") }
    let runs = try await journal.append(records).flatMap(\.runs)
    let delivery = NewDelivery(
      sequence: 1, project: "shop", connection: "desk", chat: "-100", step: "way", request: [1, 0, 2], state: .sending,
      at: moment(2))
    let timer = TimerRecord(
      key: "auto:desk:auto:shop/avito/c1", dueAt: moment(9_000), project: "shop", conversation: "shop/avito/c1",
      flow: "desk", version: "v1", label: "customer", lane: "shop/avito/c1", event: 2, state: [0, 1])
    try await journal.commit(
      RunChange(
        run: runs[1], status: .waiting, wakeAt: moment(77), state: [9], outcome: "transient: 502", at: moment(3),
        deliveries: [
          .insert(delivery),
          .settle(
            sequence: 1, state: .sent, remoteIDs: ["501", "502"], result: ["thread": "7"], error: nil, at: moment(4)),
        ], timers: [.start(timer, keepsEarlier: false)],
        conversation: ConversationChange(
          key: "shop/avito/c1", project: "shop", connection: "avito", chat: "c1", name: "Анна", facts: ["item": nil]),
        threads: [
          .bind(ThreadRecord(conversation: "shop/avito/c1", connection: "desk", chat: "-100", thread: "7"))
        ]))
    try await journal.commit(RunChange(run: runs[0], status: .parked, outcome: "parked: x", at: moment(5)))
    try await journal.setConnectionValue(connection: "desk", key: "offset", value: ["a": [1, nil]])
    try await journal.saveFlowVersion(
      FlowVersion(project: "shop", flow: "shop/desk", version: "v1", file: "f.yaml", source: "switchboard: 1\n"))
    _ = try await journal.claimDeduplicationKey(
      flow: "shop/desk", key: "k", run: runs[0], keepUntil: moment(99), now: moment(1))
    return runs
  }

  @Test func `every row arrives, and the journal goes on behind its last number`() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("copy-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("journal.db").path
    let old = try SQLiteJournal(path: file)
    let runs = try await fill(old)
    #expect(throws: JournalError.self, "a file in use was taken") { try SQLiteRows(path: file) }

    let server = try PostgresServer.shared()
    let schema = PostgresServer.freshSchema()
    let url = server.url(schema: schema)
    var before: [StoredRun?] = []
    for run in runs.prefix(3) { before.append(try await old.run(run)) }
    let deliveries = try await old.deliveries(of: runs[1])
    let open = try await old.openRuns(after: 0, limit: 9_999)
    let timers = try await old.pendingTimers(project: nil, after: nil, limit: 9)
    await old.close()

    let source = try SQLiteRows(path: file)
    let target = try PostgresRows(url: url)
    let copied = try JournalCopy.run(from: source, to: target)
    #expect(copied.first { $0.table == "runs" }?.rows == 1_203)
    #expect(throws: JournalError.self, "a target that is not empty was filled") {
      try JournalCopy.run(from: source, to: target)
    }
    source.close()
    target.close()

    let new = try PostgresJournal(url: url)
    for (run, stored) in zip(runs.prefix(3), before) { #expect(try await new.run(run) == stored) }
    #expect(try await new.deliveries(of: runs[1]) == deliveries)
    #expect(try await new.openRuns(after: 0, limit: 9_999) == open)
    #expect(try await new.pendingTimers(project: nil, after: nil, limit: 9) == timers)
    #expect(try await new.isOwnMessage(connection: "desk", chat: "-100", messageID: "502"))
    #expect(try await new.troubledRuns(limit: 9).map(\.id) == [runs[0]])
    #expect(try await new.connectionValue(connection: "desk", key: "offset") == ["a": [1, nil]])
    #expect(try await new.conversation("shop/avito/c1")?.name == "Анна")
    let receipts = try await new.append([record("m7\u{0}ё", chat: "c0"), record("new", chat: "c0")])
    #expect(receipts.map(\.isDuplicate) == [true, false])
    #expect((receipts[1].runs.first ?? 0) > (runs.last ?? 0))
    await new.close()
    try server.run("DROP SCHEMA \(schema) CASCADE")
  }
}
