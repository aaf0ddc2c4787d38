//! Databases that cannot be opened are told apart, and nothing is written to them.
import JournalCore
import JournalPostgres
import PostgresServer
import Testing

@Suite(.enabled(if: PostgresServer.isAvailable, "no PostgreSQL server is installed"))
struct OpeningTests {
  private func refusal(_ url: String) async -> JournalError? {
    do throws(JournalError) {
      await (try PostgresJournal(url: url)).close()
      return nil
    } catch { return error }
  }

  @Test func `programs that start at once bring the tables up once`() async throws {
    let server = try PostgresServer.shared()
    let schema = PostgresServer.freshSchema()
    let url = server.url(schema: schema)
    let journals = try await withThrowingTaskGroup(of: PostgresJournal.self) { group in
      for _ in 0..<4 { group.addTask { try PostgresJournal(url: url) } }
      return try await group.reduce(into: [PostgresJournal]()) { $0.append($1) }
    }
    #expect(journals.count == 4)
    #expect(try server.run("SELECT count(*) FROM \(schema).schema_version") == "1")
    for (number, journal) in journals.enumerated() {
      #expect(try await journal.append([Rows.event("m\(number)")]).first?.isDuplicate == false)
    }
    for journal in journals { await journal.close() }
    #expect(try server.run("SELECT count(*) FROM \(schema).writers") == "0")
  }

  @Test func `a database of a newer program is refused by both versions' numbers, and untouched`() async throws {
    let server = try PostgresServer.shared()
    let schema = PostgresServer.freshSchema()
    let url = server.url(schema: schema)
    await (try PostgresJournal(url: url)).close()
    try server.run("UPDATE \(schema).schema_version SET version = 999")
    let error = try #require(await refusal(url))
    #expect(error.code == .newerSchema)
    let known = try PostgresVersions.known(server)
    #expect(error.detail.contains("999") && error.detail.contains("\(known)"))
    #expect(try server.run("SELECT version FROM \(schema).schema_version") == "999")
  }

  @Test func `tables of another program are left alone`() async throws {
    let server = try PostgresServer.shared()
    let schema = PostgresServer.freshSchema()
    try server.run("CREATE SCHEMA \(schema); CREATE TABLE \(schema).events (a integer)")
    #expect(await refusal(server.url(schema: schema))?.code == .corrupt)
    #expect(try server.run("SELECT count(*) FROM pg_tables WHERE schemaname = '\(schema)'") == "1")
  }

  @Test func `a wrong password is told without the password`() async throws {
    let server = try PostgresServer.shared()
    let error = try #require(await refusal(server.url(password: "wr0ng-pw")))
    #expect(error.code == .unavailable && error.detail.contains("password authentication failed"))
    #expect(!error.detail.contains("wr0ng-pw"))
  }

  @Test func `a database that takes no writes is told as read-only`() async throws {
    let server = try PostgresServer.shared()
    let url = server.url() + "&options=-c%20default_transaction_read_only%3Don"
    #expect(await refusal(url)?.code == .readOnly)
  }

  @Test func `a database that is not there, and a server that is not there, are named`() async throws {
    let server = try PostgresServer.shared()
    let start = "postgres://\(PostgresServer.user):\(PostgresServer.password)@127.0.0.1"
    let missing = try #require(await refusal("\(start):\(server.port)/nowhere"))
    #expect(missing.detail.contains("nowhere") && !missing.detail.contains(PostgresServer.password))
    let silent = try #require(await refusal("\(start):1/postgres"))
    #expect(silent.code == .unavailable && !silent.detail.contains(PostgresServer.password))
  }

  @Test(arguments: [
    "", "sqlite:x", "postgres://u:hunter2@h:port/d", "postgres://u:hunter2@h/d?no_such_option=1",
    "postgres://u:hunter%2@h/d", "postgres://u:hunter2@h/d?schema=A;B", "postgres://u:hunter2@h/d?schema=",
  ])
  func `an address that cannot be right is refused without its password`(url: String) async throws {
    let error = try #require(await refusal(url))
    #expect(error.code == .unavailable && !error.detail.contains("hunter"))
  }
}

enum PostgresVersions {
  static func known(_ server: PostgresServer) throws -> Int {
    try PostgresJournal.versions(url: server.url()).program
  }
}
