//! Many writes, one transaction, one round to the server and back. One that the journal refuses fails alone; one that
//! the database cannot take is tried by itself; one whose answer was lost is looked up before it is answered.
internal import JournalCore
internal import SwitchboardSDK

/// Belongs to the group writer's queue.
final class BatchWriter {
  /// Waits for so many milliseconds; false when the journal is being closed. Told why, for those who are refused
  /// meanwhile.
  typealias Waiting = (_ milliseconds: Int, _ isOutageShort: Bool, _ failure: PostgresFailure) -> Bool

  private enum Trouble: Error {
    /// Nothing has reached the server.
    case notSent(PostgresFailure)
    case refused(PostgresFailure)
    /// Sent, not answered.
    case unknown(PostgresFailure)
  }

  /// A transaction that another one was in the way of is repeated so often.
  private static let contentionTriesMax = 5

  let session: PostgresSession
  let names: NameTable
  var mark: BatchMark
  private let sessionName: String
  private let wait: Waiting
  private var outage: Outage
  /// The newest run that this writer has seen.
  private var lastRun: RunID

  init(
    _ session: PostgresSession, names: NameTable, mark: BatchMark, sessionName: String, lastRun: RunID,
    settings: PostgresSettings, wait: @escaping Waiting
  ) {
    self.session = session
    self.names = names
    self.mark = mark
    self.sessionName = sessionName
    self.lastRun = lastRun
    self.wait = wait
    outage = Outage(settings)
  }

  /// The old row is left to whom it belongs: to nobody, or to those who have fenced it.
  func count(on writer: Int64) throws(PostgresFailure) {
    let old = mark
    let next = BatchMark(writer: writer)
    try session.use { connection throws(PostgresFailure) in
      try next.register(connection)
      try old.unregister(connection)
    }
    mark = next
  }

  /// One outcome for each write, in their order. Outcomes that are not `.failed` are durable.
  func write(_ writes: [JournalWrite]) -> [JournalWriteOutcome] {
    var outcomes = [JournalWriteOutcome?](repeating: nil, count: writes.count)
    var others: [Int] = []
    for (index, write) in writes.enumerated() {
      if let refusal = Self.refusal(of: write) { outcomes[index] = .failed(refusal) } else { others.append(index) }
    }
    for (index, outcome) in zip(others, attempt(others.map { writes[$0] })) { outcomes[index] = outcome }
    return outcomes.map { $0 ?? .failed(Self.unanswered) }
  }

  private func attempt(_ writes: [JournalWrite]) -> [JournalWriteOutcome] {
    guard !writes.isEmpty else { return [] }
    var tries = 0
    while true {
      do throws(Trouble) {
        let outcomes = try transaction(writes)
        outage.ended()
        return outcomes
      } catch {
        switch error {
        case .notSent(let failure):
          guard outage.isShort, wait(outage.failed(), outage.isShort, failure) else { return all(writes, failure) }
        case .unknown: return lookedUp(writes)
        case .refused(let failure):
          if failure.isContention, tries < Self.contentionTriesMax { tries += 1 } else {
            return apart(writes, failure)
          }
        }
      }
    }
  }

  /// The batch as a whole was refused: finds those that are the cause.
  private func apart(_ writes: [JournalWrite], _ failure: PostgresFailure) -> [JournalWriteOutcome] {
    if failure.isRefusal, failure.statement == 1 { return afterForeignMark(writes) }
    if failure.isOfStorage { return all(writes, failure) }
    if failure.isRefusal, let closed = closedRuns(writes) {
      var outcomes = [JournalWriteOutcome?](repeating: nil, count: writes.count)
      var others: [Int] = []
      for (index, write) in writes.enumerated() {
        if case .commit(let change) = write, closed.contains(change.run) {
          outcomes[index] = .failed(Self.closed(change.run))
        } else {
          others.append(index)
        }
      }
      if others.count < writes.count {
        for (index, outcome) in zip(others, attempt(others.map { writes[$0] })) { outcomes[index] = outcome }
        return outcomes.map { $0 ?? .failed(Self.unanswered) }
      }
    }
    guard writes.count > 1 else {
      // By itself, of an open run: then it is its values that others have changed.
      if failure.isRefusal, case .commit(let change)? = writes.first, change.values != nil {
        return [.failed(JournalError(.conflict, "a value was changed meanwhile"))]
      }
      return all(writes, failure)
    }
    // Two changes of one run, of which the first closes it, look well each by itself.
    let middle = writes.count / 2
    return attempt(Array(writes[..<middle])) + attempt(Array(writes[middle...]))
  }

  private func all(_ writes: [JournalWrite], _ failure: PostgresFailure) -> [JournalWriteOutcome] {
    Array(repeating: .failed(failure.journalError), count: writes.count)
  }

  private func transaction(_ writes: [JournalWrite]) throws(Trouble) -> [JournalWriteOutcome] {
    let connection: PostgresConnection
    do throws(PostgresFailure) {
      connection = try session.connection()
      try learnNames(of: writes, connection)
    } catch {
      if error.isConnectionLost { session.drop() }
      throw error.isOfStorage && !error.isConnectionLost && session.isConnected ? .refused(error) : .notSent(error)
    }
    var plan = BatchPlan(names: names)
    for (index, write) in writes.enumerated() { plan.add(write, index: index) }
    plan.finish()
    var statements: [(name: String, parameters: StatementParameters)] = [
      (WriteStatement.begin.rawValue, StatementParameters()), (WriteStatement.mark.rawValue, mark.next),
    ]
    statements += plan.statements.map { ($0.statement.rawValue, $0.parameters) }
    statements.append((WriteStatement.commit.rawValue, StatementParameters()))
    do throws(PostgresFailure) {
      let answers = try connection.round(statements)
      mark.committed()
      var answer = BatchAnswer(writes: writes, lastRun: lastRun)
      answer.take(Array(answers[2..<answers.count - 1]), of: plan)
      let outcomes = answer.answered()
      lastRun = outcomes.lastRun
      return outcomes.byWrite
    } catch {
      if error.isConnectionLost {
        session.drop()
        throw .unknown(error)
      }
      do throws(PostgresFailure) { try connection.run("ROLLBACK") } catch { session.drop() }
      throw .refused(error)
    }
  }

  /// Names are added outside of the transaction: one that nothing stands on yet does no harm.
  private func learnNames(of writes: [JournalWrite], _ connection: PostgresConnection) throws(PostgresFailure) {
    let unknown = names.unknown(of: writes.flatMap(BatchPlan.names))
    guard !unknown.isEmpty else { return }
    var column = ArrayColumn(.text)
    for name in unknown { column.append(name.text) }
    var parameters = StatementParameters()
    parameters.add(column)
    let answers = try connection.round([
      (WriteStatement.addNames.rawValue, parameters), (WriteStatement.allNames.rawValue, StatementParameters()),
    ])
    names.learn(answers[1])
  }

  /// Runs of these changes that are closed or unknown; nil when that cannot be asked.
  private func closedRuns(_ writes: [JournalWrite]) -> Set<RunID>? {
    var runs: Set<RunID> = []
    for case .commit(let change) in writes { runs.insert(change.run) }
    var column = ArrayColumn(.int8)
    for run in runs { column.append(run) }
    var parameters = StatementParameters()
    parameters.add(column)
    let open = try? session.use { connection throws(PostgresFailure) in
      try connection.round([(WriteStatement.openRunsOf.rawValue, parameters)])[0]
    }
    guard let open else { return nil }
    return runs.subtracting((0..<open.count).map { open.int64($0, 0) })
  }

  private func knownEvents(
    _ columns: [ArrayColumn], transaction: Int64, _ connection: PostgresConnection
  ) throws(PostgresFailure) -> ResultRows {
    var parameters = StatementParameters()
    for column in columns { parameters.add(column) }
    parameters.add(transaction)
    return try connection.round([(WriteStatement.knownEvents.rawValue, parameters)])[0]
  }

  // MARK: After a loss

  /// Finds out what became of the last transaction, however long that takes.
  private func lookedUp(_ writes: [JournalWrite]) -> [JournalWriteOutcome] {
    while true {
      do throws(PostgresFailure) {
        let connection = try session.connection()
        switch try mark.standing(connection, name: sessionName) {
        case .notCommitted:
          outage.ended()
          return attempt(writes)
        case .fenced: return all(writes, Self.fenced)
        case .committed(let transaction):
          var outcomes = try answers(to: writes, writtenBy: transaction, connection)
          mark.committed()
          outage.ended()
          // A key that was taken stays taken by the same run: asked again, it answers as it did. What people asked
          // for is as they wanted it.
          let claims = writes.indices.filter { index in
            switch writes[index] {
            case .claimDeduplicationKey, .administer, .publication: true
            default: false
            }
          }
          for (index, outcome) in zip(claims, attempt(claims.map { writes[$0] })) { outcomes[index] = outcome }
          return outcomes
        }
      } catch {
        session.drop()
        guard wait(outage.failed(), outage.isShort, error) else { return all(writes, error) }
      }
    }
  }

  /// What a committed transaction would have answered, read from the rows that it left.
  private func answers(
    to writes: [JournalWrite], writtenBy transaction: Int64, _ connection: PostgresConnection
  ) throws(PostgresFailure) -> [JournalWriteOutcome] {
    var intake = IntakeColumns()
    for (index, write) in writes.enumerated() {
      guard case .append(let records) = write else { continue }
      for record in records { intake.add(record, write: index) { names.identifier($0) ?? 0 } }
    }
    let known = try knownEvents(intake.identityColumns, transaction: transaction, connection)
    var parameters = StatementParameters()
    parameters.add(lastRun)
    parameters.add(transaction)
    let started = try connection.round([(WriteStatement.startedRuns.rawValue, parameters)])[0]
    var answer = BatchAnswer(writes: writes, lastRun: lastRun)
    answer.take(known: known, started: started, intake: intake)
    for (index, write) in writes.enumerated() {
      switch write {
      case .retryRun(let run): answer.flag(index, try status(of: run, connection) == .queued)
      case .dropRun(let run): answer.flag(index, try status(of: run, connection) == .dropped)
      case .takeHandedOver(let partitions, _):
        answer.openRuns(index, try taken(partitions, by: transaction, besides: writes, answer.begun, connection))
      default: break
      }
    }
    let outcomes = answer.answered()
    lastRun = outcomes.lastRun
    return outcomes.byWrite
  }

  /// Runs that the transaction took the mark off: those it changed otherwise are known.
  private func taken(
    _ partitions: Set<Int>, by transaction: Int64, besides writes: [JournalWrite], _ assigned: Set<RunID>,
    _ connection: PostgresConnection
  ) throws(PostgresFailure) -> [OpenRun] {
    var others = assigned
    for write in writes {
      switch write {
      case .commit(let change): others.insert(change.run)
      case .retryRun(let run), .dropRun(let run): others.insert(run)
      default: break
      }
    }
    var parameters = StatementParameters()
    parameters.add(transaction)
    parameters.add(ArrayColumn(partitions: partitions))
    let rows = try connection.round([(WriteStatement.takenRuns.rawValue, parameters)])[0]
    return BatchAnswer.openRuns(rows).filter { !others.contains($0.id) }
  }

  private func status(of run: RunID, _ connection: PostgresConnection) throws(PostgresFailure) -> RunStatus? {
    var parameters = StatementParameters()
    parameters.add(run)
    let rows = try connection.round([(WriteStatement.runStatus.rawValue, parameters)])[0]
    return rows.count == 0 ? nil : RunStatus(rawValue: rows.int(0, 0))
  }

  /// The mark was not as we left it: the row is gone (a long idle program's), or it is fenced.
  private func afterForeignMark(_ writes: [JournalWrite]) -> [JournalWriteOutcome] {
    let isGone = try? session.use { connection throws(PostgresFailure) in
      try connection.run("SELECT 1 FROM writers WHERE id = \(mark.writer)")?.count == 0
    }
    guard isGone == true else { return all(writes, Self.fenced) }
    do throws(PostgresFailure) {
      try session.use { connection throws(PostgresFailure) in try mark.register(connection) }
    } catch { return all(writes, error) }
    return attempt(writes)
  }

  private static func refusal(of write: JournalWrite) -> JournalError? {
    guard case .commit(let change) = write else { return nil }
    let isInRange =
      change.run > 0 && change.run <= DeliveryKey.runMax && change.deliveries.allSatisfy(DeliveryKey.isInRange)
    return isInRange
      ? nil : JournalError(.runClosed, "run \(change.run) has never been, or a delivery is out of range")
  }

  private static func closed(_ run: RunID) -> JournalError {
    JournalError(.runClosed, "run \(run) is closed or unknown")
  }

  private static let fenced = PostgresFailure(state: "SB004", detail: "another node has taken this one's lanes over")
  private static let unanswered = JournalError(.unavailable, "the store answered another question")
}
