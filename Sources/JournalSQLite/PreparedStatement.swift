//! A statement that is prepared once by GRDB and then bound, stepped and read through SQLite's own functions:
//! GRDB's rows and arguments cost more than the rows themselves when a message writes eight of them.
internal import GRDB
internal import GRDBSQLite
internal import SwitchboardSDK

/// Belongs to one connection and is used only where that connection is.
struct PreparedStatement {
  /// Keeps the handle alive and finalizes it.
  private let owner: Statement
  private let handle: OpaquePointer

  init(_ database: Database, _ sql: String) throws(SQLiteFailure) {
    do {
      owner = try database.makeStatement(sql: sql)
      handle = owner.sqliteStatement
    } catch {
      throw SQLiteFailure(error)
    }
  }

  /// True when a row is there, false at the end.
  func step() throws(SQLiteFailure) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default:
      let database = sqlite3_db_handle(handle)
      throw SQLiteFailure(
        code: sqlite3_extended_errcode(database), detail: String(cString: sqlite3_errmsg(database)))
    }
  }

  /// Makes the statement ready for the next use and lets go of what was bound by reference.
  func reset() { sqlite3_reset(handle) }

  /// Runs to the end and resets, whatever happens.
  func run() throws(SQLiteFailure) {
    defer { reset() }
    while try step() {}
  }

  /// Rows that the last run of this kind of statement inserted, changed or deleted.
  var changedRows: Int32 { sqlite3_changes(sqlite3_db_handle(handle)) }
  /// Whether the connection has a transaction open; SQLite ends one by itself after some failures.
  var isInTransaction: Bool { sqlite3_get_autocommit(sqlite3_db_handle(handle)) == 0 }
  var lastInsertedID: Int64 { sqlite3_last_insert_rowid(sqlite3_db_handle(handle)) }
}

// MARK: Binding (indices from 1)

extension PreparedStatement {
  func bind(_ index: Int32, _ number: Int64) { sqlite3_bind_int64(handle, index, number) }
  func bind(_ index: Int32, _ number: Int) { sqlite3_bind_int64(handle, index, Int64(number)) }
  func bind(_ index: Int32, _ moment: Timestamp) { sqlite3_bind_int64(handle, index, moment.milliseconds) }
  func bindNull(_ index: Int32) { sqlite3_bind_null(handle, index) }

  func bind(_ index: Int32, _ moment: Timestamp?) {
    if let moment { bind(index, moment) } else { bindNull(index) }
  }

  func bind(_ index: Int32, _ text: String) {
    var text = text
    text.withUTF8 { bytes in
      // An empty buffer may have no address, which SQLite would take for NULL.
      guard let address = bytes.baseAddress else { return Self.bindEmptyText(handle, index) }
      address.withMemoryRebound(to: CChar.self, capacity: bytes.count) { characters in
        _ = sqlite3_bind_text64(
          handle, index, characters, UInt64(bytes.count), Self.transient, UInt8(SQLITE_UTF8))
      }
    }
  }

  func bind(_ index: Int32, _ text: String?) {
    if let text { bind(index, text) } else { bindNull(index) }
  }

  func bind(_ index: Int32, _ bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      guard let address = buffer.baseAddress, !buffer.isEmpty else {
        sqlite3_bind_zeroblob(handle, index, 0)
        return
      }
      sqlite3_bind_blob64(handle, index, address, UInt64(buffer.count), Self.transient)
    }
  }

  func bind(_ index: Int32, _ bytes: [UInt8]?) {
    if let bytes { bind(index, bytes) } else { bindNull(index) }
  }

  /// `.null` as NULL, all else as JSON.
  func bind(_ index: Int32, _ value: Value) {
    if value.isNull { bindNull(index) } else { bind(index, JSON.bytes(value)) }
  }

  private static func bindEmptyText(_ handle: OpaquePointer, _ index: Int32) {
    sqlite3_bind_text64(handle, index, "", 0, transient, UInt8(SQLITE_UTF8))
  }

  /// SQLITE_TRANSIENT: SQLite copies what is bound, because Swift lends its bytes for the call only.
  private static var transient: sqlite3_destructor_type? { unsafeBitCast(-1, to: sqlite3_destructor_type?.self) }
}

// MARK: Reading (indices from 0)

extension PreparedStatement {
  func int64(_ index: Int32) -> Int64 { sqlite3_column_int64(handle, index) }
  func int(_ index: Int32) -> Int { Int(sqlite3_column_int64(handle, index)) }
  func isNull(_ index: Int32) -> Bool { sqlite3_column_type(handle, index) == SQLITE_NULL }
  func timestamp(_ index: Int32) -> Timestamp { Timestamp(milliseconds: int64(index)) }
  func optionalTimestamp(_ index: Int32) -> Timestamp? { isNull(index) ? nil : timestamp(index) }

  func text(_ index: Int32) -> String {
    guard let address = sqlite3_column_text(handle, index) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, index))
    return String(decoding: UnsafeBufferPointer(start: address, count: count), as: UTF8.self)
  }

  func optionalText(_ index: Int32) -> String? { isNull(index) ? nil : text(index) }

  func bytes(_ index: Int32) -> [UInt8] {
    guard let address = sqlite3_column_blob(handle, index) else { return [] }
    return Array(UnsafeRawBufferPointer(start: address, count: Int(sqlite3_column_bytes(handle, index))))
  }

  func optionalBytes(_ index: Int32) -> [UInt8]? { isNull(index) ? nil : bytes(index) }

  /// JSON that this store has written itself; damage that leaves SQLite's pages readable reads as `.null`.
  func value(_ index: Int32) -> Value {
    guard !isNull(index), let value = try? JSON.parse(bytes(index)) else { return .null }
    return value
  }
}
