//! Many writes, one transaction, one fsync. One that the journal refuses fails alone; one that the database cannot
//! take is tried by itself, so that it spoils nobody else's; a failing disk fails all, and nothing of them is there.
internal import JournalCore

/// Belongs to the group writer's queue.
final class BatchWriter {
  private let connection: Connection
  private let writer: TableWriter
  private let begin: PreparedStatement
  private let commit: PreparedStatement
  private let rollback: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    self.connection = connection
    writer = try TableWriter(connection)
    begin = try connection.prepare("BEGIN IMMEDIATE")
    commit = try connection.prepare("COMMIT")
    rollback = try connection.prepare("ROLLBACK")
  }

  /// One outcome for each write, in their order. Outcomes that are not `.failed` are durable.
  func write(_ writes: [JournalWrite]) -> [JournalWriteOutcome] {
    connection.withTurn { attempt(writes) }
  }

  private func attempt(_ writes: [JournalWrite]) -> [JournalWriteOutcome] {
    do throws(SQLiteFailure) {
      return try transaction(writes)
    } catch {
      guard !error.isOfStorage, writes.count > 1 else {
        return Array(repeating: .failed(error.journalError), count: writes.count)
      }
      return writes.flatMap { attempt([$0]) }
    }
  }

  private func transaction(_ writes: [JournalWrite]) throws(SQLiteFailure) -> [JournalWriteOutcome] {
    do throws(SQLiteFailure) {
      try begin.run()
      var outcomes: [JournalWriteOutcome] = []
      outcomes.reserveCapacity(writes.count)
      for write in writes { outcomes.append(try writer.apply(write)) }
      try commit.run()
      return outcomes
    } catch {
      writer.names.forget()
      // SQLite has ended the transaction by itself after some failures; a second end is refused and harmless.
      if rollback.isInTransaction { try? rollback.run() }
      throw error
    }
  }
}
