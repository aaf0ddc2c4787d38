//! The journal in one SQLite file: WAL, `synchronous=FULL`, one group-committing writer, readers beside it.
internal import GRDB
package import FlowModel
package import JournalCore
package import SwitchboardSDK
internal import Synchronization

package final class SQLiteJournal: Journal {
  /// What the writer has done since the start.
  package struct Metrics: Sendable, Hashable {
    /// Transactions, each with one fsync.
    package var commits: Int
    /// Writes that they carried.
    package var operations: Int
  }

  let writer: GroupWriter
  let readers: ReaderPool
  private let checkpointer: Checkpointer

  /// Opens the file, or creates it in a folder that exists, and brings its schema up to date.
  /// Throws `.newerSchema`, `.corrupt` (also for a file that is no journal), `.readOnly`, `.full`, or `.unavailable`
  /// when it cannot be opened. Blocks while it does so.
  package convenience init(path: String) throws(JournalError) {
    try self.init(path: path, limits: .none)
  }

  /// Opens a file that is there, as it is: for commands beside a running engine, which must not find its tables
  /// changed. Throws `.unavailable` when its schema is older than this program's.
  package convenience init(existing path: String) throws(JournalError) {
    try self.init(path: path, limits: .none, migrates: false)
  }

  /// For tests of a full disk: the file may not grow past so many pages.
  package convenience init(path: String, pagesMax: Int) throws(JournalError) {
    try self.init(path: path, limits: .pages(pagesMax))
  }

  /// For the twin of the power-cut test, which must lose something: commits are acknowledged without being synced.
  package convenience init(unsyncedPath path: String) throws(JournalError) {
    try self.init(path: path, limits: .none, isSynced: false)
  }

  private enum FileLimit { case none, pages(Int) }

  private init(path: String, limits: FileLimit, isSynced: Bool = true, migrates: Bool = true) throws(JournalError) {
    do {
      let connection = try Connection(path: path, role: .writer, isSynced: isSynced)
      try connection.withDatabase { database in
        try Schema.check(database)
        if !migrates { try Schema.requireCurrent(database) }
        // Before the first table: WAL stays with the file.
        let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
        guard mode == "wal" else { throw JournalError(.unavailable, "\(path) does not take write-ahead logging") }
        if case .pages(let count) = limits { try database.execute(sql: "PRAGMA max_page_count = \(count)") }
        try Schema.migrate(database)
      }
      checkpointer = Checkpointer(try Connection(path: path, role: .checkpointer, isSynced: isSynced))
      writer = try GroupWriter(connection, checkpointer: checkpointer)
      readers = try ReaderPool(path: path)
    } catch let error as JournalError {
      throw JournalError(error.code, "\(path): \(error.detail)")
    } catch {
      let failure = SQLiteFailure(error).journalError
      throw JournalError(failure.code, "\(path): \(failure.detail)")
    }
  }

  /// For tests of a full disk: makes room again.
  package func allowPages(_ count: Int) async throws(JournalError) {
    try await writer.maintain { connection in
      try connection.withDatabase { try $0.execute(sql: "PRAGMA max_page_count = \(count)") }
    }
  }

  package var metrics: Metrics {
    Metrics(commits: writer.commits.load(ordering: .relaxed), operations: writer.operations.load(ordering: .relaxed))
  }

  package func close() async {
    readers.close()
    await checkpointer.close()
    await writer.close()
  }
}

// MARK: Writing

extension SQLiteJournal {
  package func append(_ records: [IntakeRecord]) async throws(JournalError) -> [Receipt] {
    try await writer.perform(.append(records)).receipts()
  }

  package func commit(_ change: RunChange) async throws(JournalError) {
    try await writer.perform(.commit(change)).done()
  }

  package func claimDeduplicationKey(
    flow: String, key: String, run: RunID, keepUntil: Timestamp, now: Timestamp
  ) async throws(JournalError) -> Bool {
    try await writer.perform(
      .claimDeduplicationKey(flow: flow, key: key, run: run, keepUntil: keepUntil, now: now)
    ).flag()
  }

  package func fireTimer(key: String, now: Timestamp) async throws(JournalError) -> OpenRun? {
    try await writer.perform(.fireTimer(key: key, now: now)).openRun()
  }

  package func setConnectionValue(connection: String, key: String, value: Value) async throws(JournalError) {
    try await writer.perform(.setConnectionValue(connection: connection, key: key, value: value)).done()
  }

  package func saveFlowVersion(_ version: FlowVersion) async throws(JournalError) {
    try await writer.perform(.saveFlowVersion(version)).done()
  }

  package func retryRun(_ id: RunID) async throws(JournalError) -> Bool {
    try await writer.perform(.retryRun(id)).flag()
  }

  package func dropRun(_ id: RunID) async throws(JournalError) -> Bool {
    try await writer.perform(.dropRun(id)).flag()
  }
}

// MARK: Reading

extension SQLiteJournal {
  package func openRuns(after: RunID, limit: Int) async throws(JournalError) -> [OpenRun] {
    try readers.read { tables throws(SQLiteFailure) in try tables.openRuns(after: after, limit: limit) }
  }

  package func run(_ id: RunID) async throws(JournalError) -> StoredRun? {
    try readers.read { tables throws(SQLiteFailure) in try tables.run(id) }
  }

  package func deliveries(of run: RunID) async throws(JournalError) -> [StoredDelivery] {
    try readers.read { tables throws(SQLiteFailure) in try tables.deliveries(of: run) }
  }

  package func timers(dueBefore moment: Timestamp, limit: Int) async throws(JournalError) -> [TimerRecord] {
    try readers.read { tables throws(SQLiteFailure) in try tables.timers(dueBefore: moment, limit: limit) }
  }

  package func conversation(_ key: String) async throws(JournalError) -> ConversationRecord? {
    try readers.read { tables throws(SQLiteFailure) in try tables.conversation(key) }
  }

  package func threads(of conversation: String) async throws(JournalError) -> [ThreadRecord] {
    try readers.read { tables throws(SQLiteFailure) in try tables.threads(of: conversation) }
  }

  package func conversation(
    ofThread thread: String, chat: String, connection: String
  ) async throws(JournalError) -> String? {
    try readers.read { tables throws(SQLiteFailure) in
      try tables.conversation(ofThread: thread, chat: chat, connection: connection)
    }
  }

  package func isOwnMessage(connection: String, chat: String, messageID: String) async throws(JournalError) -> Bool {
    try readers.read { tables throws(SQLiteFailure) in
      try tables.isOwnMessage(connection: connection, chat: chat, messageID: messageID)
    }
  }

  package func projectState(project: String, key: String) async throws(JournalError) -> StoredState {
    try readers.read { tables throws(SQLiteFailure) in try tables.projectState(project: project, key: key) }
  }

  package func connectionValue(connection: String, key: String) async throws(JournalError) -> Value {
    try readers.read { tables throws(SQLiteFailure) in try tables.connectionValue(connection: connection, key: key) }
  }

  package func flowVersion(flow: String, version: String) async throws(JournalError) -> FlowVersion? {
    try readers.read { tables throws(SQLiteFailure) in try tables.flowVersion(flow: flow, version: version) }
  }

  package func troubledRuns(limit: Int) async throws(JournalError) -> [TroubledRun] {
    try readers.read { tables throws(SQLiteFailure) in try tables.troubledRuns(limit: limit) }
  }

  package func counts() async throws(JournalError) -> JournalCounts {
    try readers.read { tables throws(SQLiteFailure) in try tables.counts() }
  }
}
