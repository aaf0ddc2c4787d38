//! Which database a command works on: the one of a configuration, or one that is named outright.
import ArgumentParser
import FlowLoading
import Foundation
import JournalCore
import JournalPostgres
import JournalSQLite
import SwitchboardSDK

/// What a store must be able to do that an engine runs on.
typealias EngineJournal = JournalAdministration & PublicationStore

/// Where a journal is kept.
enum StoragePlace: Sendable, Hashable {
  /// Absolute, or relative to where the program was started.
  case sqlite(path: String)
  case postgres(url: String)

  /// `sqlite:FILE`, `postgres://…`, or a file's path.
  init(_ text: String) {
    if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
      self = .postgres(url: text)
    } else {
      self = .sqlite(path: text.hasPrefix("sqlite:") ? String(text.dropFirst(7)) : text)
    }
  }

  /// Opens what is there, beside a running engine too; changes no tables. Throws `StartupFailure`.
  func journal() async throws -> any JournalAdministration {
    switch self {
    case .sqlite(let path):
      guard SQLiteFile.exists(path) else { throw StartupFailure("no database at \(path)") }
      do throws(JournalError) { return try SQLiteJournal(existing: path) } catch {
        throw StartupFailure("\(error.code.rawValue): \(error.detail)")
      }
    case .postgres(let url):
      do throws(JournalError) { return try PostgresJournal(existing: url) } catch {
        throw StartupFailure("\(error.code.rawValue): \(error.detail)")
      }
    }
  }

  /// Opens for an engine: makes what is missing and brings it up to date. Throws `StartupFailure`.
  func engineJournal() throws -> any EngineJournal {
    do throws(JournalError) {
      switch self {
      case .sqlite(let path): return try SQLiteJournal(path: path)
      case .postgres(let url): return try PostgresJournal(url: url)
      }
    } catch { throw StartupFailure("storage: \(error.code.rawValue): \(error.detail)") }
  }

  /// What must be there before the database is opened. An engine keeps what it is given as long as it runs: nil
  /// where several may run. Throws `StartupFailure`.
  func prepare() throws -> DatabaseLock? {
    guard case .sqlite(let path) = self else { return nil }
    try DatabaseFile.prepare(path)
    return try DatabaseLock(of: path)
  }

  /// Whether there is a database to be opened.
  var isThere: Bool {
    switch self {
    case .sqlite(let path): SQLiteFile.exists(path)
    case .postgres(let url): ((try? PostgresJournal.versions(url: url))?.database ?? 0) > 0
    }
  }

  /// For people: no address that may hold a password.
  var shown: String {
    switch self {
    case .sqlite(let path): path
    case .postgres: "the PostgreSQL address of the configuration"
    }
  }

  /// As `/health` names it.
  var kind: String {
    switch self {
    case .sqlite: "sqlite"
    case .postgres: "postgres"
    }
  }
}

struct StorageOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "The configuration whose database is meant.")
  var config = "switchboard.yaml"

  @Option(help: "Instead of a configuration: an SQLite file, or postgres://USER@HOST/DATABASE.")
  var database: String?

  /// Throws `StartupFailure`.
  func place() throws -> StoragePlace {
    if let database { return StoragePlace(database) }
    guard let data = FileManager.default.contents(atPath: config) else {
      throw StartupFailure("\(config): no such configuration; give --config FILE or --database FILE")
    }
    let file = URL(fileURLWithPath: config).standardizedFileURL
    let environment = ProcessInfo.processInfo.environment
    // Only what must be known before plugins are: keys that are set for the engine alone are not asked for here.
    func load(_ secret: @escaping @Sendable (String) -> String) -> Loaded<Configuration> {
      ConfigurationLoader.load(
        source: Array(data), file: PathText.shown(file.path), manifests: nil, isTimeZone: { _ in true },
        resolver: SecretResolver(environment: { environment[$0] ?? "" }, secret: secret))
    }
    // Read twice: where secrets are kept is said in it.
    let secrets = load({ _ in "" }).content?.secretsFolder
      .map { URL(fileURLWithPath: $0, relativeTo: file.deletingLastPathComponent()) }
    let loaded = load { ConfigurationFile.secret($0, in: secrets, environment: environment) ?? "" }
    guard let configuration = loaded.content else {
      throw StartupFailure(loaded.diagnostics.map(\.text).joined(separator: "\n"))
    }
    // A secret that is missing must not lead to another database.
    let wrong = loaded.diagnostics.filter { $0.text.contains("'storage'") }
    guard wrong.isEmpty else { throw StartupFailure(wrong.map(\.text).joined(separator: "\n")) }
    switch configuration.storage {
    case .sqlite(let path):
      let folder = file.deletingLastPathComponent()
      return .sqlite(path: URL(fileURLWithPath: path, relativeTo: folder).standardizedFileURL.path)
    case .postgres(let url): return .postgres(url: url)
    }
  }

  func journal() async throws -> any JournalAdministration { try await place().journal() }

  /// Opens, asks, closes whatever happens.
  func withJournal<Answer: Sendable>(
    _ body: (any JournalAdministration) async throws -> Answer
  ) async throws -> Answer {
    let journal = try await journal()
    let result: Result<Answer, any Error>
    do { result = .success(try await body(journal)) } catch let error as JournalError {
      result = .failure(StartupFailure("\(error.code.rawValue): \(error.detail)"))
    } catch { result = .failure(error) }
    await journal.close()
    return try result.get()
  }
}
