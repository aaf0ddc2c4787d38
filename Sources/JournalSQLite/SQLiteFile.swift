//! An SQLite journal as a file: its version, a copy of it while it is in use, and a copy put back.
internal import Foundation
internal import GRDB
internal import GRDBSQLite
internal import Glibc
package import JournalCore

package struct SQLiteFile: Sendable {
  package struct Versions: Sendable, Hashable {
    /// Of the file; 0 when it is empty.
    package var file: Int
    /// Of this program.
    package var program: Int

    package init(file: Int, program: Int) {
      self.file = file
      self.program = program
    }

    /// Of a file that is not there.
    package static var none: Versions { Versions(file: 0, program: Schema.version) }
  }

  package let path: String

  package init(path: String) { self.path = path }

  package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  package func versions() throws(JournalError) -> Versions {
    try read { database in
      try Schema.check(database)
      return Versions(file: try Schema.storedVersion(database), program: Schema.version)
    }
  }

  /// Looks at every page and table. Throws `.corrupt` for what is damaged or no journal, `.newerSchema`.
  /// - Returns: the size in bytes.
  @discardableResult
  package func verify() throws(JournalError) -> Int64 {
    try read { database in
      guard try database.tableExists("schema_version") else {
        throw JournalError(.corrupt, "the file is no journal of switchboard")
      }
      try Schema.check(database)
      let findings = try String.fetchAll(database, sql: "PRAGMA quick_check(3)")
      guard findings == ["ok"] else { throw JournalError(.corrupt, findings.joined(separator: "; ")) }
      let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
      return try pages * (Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0)
    }
  }

  /// Copies the state of this moment into a new file, also while an engine writes. The copy is complete, synced and
  /// verified when it gets its name. Throws `.unavailable` when there is a file of that name.
  package func copy(to target: String) throws(JournalError) {
    guard !Self.exists(target) else { throw JournalError(.unavailable, "\(target) exists already") }
    let part = target + ".part"
    try? FileManager.default.removeItem(atPath: part)
    guard FileManager.default.createFile(atPath: part, contents: nil, attributes: [.posixPermissions: 0o600]) else {
      throw JournalError(.unavailable, "\(part) cannot be written")
    }
    do {
      try transfer(to: part)
      try SQLiteFile(path: part).verify()
      try Self.rename(part, to: target)
    } catch {
      try? FileManager.default.removeItem(atPath: part)
      throw (error as? JournalError) ?? SQLiteFailure(error).journalError
    }
  }

  /// Puts this file in the place of another; what stood there gets a new name. Throws `.unavailable` when a program
  /// has the other one open.
  /// - Returns: where the replaced file is now, nil when there was none.
  package func restore(to target: String, aside: String) throws(JournalError) -> String? {
    try verify()
    let isReplacing = Self.exists(target)
    if isReplacing { try SQLiteFile(path: target).requireUnused() }
    let fresh = target + ".restored"
    try? FileManager.default.removeItem(atPath: fresh)
    try copy(to: fresh)
    if isReplacing {
      for suffix in ["", "-wal", "-shm"] where Self.exists(target + suffix) {
        try Self.rename(target + suffix, to: aside + suffix)
      }
    }
    try Self.rename(fresh, to: target)
    return isReplacing ? aside : nil
  }

  /// Throws `.unavailable` while some program has the file open.
  package func requireUnused() throws(JournalError) {
    do {
      var configuration = GRDB.Configuration()
      configuration.busyMode = .immediateError
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      defer { try? queue.close() }
      try queue.inDatabase { database in
        // Granted only to the one program that has the file open.
        try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        try database.execute(sql: "BEGIN EXCLUSIVE; ROLLBACK")
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED {
      throw JournalError(.unavailable, "\(path) is in use: stop the engine first")
    } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
      // What stands there is no database: nobody works with it, and it is kept beside.
      return
    } catch { throw SQLiteFailure(error).journalError }
  }

  private func read<Answer>(_ body: (Database) throws -> Answer) throws(JournalError) -> Answer {
    do {
      guard Self.exists(path) else { throw JournalError(.unavailable, "no such file") }
      // Not read-only: a file in WAL mode that nobody has open needs its log beside it for the moment.
      var configuration = GRDB.Configuration()
      configuration.busyMode = .timeout(5)
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      defer { try? queue.close() }
      return try queue.inDatabase(body)
    } catch let error as JournalError {
      throw JournalError(error.code, "\(path): \(error.detail)")
    } catch {
      let failure = SQLiteFailure(error).journalError
      throw JournalError(failure.code, "\(path): \(failure.detail)")
    }
  }

  private func transfer(to part: String) throws {
    let source = try DatabaseQueue(path: path)
    defer { try? source.close() }
    let copy = try DatabaseQueue(path: part)
    defer { try? copy.close() }
    // All pages in one step: a copy in several would begin anew whenever the engine writes, and never end.
    try source.backup(to: copy)
    // One file without a log beside it; the engine turns the log on again.
    try copy.inDatabase { database in try database.execute(sql: "PRAGMA journal_mode = DELETE") }
  }

  /// Durable, too: the folder is synced.
  private static func rename(_ path: String, to target: String) throws(JournalError) {
    guard Glibc.rename(path, target) == 0 else {
      throw JournalError(.unavailable, "\(path) cannot be renamed to \(target): \(String(cString: strerror(errno)))")
    }
    let folder = open(URL(fileURLWithPath: target).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }
}
