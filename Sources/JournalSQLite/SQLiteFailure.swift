//! SQLite's result codes as the journal's errors, once for all callers.
internal import GRDB
internal import GRDBSQLite
internal import JournalCore

/// A failed call of SQLite: primary and extended code in one number, and the library's own words.
struct SQLiteFailure: Error, Sendable, Hashable {
  var code: Int32
  var detail: String

  init(code: Int32, detail: String) {
    self.code = code
    self.detail = detail
  }

  init(_ error: any Error) {
    if let failure = error as? SQLiteFailure {
      self = failure
    } else if let error = error as? DatabaseError {
      self.init(code: error.extendedResultCode.rawValue, detail: error.message ?? "no further words from SQLite")
    } else {
      self.init(code: SQLITE_ERROR, detail: "\(error)")
    }
  }

  private var primary: Int32 { code & 0xFF }

  /// Whether the trouble lies with the file or the disk, so that a smaller transaction would fail as well.
  var isOfStorage: Bool {
    switch primary {
    case SQLITE_FULL, SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_BUSY,
      SQLITE_LOCKED, SQLITE_PROTOCOL, SQLITE_PERM, SQLITE_NOMEM: true
    default: false
    }
  }

  var journalError: JournalError {
    let code: JournalError.Code =
      switch primary {
      case SQLITE_FULL: .full
      case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
      case SQLITE_READONLY, SQLITE_PERM: .readOnly
      default: .unavailable
      }
    return JournalError(code, "SQLite: \(detail) (code \(self.code))")
  }
}
