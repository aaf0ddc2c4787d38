//! How a database of an earlier version becomes one of this. Migrations are only ever appended.
internal import JournalCore

enum Schema {
  /// The version after the last migration.
  static var version: Int { migrations.count }

  /// Each turns the version of its index into the next. Tables and columns are those of the SQLite store, as far as
  /// the dialects allow.
  static let migrations: [String] = [
    SchemaVersion1.sql, SchemaVersion2.sql, SchemaVersion3.sql, ClusterSQL.tables, SchemaVersion5.sql,
  ]

  /// Brings our schema to this version, under a lock that other starting programs wait for; each migration is one
  /// transaction. Throws `.newerSchema` and `.corrupt` before anything is written.
  static func migrate(_ connection: PostgresConnection, schema: String) throws(JournalError) {
    do throws(PostgresFailure) {
      try connection.run("SET lock_timeout = 0; SET statement_timeout = 0")
      try check(try text(connection, "SHOW server_version_num"), try text(connection, "SHOW server_encoding"))
      while try migrateOnce(connection, schema: schema) {}
    } catch {
      // A refusal of ours carries its own code.
      throw JournalRefusal.journalError(error) ?? error.journalError
    }
  }

  /// The version of what is there; see `version`.
  static func storedVersion(_ connection: PostgresConnection, schema: String) throws(JournalError) -> Int {
    do throws(PostgresFailure) { return try version(connection, schema: schema) } catch {
      throw JournalRefusal.journalError(error) ?? error.journalError
    }
  }

  /// Throws unless the database has been brought to this version.
  static func requireCurrent(_ connection: PostgresConnection, schema: String) throws(JournalError) {
    let stored = try storedVersion(connection, schema: schema)
    guard stored < version else { return }
    throw JournalError(
      .unavailable,
      stored == 0
        ? "the database has no journal in the schema '\(schema)'"
        : "the database has version \(stored), this program \(version): 'switchboard migrate' brings it there")
  }

  private static func migrateOnce(_ connection: PostgresConnection, schema: String) throws(PostgresFailure) -> Bool {
    try connection.run("BEGIN")
    do throws(PostgresFailure) {
      // Held to the end of the transaction: two starting programs take turns, and the second finds the work done.
      try connection.run("SELECT pg_advisory_xact_lock(hashtext('switchboard migrations of \(schema)'))")
      let version = try version(connection, schema: schema)
      guard version < migrations.count else {
        try connection.run("ROLLBACK")
        return false
      }
      if version == 0 {
        let isThere = try text(connection, "SELECT count(*) FROM pg_namespace WHERE nspname = '\(schema)'") == "1"
        if !isThere { try connection.run("CREATE SCHEMA \(schema)") }
      }
      try connection.run("SET LOCAL search_path = \(schema)")
      if version == 0 { try connection.run("CREATE TABLE schema_version (version integer NOT NULL)") }
      try connection.run(migrations[version])
      try connection.run("DELETE FROM schema_version; INSERT INTO schema_version (version) VALUES (\(version + 1))")
      try connection.run("COMMIT")
      return version + 1 < migrations.count
    } catch {
      if !error.isConnectionLost { _ = try? connection.run("ROLLBACK") }
      throw error
    }
  }

  /// 0 when there is nothing yet. Refuses a schema that some other program has filled.
  private static func version(_ connection: PostgresConnection, schema: String) throws(PostgresFailure) -> Int {
    let tables = try text(connection, "SELECT count(*) FROM pg_tables WHERE schemaname = '\(schema)'")
    guard tables != "0" else { return 0 }
    let own = try text(
      connection, "SELECT count(*) FROM pg_tables WHERE schemaname = '\(schema)' AND tablename = 'schema_version'")
    guard own == "1" else {
      throw JournalRefusal.foreign.failure(
        "the schema '\(schema)' holds tables of another program: name another one with ?schema=NAME")
    }
    let stored = try text(connection, "SELECT max(version) FROM \(schema).schema_version")
    guard let version = Int(stored), version >= 0 else {
      throw JournalRefusal.foreign.failure("the schema '\(schema)' says no version of itself")
    }
    guard version <= Self.version else {
      throw JournalRefusal.newer.failure(
        "the journal has schema version \(version), this program knows \(Self.version): use a newer one")
    }
    return version
  }

  private static func check(_ server: String, _ encoding: String) throws(PostgresFailure) {
    guard let number = Int(server), number >= 120_000 else {
      throw JournalRefusal.unfit.failure("PostgreSQL 12 or later is needed, the server says \(server)")
    }
    guard encoding == "UTF8" else {
      throw JournalRefusal.unfit.failure("the database has the encoding \(encoding): make it with UTF8")
    }
  }

  private static func text(_ connection: PostgresConnection, _ sql: String) throws(PostgresFailure) -> String {
    guard let rows = try connection.run(sql), rows.count > 0 else { return "" }
    return rows.text(0, 0)
  }
}

/// What we ourselves find wrong, in the same form as what the server finds wrong.
private enum JournalRefusal: String {
  case newer = "SB001"
  case foreign = "SB002"
  case unfit = "SB003"

  func failure(_ words: String) -> PostgresFailure { PostgresFailure(state: rawValue, detail: words) }

  static func journalError(_ failure: PostgresFailure) -> JournalError? {
    switch JournalRefusal(rawValue: failure.state) {
    case .newer: JournalError(.newerSchema, failure.detail)
    case .foreign: JournalError(.corrupt, failure.detail)
    case .unfit: JournalError(.unavailable, failure.detail)
    case nil: nil
    }
  }
}
