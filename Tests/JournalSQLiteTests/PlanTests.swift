//! What the engine asks again and again is answered from an index, however many rows there are.
import GRDB
import JournalSQLite
import Testing

struct PlanTests {
  /// The first lines of SQLite's plan.
  private func plan(_ sql: String) async throws -> String {
    let folder = try TemporaryFolder()
    let file = folder.file("journal.db")
    await (try SQLiteJournal(path: file)).close()
    return try await DatabaseQueue(path: file).read { database in
      try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN \(sql)").map { $0["detail"] as String }
        .joined(separator: "; ")
    }
  }

  @Test(arguments: [
    ("SELECT key FROM timers WHERE due_at < 9 ORDER BY due_at, key LIMIT 200", "timers_due"),
    ("SELECT key FROM timers WHERE (due_at, key) > (1, 'a') ORDER BY due_at, key LIMIT 9", "timers_due"),
    ("SELECT id FROM runs WHERE event = 1", "runs_event"),
    ("SELECT id FROM runs WHERE is_open = 1 AND id > 9 ORDER BY id LIMIT 9", "runs_open"),
    ("SELECT key FROM dedup_keys WHERE keep_until < 9 ORDER BY keep_until LIMIT 9", "dedup_keys_until"),
    ("SELECT 1 FROM timers WHERE conversation = 'c' AND event = 1", "timers_conversation"),
  ])
  func `a question of upkeep searches an index and sorts nothing`(sql: String, index: String) async throws {
    let plan = try await plan(sql)
    #expect(plan.contains(index) && !plan.contains("TEMP B-TREE"), "\(plan)")
  }
}
