//! `switchboard migrate`: brings a database to the program's version, or says whether it is there.
import ArgumentParser
import JournalCore
import JournalPostgres
import JournalSQLite
import SwitchboardSDK

struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Brings the database to this program's version.",
    discussion: """
      'switchboard run' does the same at its start. With --check nothing is changed: exit 0 when nothing is to do, 1
      when something is. A database of a newer program is refused with 2. Make a backup before you change versions.

      Example:  switchboard migrate --check
      """)

  @OptionGroup var storage: StorageOptions
  @Flag(help: "Only say what would be done.") var check = false
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let versions: SQLiteFile.Versions
    do {
      versions = try await migrated()
    } catch let error as JournalError { throw StartupFailure("\(error.code.rawValue): \(error.detail)") }
    let pending = versions.program - versions.file
    if json {
      print(
        JSON.text([
          "database": .int(Int64(versions.file)), "program": .int(Int64(versions.program)),
          "migrations": .int(Int64(pending)), "ran": .bool(!check),
        ]))
    } else if pending == 0 {
      print("schema version \(versions.file): nothing to do")
    } else {
      let count = pending == 1 ? "1 migration" : "\(pending) migrations"
      print("schema version \(versions.file) → \(versions.program): \(count) \(check ? "to run" : "run")")
    }
    if check, pending > 0 { throw ExitCode(1) }
  }

  /// The versions before anything was changed.
  private func migrated() async throws -> SQLiteFile.Versions {
    let path: String
    switch try storage.place() {
    case .sqlite(let file): path = file
    case .postgres(let url):
      let versions = try PostgresJournal.versions(url: url)
      if !check, versions.database < versions.program { await (try PostgresJournal(url: url)).close() }
      return SQLiteFile.Versions(file: versions.database, program: versions.program)
    }
    let isThere = SQLiteFile.exists(path)
    if !check { try DatabaseFile.prepare(path) }
    let versions = isThere || !check ? try SQLiteFile(path: path).versions() : SQLiteFile.Versions.none
    if !check, versions.file < versions.program { await (try SQLiteJournal(path: path)).close() }
    return versions
  }
}
