//! Which database the verbs work on, and what they say where another tool does it.
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5)))
struct StorageVerbTests {
  @Test func `db backup and restore of PostgreSQL name the command to run, without its password`() async throws {
    let house = try House()
    let url = "postgres://anna:pa%40ss-canary@db.internal:5433/desk?schema=shop&sslmode=require"
    let backup = try await house.run(["db", "backup", "monday.dump", "--database", url])
    #expect(backup.status == 2)
    let place = "'postgres://anna@db.internal:5433/desk?sslmode=require'"
    #expect(
      backup.output.contains("pg_dump --format=custom --schema='shop' --file='monday.dump' \(place)"),
      "\(backup.output)")
    let restore = try await house.run(["db", "restore", "monday.dump", "--database", url])
    #expect(restore.status == 2)
    #expect(
      restore.output.contains("pg_restore --clean --if-exists --single-transaction --dbname=\(place) 'monday.dump'"),
      "\(restore.output)")
    #expect(!(backup.output + restore.output).contains("canary"))
  }

  @Test func `a storage address may be a secret of any kind, and a missing one leads to no other`() async throws {
    let house = try House()
    func configure(_ from: String) throws {
      try house.write(
        "switchboard.yaml",
        "switchboard: 1\nstorage: { secret: db/url }\nsecrets: { from: \"\(from)\" }\nprojects: {}\n")
    }
    try house.write("keys/db/url", "sqlite:by-file.db\n")
    try configure("file:keys")
    let byFile = try await house.run(["db", "info"])
    #expect(byFile.output.contains("no database at") && byFile.output.contains("by-file.db"), "\(byFile.output)")
    try configure("env")
    let byEnvironment = try await house.run(["db", "info"], environment: ["SECRET_DB_URL": "sqlite:by-name.db"])
    #expect(byEnvironment.output.contains("by-name.db"), "\(byEnvironment.output)")
    let missing = try await house.run(["db", "info"])
    #expect(missing.status == 2 && missing.output.contains("'storage' must be"), "\(missing.output)")
  }
}
