//! One open SQLite connection with its settings and its prepared statements.
internal import GRDB
internal import GRDBSQLite
internal import JournalCore

/// Not thread-safe: the group writer keeps one on its queue, the readers' pool lends one to one caller at a time.
/// SQLite is opened without mutexes of its own.
final class Connection {
  enum Role: Sendable, Hashable { case writer, reader, checkpointer }

  private let queue: DatabaseQueue
  private var isOpen = true
  /// While a turn lasts: GRDB's queue may not be entered again within it.
  private var turn: Database?

  /// Opens the file; the writer creates it and brings its schema up to date.
  init(path: String, role: Role, isSynced: Bool = true) throws(SQLiteFailure) {
    var configuration = Configuration()
    configuration.readonly = role == .reader
    configuration.foreignKeysEnabled = false
    configuration.busyMode = .timeout(5)
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
      try queue.inDatabase { database in
        // FULL: a commit that was acknowledged has been synced. The checkpoints are made by `Checkpointer`.
        let cacheKibibytes = role == .writer ? 32_768 : 4_096
        try database.execute(sql: "PRAGMA cache_size = -\(cacheKibibytes)")
        try database.execute(sql: "PRAGMA temp_store = MEMORY")
        guard role != .reader else { return }
        let synchronous = isSynced ? "FULL" : "OFF"
        try database.execute(sql: "PRAGMA synchronous = \(synchronous); PRAGMA wal_autocheckpoint = 0")
      }
    } catch {
      throw SQLiteFailure(error)
    }
  }

  /// Runs on the connection in GRDB's own terms: for what is not on the path of a message.
  func withDatabase<Answer>(_ body: (Database) throws -> Answer) throws -> Answer {
    try queue.inDatabase(body)
  }

  /// Within a turn or outside.
  func prepare(_ sql: String) throws(SQLiteFailure) -> PreparedStatement {
    if let turn { return try PreparedStatement(turn, sql) }
    do {
      return try queue.inDatabase { try PreparedStatement($0, sql) }
    } catch {
      throw SQLiteFailure(error)
    }
  }

  /// Runs where GRDB expects its connection to be used: its hooks look for its queue at each commit. Prepared
  /// statements may be used within; GRDB's own functions may not.
  func withTurn<Answer>(_ body: () -> Answer) -> Answer {
    queue.inDatabase { database in
      turn = database
      defer { turn = nil }
      return body()
    }
  }

  /// Pages written to the log since the last call.
  func takeWrittenPages() -> Int {
    queue.inDatabase { database in
      var pages: Int32 = 0
      var highest: Int32 = 0
      let code = sqlite3_db_status(
        database.sqliteConnection, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &highest, 1)
      return code == SQLITE_OK ? Int(pages) : 0
    }
  }

  /// Copies what has been committed from the log into the file, as far as no reader needs the old pages.
  /// - Returns: frames in the log, and how many of them are in the file already.
  func checkpoint() throws(SQLiteFailure) -> (logged: Int, copied: Int) {
    do {
      return try queue.inDatabase { database in
        var logged: Int32 = 0
        var copied: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(
          database.sqliteConnection, nil, SQLITE_CHECKPOINT_PASSIVE, &logged, &copied)
        guard code == SQLITE_OK || code == SQLITE_BUSY else {
          throw SQLiteFailure(code: code, detail: database.lastErrorMessage ?? "checkpoint failed")
        }
        return (Int(logged), Int(copied))
      }
    } catch {
      throw SQLiteFailure(error)
    }
  }

  /// All prepared statements must be gone.
  func close() {
    guard isOpen else { return }
    isOpen = false
    // A close that fails leaves nothing undone: what is committed is in the log.
    try? queue.close()
  }

  deinit { close() }
}
