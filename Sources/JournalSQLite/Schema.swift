//! The tables, and how a file of an earlier version becomes one of this. Migrations are only ever appended.
internal import GRDB
internal import GRDBSQLite
internal import JournalCore

enum Schema {
  /// The version after the last migration.
  static var version: Int { migrations.count }

  /// Each turns the version of its index into the next. All SQL here and in the statements keeps to what PostgreSQL
  /// understands as well, but for column types and `WITHOUT ROWID`.
  static let migrations: [String] = [
    """
    CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

    CREATE TABLE events (
      id INTEGER PRIMARY KEY, connection INTEGER NOT NULL, project INTEGER NOT NULL, received_at INTEGER NOT NULL,
      external_id TEXT NOT NULL, conversation TEXT NOT NULL, payload BLOB NOT NULL);
    CREATE UNIQUE INDEX events_external ON events (connection, external_id);

    CREATE TABLE runs (
      id INTEGER PRIMARY KEY, event INTEGER NOT NULL, flow INTEGER NOT NULL, version INTEGER NOT NULL,
      label INTEGER NOT NULL, status INTEGER NOT NULL, is_open INTEGER NOT NULL, wake_at INTEGER,
      changed_at INTEGER NOT NULL, lane TEXT NOT NULL, outcome TEXT, state BLOB);
    CREATE INDEX runs_open ON runs (id) WHERE is_open = 1;
    CREATE INDEX runs_troubled ON runs (changed_at) WHERE status IN (3, 5);

    CREATE TABLE deliveries (
      id INTEGER PRIMARY KEY, connection INTEGER NOT NULL, step INTEGER NOT NULL, state INTEGER NOT NULL,
      attempt INTEGER NOT NULL, begun_at INTEGER NOT NULL, settled_at INTEGER, chat TEXT NOT NULL, remote_id TEXT,
      more_remote_ids BLOB, error TEXT, result BLOB, request BLOB NOT NULL);
    CREATE INDEX deliveries_remote ON deliveries (connection, remote_id) WHERE remote_id IS NOT NULL;
    CREATE INDEX deliveries_unknown ON deliveries (id) WHERE state = 4;

    CREATE TABLE further_remote_ids (
      connection INTEGER NOT NULL, remote_id TEXT NOT NULL, chat TEXT NOT NULL,
      PRIMARY KEY (connection, remote_id, chat)) WITHOUT ROWID;

    CREATE TABLE timers (
      key TEXT PRIMARY KEY, due_at INTEGER NOT NULL, project INTEGER NOT NULL, flow INTEGER NOT NULL,
      version INTEGER NOT NULL, label INTEGER NOT NULL, event INTEGER NOT NULL, conversation TEXT NOT NULL,
      lane TEXT NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;
    CREATE INDEX timers_due ON timers (due_at, key);
    CREATE INDEX timers_conversation ON timers (conversation);

    CREATE TABLE conversations (
      key TEXT PRIMARY KEY, project INTEGER NOT NULL, connection INTEGER NOT NULL, created_at INTEGER NOT NULL,
      answered_at INTEGER, auto_replied_at INTEGER, chat TEXT NOT NULL, name TEXT NOT NULL, facts BLOB, state BLOB)
      WITHOUT ROWID;

    CREATE TABLE threads (
      conversation TEXT NOT NULL, connection INTEGER NOT NULL, chat TEXT NOT NULL, thread TEXT NOT NULL,
      PRIMARY KEY (conversation, connection)) WITHOUT ROWID;
    CREATE UNIQUE INDEX threads_place ON threads (connection, chat, thread);

    CREATE TABLE connection_values (
      connection INTEGER NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (connection, key))
      WITHOUT ROWID;

    CREATE TABLE dedup_keys (
      flow INTEGER NOT NULL, key TEXT NOT NULL, run INTEGER NOT NULL, keep_until INTEGER NOT NULL,
      PRIMARY KEY (flow, key)) WITHOUT ROWID;

    CREATE TABLE flow_versions (
      flow INTEGER NOT NULL, version INTEGER NOT NULL, project INTEGER NOT NULL, file TEXT NOT NULL,
      source TEXT NOT NULL, PRIMARY KEY (flow, version));
    """,
    // For retention and `why`: the runs of an event, and the keys that are no longer kept. Both grow at their end.
    """
    CREATE INDEX runs_event ON runs (event);
    CREATE INDEX dedup_keys_until ON dedup_keys (keep_until);
    """,
    """
    CREATE TABLE publications (
      project INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL,
      PRIMARY KEY (project, number)) WITHOUT ROWID;

    CREATE TABLE publication_notes (
      kind TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, name))
      WITHOUT ROWID;
    """,
    // Values of projects: a deleted one stays for a while as a row without a value, so that its revision counts on.
    """
    CREATE TABLE project_state (
      project INTEGER NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, expires_at INTEGER, value BLOB,
      PRIMARY KEY (project, key)) WITHOUT ROWID;
    CREATE INDEX project_state_expiry ON project_state (expires_at) WHERE expires_at IS NOT NULL;
    """,
  ]

  /// Brings the file to this version; each migration is one transaction, so that a crash in between resumes.
  /// Throws `.newerSchema` before anything is written.
  static func migrate(_ database: Database) throws {
    try database.inTransaction(.immediate) {
      try database.execute(sql: "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
      return .commit
    }
    while try migrateOnce(database) {}
  }

  /// The version of the file, 0 for an empty one. Refuses a file that some other program has filled.
  static func check(_ database: Database) throws {
    let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    guard tables > 0 else { return }
    guard try database.tableExists("schema_version") else {
      throw JournalError(.corrupt, "the file is an SQLite database, but no journal of switchboard")
    }
    let version = try Int.fetchOne(database, sql: "SELECT max(version) FROM schema_version") ?? 0
    guard version <= Self.version else {
      throw JournalError(
        .newerSchema, "the journal has schema version \(version), this program knows \(Self.version): use a newer one")
    }
  }

  /// Throws unless the file has been brought to this version.
  static func requireCurrent(_ database: Database) throws {
    let version = try storedVersion(database)
    guard version < Self.version else { return }
    throw JournalError(
      .unavailable,
      "the journal has schema version \(version), this program needs \(Self.version): run 'switchboard migrate', "
        + "or start the engine of this version")
  }

  /// 0 for an empty file.
  static func storedVersion(_ database: Database) throws -> Int {
    guard try database.tableExists("schema_version") else { return 0 }
    return try Int.fetchOne(database, sql: "SELECT max(version) FROM schema_version") ?? 0
  }

  private static func migrateOnce(_ database: Database) throws -> Bool {
    var isMore = false
    // Immediate: two starting programs take turns, and the second finds the work done.
    try database.inTransaction(.immediate) {
      let version = try Int.fetchOne(database, sql: "SELECT max(version) FROM schema_version") ?? 0
      guard version >= 0, version < migrations.count else { return .rollback }
      try database.execute(sql: migrations[version])
      try database.execute(sql: "DELETE FROM schema_version")
      try database.execute(sql: "INSERT INTO schema_version (version) VALUES (?)", arguments: [version + 1])
      isMore = version + 1 < migrations.count
      return .commit
    }
    return isMore
  }
}
