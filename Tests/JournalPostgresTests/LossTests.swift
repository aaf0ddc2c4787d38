//! Connections and servers that go away in the middle of a transaction: what was in flight is answered truly, once.
import JournalCore
import JournalPostgres
import PostgresServer
import SwitchboardSDK
import Synchronization
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, "no PostgreSQL server is installed"))
struct LossTests {
  private static let lanes = 8

  @Test(.timeLimit(.minutes(3)))
  func `a connection cut in mid-flight loses nothing and doubles nothing`() async throws {
    let server = try PostgresServer.shared()
    let schema = PostgresServer.freshSchema()
    let journal = try PostgresJournal(url: server.url(schema: schema))
    let cut = """
      SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
      WHERE application_name LIKE 'switchboard \(journal.writerID) %'
      """
    let cuts = try await walkWhile(journal, timersOf: server, schema) {
      var cuts = 0
      // On a busy machine a new connection takes its time; the test's own limit is the only one.
      while cuts < 30, !Task.isCancelled { cuts += Int(try server.run(cut)) ?? 0 }
      return cuts
    }
    #expect(cuts > 10, "only \(cuts) connections were there to be cut")
    await journal.close()
  }

  @Test(.timeLimit(.minutes(5)))
  func `a server that crashes and comes back loses nothing that was acknowledged`() async throws {
    let server = try PostgresServer()
    let schema = PostgresServer.freshSchema()
    let journal = try PostgresJournal(url: server.url(schema: schema))
    try await walkWhile(journal, timersOf: server, schema) {
      for _ in 0..<3 {
        server.crash()
        try server.start()
      }
    }
    await journal.close()
    server.stop()
  }

  /// Lanes walk messages from intake to settled until `body` has done its worst, then everything is counted.
  @discardableResult
  private func walkWhile<Answer: Sendable>(
    _ journal: PostgresJournal, timersOf server: PostgresServer, _ schema: String,
    _ body: @escaping @Sendable () throws -> Answer
  ) async throws -> Answer {
    let isOver = Flag()
    let (answer, walked) = try await withThrowingTaskGroup(of: (Answer?, Int).self) { group in
      group.addTask {
        defer { isOver.set() }
        return (try body(), 0)
      }
      for lane in 0..<Self.lanes {
        group.addTask {
          var count = 0
          while count < 3 || !isOver.isSet {
            try await walk("m\(lane)-\(count)", lane: "shop/avito/c\(lane)", in: journal)
            count += 1
          }
          return (nil, count)
        }
      }
      var answer: Answer?
      var walked = 0
      for try await (found, count) in group {
        answer = found ?? answer
        walked += count
      }
      return (answer, walked)
    }
    #expect(try await journal.counts() == JournalCounts(events: try await newest(server, schema)))
    #expect(try server.run("SELECT count(*) FROM \(schema).events") == "\(walked)")
    // One run of the event, one of its timer; every one is done.
    #expect(try server.run("SELECT count(*), count(DISTINCT event), min(status), max(status) FROM \(schema).runs")
      == "\(2 * walked)|\(walked)|4|4")
    #expect(try server.run("SELECT count(*), min(state), max(state) FROM \(schema).deliveries") == "\(walked)|2|2")
    return try #require(answer)
  }

  private func newest(_ server: PostgresServer, _ schema: String) async throws -> Int {
    try #require(Int(try server.run("SELECT max(id) FROM \(schema).events")))
  }

  /// What the engine does for one message; what is refused as unavailable is done again, as the engine does.
  private func walk(_ message: String, lane: String, in journal: PostgresJournal) async throws {
    let at = Timestamp(milliseconds: 3)
    let receipt = try #require(try await again { () async throws(JournalError) in
      try await journal.append([Rows.event(message, lane: lane)])
    }.first)
    #expect(!receipt.isDuplicate && receipt.runs.count == 1, "\(message) was told as \(receipt)")
    let run = try #require(receipt.runs.first)
    let stored = try await again { () async throws(JournalError) in try await journal.run(run) }
    #expect(stored?.externalID == message && stored?.lane == lane)
    try await again { () async throws(JournalError) in
      try await journal.commit(
        RunChange(run: run, status: .running, at: at, deliveries: [.insert(Rows.delivery(lane))]))
    }
    let key = "auto:\(message)"
    let settled = DeliveryChange.settle(
      sequence: 0, state: .sent, remoteIDs: [message], result: .null, error: nil, at: at)
    try await again { () async throws(JournalError) in
      try await journal.commit(
        RunChange(
          run: run, status: .done, at: at, deliveries: [settled],
          timers: [.start(Rows.timer(key, event: receipt.event), keepsEarlier: false)]))
    }
    let fired = try await again { () async throws(JournalError) in
      try await journal.fireTimer(key: key, now: Timestamp(milliseconds: 9))
    }
    let timerRun = try #require(fired, "the timer of \(message) did not fire")
    let claimed = try await again { () async throws(JournalError) in
      try await journal.claimDeduplicationKey(
        flow: "desk", key: message, run: timerRun.id, keepUntil: Timestamp(milliseconds: 99), now: at)
    }
    #expect(claimed)
    try await again { () async throws(JournalError) in
      try await journal.commit(RunChange(run: timerRun.id, status: .done, at: at))
    }
  }

  private func again<Answer>(_ body: () async throws(JournalError) -> Answer) async throws -> Answer {
    while true {
      do throws(JournalError) { return try await body() } catch {
        guard error.code == .unavailable else { throw error }
      }
    }
  }

  @Test func `a statement that waits too long for a lock is refused, and the journal goes on`() async throws {
    let server = try PostgresServer.shared()
    let schema = PostgresServer.freshSchema()
    var settings = PostgresSettings()
    settings.lockMilliseconds = 100
    let journal = try PostgresJournal(url: server.url(schema: schema), settings: settings)
    // Held by nobody's session until it is rolled back.
    try server.run("BEGIN; LOCK TABLE \(schema).runs; PREPARE TRANSACTION '\(schema)'")
    do throws(JournalError) {
      _ = try await journal.append([Rows.event("m1")])
      Issue.record("a locked table took a row")
    } catch { #expect(error.code == .unavailable && error.detail.contains("55P03")) }
    try server.run("ROLLBACK PREPARED '\(schema)'")
    #expect(try await journal.append([Rows.event("m1")]).first?.isDuplicate == false)
    await journal.close()
  }

  @Test func `a question that takes too long is refused, and its neighbours are answered`() async throws {
    let server = try PostgresServer.shared()
    let schema = PostgresServer.freshSchema()
    var settings = PostgresSettings()
    settings.lockMilliseconds = 200
    let journal = try PostgresJournal(url: server.url(schema: schema), settings: settings)
    let run = try #require(try await journal.append([Rows.event("m1")]).first?.runs.first)
    // The connection is there and its statements are prepared, which a locked table would hold up as well.
    #expect(try await journal.deliveries(of: run) == [])
    try server.run("BEGIN; LOCK TABLE \(schema).deliveries; PREPARE TRANSACTION '\(schema)'")
    async let refused = isRefused(journal, run)
    async let answered = journal.run(run)
    #expect(try await answered?.externalID == "m1")
    #expect(await refused, "a locked table was read")
    try server.run("ROLLBACK PREPARED '\(schema)'")
    #expect(try await journal.deliveries(of: run) == [])
    await journal.close()
  }

  private func isRefused(_ journal: PostgresJournal, _ run: RunID) async -> Bool {
    do throws(JournalError) {
      _ = try await journal.deliveries(of: run)
      return false
    } catch { return error.code == .unavailable }
  }

  @Test func `a server that stays away is told soon, and found again without a hand`() async throws {
    let server = try PostgresServer()
    var settings = PostgresSettings()
    settings.outagePatienceMilliseconds = 200
    let journal = try PostgresJournal(url: server.url(), settings: settings)
    _ = try await journal.append([Rows.event("m1")])
    server.stop()
    // The first meets the broken line, and its outcome is only known once the server is back.
    async let held = journal.append([Rows.event("m2")])
    var refusals = 0
    while refusals < 3 {
      do throws(JournalError) { _ = try await journal.counts() } catch {
        #expect(error.code == .unavailable)
        refusals += 1
      }
    }
    try server.start()
    #expect(try await held.first?.isDuplicate == false)
    #expect(try await again { () async throws(JournalError) in try await journal.counts() }.openRuns == 2)
    await journal.close()
    server.stop()
  }
}

/// Set once, asked by many.
final class Flag: Sendable {
  private let value = Mutex(false)
  var isSet: Bool { value.withLock { $0 } }
  func set() { value.withLock { $0 = true } }
}
