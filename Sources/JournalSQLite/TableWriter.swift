//! All changes of rows, one function a `JournalWrite`, inside a transaction that the group writer has begun.
internal import JournalCore
internal import SwitchboardSDK

/// Belongs to the writer's connection. Throws `SQLiteFailure` when the database fails, which undoes the transaction;
/// what is refused by the journal's own rules comes back as an outcome and has written nothing.
final class TableWriter {
  let names: WriteNames
  let intake: IntakeStatements
  let runs: RunStatements
  let deliveries: DeliveryStatements
  let timers: TimerStatements
  let conversations: ConversationStatements
  let small: SmallStatements
  /// Prepared when somebody first asks.
  var administration: AdministrationStatements?
  var state: StateStatements?
  /// Its owner keeps both.
  unowned let connection: Connection
  let publications: PublicationStatements

  init(_ connection: Connection) throws(SQLiteFailure) {
    names = try WriteNames(connection)
    intake = try IntakeStatements(connection)
    runs = try RunStatements(connection)
    deliveries = try DeliveryStatements(connection)
    timers = try TimerStatements(connection)
    conversations = try ConversationStatements(connection)
    small = try SmallStatements(connection)
    self.connection = connection
    publications = try PublicationStatements(connection)
  }

  func apply(_ write: JournalWrite) throws(SQLiteFailure) -> JournalWriteOutcome {
    switch write {
    case .append(let records):
      var receipts: [Receipt] = []
      receipts.reserveCapacity(records.count)
      for record in records { receipts.append(try append(record)) }
      return .receipts(receipts)
    case .commit(let change): return try commit(change)
    case .claimDeduplicationKey(let flow, let key, let run, let keepUntil, let now):
      return .flag(try claim(flow: flow, key: key, run: run, keepUntil: keepUntil, now: now))
    case .fireTimer(let key, let now, _): return .openRun(try fireTimer(key: key, now: now))
    case .setConnectionValue(let connection, let key, let value):
      try setValue(connection: connection, key: key, value: value)
      return .done
    case .saveFlowVersion(let version):
      try save(version)
      return .done
    case .retryRun(let id): return .flag(try runs.mend(id, to: .queued))
    case .dropRun(let id): return .flag(try runs.mend(id, to: .dropped))
    case .administer(let write): return try apply(write)
    // A file belongs to one process: nothing is handed over.
    case .takeHandedOver: return .openRuns([])
    case .publication(let write): return try apply(write)
    }
  }
}
