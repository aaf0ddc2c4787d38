//! The journal in PostgreSQL passes the conformance suite, against a real server.
import JournalConformance
import JournalCore
import JournalPostgres
import PostgresServer
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, "no PostgreSQL server is installed"))
struct PostgresJournalTests {
  @Test(arguments: ConformanceCase.all)
  func `the journal in PostgreSQL keeps the contract`(_ conformance: ConformanceCase) async throws {
    let server = try PostgresServer.shared()
    let schema = PostgresServer.freshSchema()
    let journal = try PostgresJournal(url: server.url(schema: schema))
    try await conformance.exercise(journal)
    await journal.close()
    try server.run("DROP SCHEMA \(schema) CASCADE")
  }
}
