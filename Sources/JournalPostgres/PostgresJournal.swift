//! The journal in a PostgreSQL database: one group-committing writer, two connections for questions beside it.
package import JournalCore
package import SwitchboardSDK
internal import Synchronization

package final class PostgresJournal: Journal {
  /// What the writer has done since the start.
  package struct Metrics: Sendable, Hashable {
    /// Transactions.
    package var commits: Int
    /// Writes that they carried.
    package var operations: Int
  }

  let writer: GroupWriter
  let quick: GroupReader
  let slow: GroupReader
  let names = NameTable()
  /// As one of several nodes (`PostgresJournal+Cluster`).
  let cluster: ClusterLine
  let listener: HintListener
  let membership = Mutex<NodeNumber?>(nil)
  let sessionName: String
  let settings: PostgresSettings
  private let room = WaitingRoom()
  /// This program's row in `writers`.
  package let writerID: Int64

  /// Connects and brings the schema up to date. Blocks while it does so.
  /// Throws `.newerSchema`, `.corrupt` (tables of another program), `.readOnly`, `.full`, or `.unavailable`.
  package convenience init(url: String, settings: PostgresSettings = PostgresSettings()) throws(JournalError) {
    try self.init(url: url, settings: settings, migrates: true)
  }

  /// Opens what is there, as it is: for commands beside a running engine, which must not find its tables changed.
  /// Throws `.unavailable` when the schema is older than this program's.
  package convenience init(existing url: String) throws(JournalError) {
    try self.init(url: url, settings: PostgresSettings(), migrates: false)
  }

  /// The schema's version, 0 when there is none, and this program's. Changes nothing.
  package static func versions(url: String) throws(JournalError) -> (database: Int, program: Int) {
    let address = try PostgresAddress(url)
    let connection = try connection(address, PostgresSettings())
    return (try Schema.storedVersion(connection, schema: address.schema), Schema.version)
  }

  private static func connection(
    _ address: PostgresAddress, _ settings: PostgresSettings
  ) throws(JournalError) -> PostgresConnection {
    do throws(PostgresFailure) {
      return try PostgresConnection(address, name: "switchboard opening", settings: settings)
    } catch { throw error.journalError }
  }

  private init(url: String, settings: PostgresSettings, migrates: Bool) throws(JournalError) {
    let address = try PostgresAddress(url)
    let writerID = Int64.random(in: 1...Int64.max)
    self.writerID = writerID
    let sessionName = "switchboard \(writerID)"
    self.sessionName = sessionName
    self.settings = settings
    let room = room
    cluster = ClusterLine(address, name: sessionName, room: room, settings: settings)
    listener = HintListener(address, name: sessionName, settings: settings)
    let names = names
    writer = try GroupWriter(room: room, settings: settings) { wait throws(JournalError) in
      let first = try Self.connection(address, settings)
      // The statements can be prepared once their tables are there.
      if migrates { try Schema.migrate(first, schema: address.schema) } else {
        try Schema.requireCurrent(first, schema: address.schema)
      }
      return try Self.open(address, writerID, names, settings, sessionName, wait)
    }
    func reader(_ role: PostgresSession.Role, isQuick: Bool) -> GroupReader {
      let statements = ReadStatement.allCases.filter { $0.isQuick == isQuick || $0 == .names }
      let session = PostgresSession(
        address, role: role, name: sessionName, settings: settings,
        statements: statements.map { ($0.rawValue, $0.sql) })
      return GroupReader(
        session, names: names, label: role.rawValue, room: room,
        patienceMilliseconds: isQuick ? settings.callerPatienceMilliseconds : nil, settings: settings)
    }
    quick = reader(.quickReader, isQuick: true)
    slow = reader(.slowReader, isQuick: false)
  }

  private static func open(
    _ address: PostgresAddress, _ writerID: Int64, _ names: NameTable, _ settings: PostgresSettings,
    _ sessionName: String, _ wait: @escaping BatchWriter.Waiting
  ) throws(JournalError) -> BatchWriter {
    do throws(PostgresFailure) {
      let session = PostgresSession(
        address, role: .writer, name: sessionName, settings: settings,
        statements: WriteStatement.allCases.map { ($0.rawValue, $0.sql) })
      let mark = BatchMark(writer: writerID)
      let lastRun = try session.use { connection throws(PostgresFailure) in
        try mark.register(connection)
        let last = try connection.run("SELECT coalesce(max(id), 0) FROM runs")?.text(0, 0) ?? ""
        names.learn(try connection.round([(WriteStatement.allNames.rawValue, StatementParameters())])[0])
        return Int64(last) ?? 0
      }
      return BatchWriter(
        session, names: names, mark: mark, sessionName: session.fullName, lastRun: lastRun, settings: settings,
        wait: wait)
    } catch {
      throw error.journalError
    }
  }

  package var metrics: Metrics {
    Metrics(commits: writer.commits.load(ordering: .relaxed), operations: writer.operations.load(ordering: .relaxed))
  }

  package func close() async {
    listener.close()
    // Side by side: a silent server must not cost each of them its patience.
    await withDiscardingTaskGroup { group in
      group.addTask { await self.cluster.close() }
      group.addTask { await self.quick.close() }
      group.addTask { await self.slow.close() }
      group.addTask { await self.writer.close() }
    }
  }
}

// MARK: Writing

extension PostgresJournal {
  package func requireSettled() throws(JournalError) { try writer.requireSettled() }
  package func hasten() { room.hasten() }

  package func append(_ records: [IntakeRecord]) async throws(JournalError) -> [Receipt] {
    let receipts = try await writer.perform(.append(records)).receipts()
    if records.contains(where: { $0.runs.contains(where: \.isHandedOver) }) { cluster.hint() }
    return receipts
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
