//! The group-committing writer: many writes a sync, and a full disk that ends.
import JournalCore
import JournalSQLite
import SwitchboardSDK
import Testing

struct WriterTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func `writes that come together share a transaction`() async throws {
    let journal = try SQLiteJournal(path: folder.file("journal.db"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for lane in 0..<64 {
        group.addTask {
          for number in 0..<20 { _ = try await journal.append([Rows.event("m\(lane)-\(number)")]) }
        }
      }
      try await group.waitForAll()
    }
    let metrics = journal.metrics
    #expect(metrics.operations == 1_280)
    #expect(metrics.commits < 640, "\(metrics.commits) transactions for 1,280 writes")
    await journal.close()
  }

  @Test func `a lone write does not wait for company`() async throws {
    let journal = try SQLiteJournal(path: folder.file("journal.db"))
    for number in 0..<10 { _ = try await journal.append([Rows.event("m\(number)")]) }
    #expect(journal.metrics.commits == 10)
    #expect(journal.metrics.operations == 10)
    await journal.close()
  }

  @Test func `what does not fit is refused whole, and smaller things go on`() async throws {
    let journal = try SQLiteJournal(path: folder.file("journal.db"), pagesMax: 200)
    await #expect(throws: JournalError.self) {
      try await journal.append([Rows.event("small"), Rows.event("large", bytes: 5_000_000)])
    }
    #expect(try await journal.counts() == JournalCounts())
    let receipt = try #require(try await journal.append([Rows.event("small")]).first)
    #expect(receipt == Receipt(event: 1, isDuplicate: false, runs: [1]))
    #expect(try await journal.run(1)?.flow == "desk")
    await journal.close()
  }

  @Test func `a full disk is told as full, loses nothing, and the journal goes on once there is room`() async throws {
    let file = folder.file("journal.db")
    let journal = try SQLiteJournal(path: file, pagesMax: 200)
    var stored = 0
    let failure = await #expect(throws: JournalError.self) {
      while stored < 10_000 {
        _ = try await journal.append([Rows.event("m\(stored)")])
        stored += 1
      }
    }
    #expect(failure?.code == .full)
    #expect(stored > 100)
    #expect(try await journal.counts().events == stored)
    try await journal.allowPages(100_000)
    #expect(try await journal.append([Rows.event("m\(stored)")]).first?.isDuplicate == false)
    await journal.close()
    let next = try SQLiteJournal(path: file)
    #expect(try await next.counts() == JournalCounts(events: stored + 1, openRuns: stored + 1))
    await next.close()
  }

  @Test func `the log does not grow without end under writes that never pause`() async throws {
    let journal = try SQLiteJournal(path: folder.file("journal.db"))
    var largest = 0
    for round in 0..<60 {
      _ = try await journal.append((0..<500).map { Rows.event("m\(round)-\($0)", bytes: 4_000) })
      largest = max(largest, folder.size("journal.db-wal"))
    }
    // 120 MB went through it.
    #expect(largest < 100 << 20, "the log grew to \(largest) bytes")
    await journal.close()
  }
}
