//! `switchboard db backup|restore|copy|info`: the database as a whole.
import ArgumentParser
import Foundation
import JournalCore
import JournalPostgres
import JournalSQLite
import SwitchboardSDK

struct DatabaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db",
    abstract: "Backs the database up, puts a backup back, or tells how large it is.",
    discussion: """
      Example:  switchboard db backup /backups/monday.db
                switchboard db restore /backups/monday.db --replace
      """,
    subcommands: [Backup.self, Restore.self, Copy.self, Info.self])

  struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Copies the database of this moment into one file, also beside a running engine.",
      discussion: """
        The copy is checked before it gets its name. An existing file is never overwritten.

        Example:  switchboard db backup /backups/monday.db
        """)
    @OptionGroup var storage: StorageOptions
    @Argument(help: "The file to make.") var file: String
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let path = try DatabaseCommand.sqlitePath(storage) {
        """
        PostgreSQL is backed up with its own tool, also beside running engines:
          pg_dump --format=custom --schema='\($0.schema)' --file='\(file)' '\($0.url)'
        """
      }
      guard SQLiteFile.exists(path) else { throw StartupFailure("no database at \(path)") }
      let size = try DatabaseCommand.told { () throws(JournalError) in
        try SQLiteFile(path: path).copy(to: file)
        return try SQLiteFile(path: file).verify()
      }
      if json {
        print(JSON.text(["file": .text(file), "bytes": .int(size)]))
      } else {
        print("\(file): \(size) bytes, checked")
      }
    }
  }

  struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Puts a backup in the database's place.",
      discussion: """
        Refused while an engine runs on the database. With --replace a database that is there is kept beside, under
        a new name. What was received after the backup was made is not fetched from the channels again.

        Example:  switchboard db restore /backups/monday.db --replace
        """)
    @OptionGroup var storage: StorageOptions
    @Argument(help: "The backup.") var file: String
    @Flag(help: "Also when there is a database already.") var replace = false
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let path = try DatabaseCommand.sqlitePath(storage) {
        """
        PostgreSQL is put back with its own tool, while no engine runs on it:
          pg_restore --clean --if-exists --single-transaction --dbname='\($0.url)' '\(file)'
        """
      }
      guard SQLiteFile.exists(file) else { throw StartupFailure("no backup at \(file)") }
      if SQLiteFile.exists(path), !replace {
        throw StartupFailure("there is a database at \(path): repeat with --replace to put it aside")
      }
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      let aside = "\(path).replaced-\(SystemClock().now().milliseconds)"
      let replaced = try DatabaseCommand.told { () throws(JournalError) in
        try SQLiteFile(path: file).restore(to: path, aside: aside)
      }
      if json {
        print(JSON.text(["database": .text(path), "replaced": replaced.map(Value.text) ?? .null]))
      } else {
        print("\(path) is restored" + (replaced.map { "; what was there is now \($0)" } ?? ""))
      }
    }
  }

  struct Copy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Copies a stopped engine's SQLite file into an empty PostgreSQL database.",
      discussion: """
        Every row keeps its number. Each table is read again and compared before anything of it stays. The file must not
        be in use, the target must be empty.

        Example:  switchboard db copy --from sqlite:var/switchboard.db --to postgres://switchboard@db/switchboard
        """)
    @Option(help: "sqlite:FILE.") var from: String
    @Option(help: "postgres://USER@HOST/DATABASE.") var to: String
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      guard case .sqlite(let path) = StoragePlace(from), case .postgres(let url) = StoragePlace(to) else {
        throw StartupFailure("only sqlite:FILE can be copied, and only to postgres://…")
      }
      guard SQLiteFile.exists(path) else { throw StartupFailure("no database at \(path)") }
      let copied = try DatabaseCommand.told { () throws(JournalError) in
        let source = try SQLiteRows(path: path)
        defer { source.close() }
        let target = try PostgresRows(url: url)
        defer { target.close() }
        return try JournalCopy.run(from: source, to: target)
      }
      if json {
        print(JSON.text(.list(copied.map { ["table": .text($0.table), "rows": .int(Int64($0.rows))] })))
      } else {
        for table in copied { print("\(table.table): \(table.rows) rows, compared") }
      }
    }
  }

  struct Info: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Its size, its rows, and how far back it remembers.",
      discussion: "Example:  switchboard db info --json")
    @OptionGroup var storage: StorageOptions
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let facts = try await storage.withJournal { try await $0.databaseFacts() }
      if json {
        print(JSON.text(DatabaseCommand.value(facts)))
        return
      }
      print("\(facts.kind), schema version \(facts.schemaVersion), \(facts.sizeBytes) bytes, \(facts.freeBytes) free")
      print("events from \(facts.oldestEventAt?.description ?? "-") to \(facts.newestEventAt?.description ?? "-")")
      for table in facts.tables { print("  \(table.name): \(table.isExact ? "" : "at most ")\(table.rows)") }
    }
  }

  private static func value(_ facts: DatabaseFacts) -> Value {
    [
      "kind": .text(facts.kind), "schema_version": .int(Int64(facts.schemaVersion)), "bytes": .int(facts.sizeBytes),
      "free_bytes": .int(facts.freeBytes),
      "oldest_event_at": facts.oldestEventAt.map { .text($0.description) } ?? .null,
      "newest_event_at": facts.newestEventAt.map { .text($0.description) } ?? .null,
      "tables": .list(
        facts.tables.map { ["name": .text($0.name), "rows": .int($0.rows), "exact": .bool($0.isExact)] }),
    ]
  }

  /// `instead` says how it is done with a PostgreSQL at this address, in which there is no password any more.
  private static func sqlitePath(
    _ storage: StorageOptions, instead: ((url: String, schema: String)) -> String
  ) throws -> String {
    switch try storage.place() {
    case .sqlite(let path): return path
    case .postgres(let url):
      throw StartupFailure(
        instead(shown(url)) + "\nThe password is best left to PGPASSFILE; --schema is where the tables lie.")
    }
  }

  private static func shown(_ url: String) -> (url: String, schema: String) {
    guard var parts = URLComponents(string: url) else { return ("postgres://USER@HOST/DATABASE", "switchboard") }
    parts.password = nil
    let schema = parts.queryItems?.last { $0.name == "schema" }?.value
    parts.queryItems?.removeAll { $0.name == "schema" || $0.name == "password" }
    if parts.queryItems?.isEmpty ?? false { parts.queryItems = nil }
    return (parts.string ?? "postgres://USER@HOST/DATABASE", schema ?? "switchboard")
  }

  private static func told<Answer>(_ work: () throws(JournalError) -> Answer) throws -> Answer {
    do throws(JournalError) { return try work() } catch {
      throw StartupFailure("\(error.code.rawValue): \(error.detail)")
    }
  }
}
