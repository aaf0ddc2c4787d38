//! The connection on which a node keeps its lease, apart from all traffic: neither a long batch nor a slow question
//! may make a healthy node look dead. It also holds the node's name, as a lock that ends with the process.
internal import Dispatch
internal import JournalCore
internal import Synchronization

/// `@unchecked Sendable`: `session` is touched on `queue` only, which is serial; all else is behind the mutex.
final class ClusterLine: @unchecked Sendable {
  private struct State {
    var isClosed = false
    var isHintDue = false
  }

  let schema: String
  private let queue = DispatchQueue(label: "switchboard.journal.cluster", qos: .userInitiated)
  private let session: PostgresSession
  private let state = Mutex(State())
  private let room: WaitingRoom
  private let closePatienceMilliseconds: Int

  init(_ address: PostgresAddress, name: String, room: WaitingRoom, settings: PostgresSettings) {
    self.room = room
    closePatienceMilliseconds = settings.closePatienceMilliseconds
    schema = address.schema
    var settings = settings
    // A beat that takes longer than this has failed: the next one is due.
    settings.statementMilliseconds = 3_000
    settings.lockMilliseconds = 2_500
    settings.silenceMilliseconds = 1_000
    settings.connectSeconds = 2
    session = PostgresSession(address, role: .listener, name: name, settings: settings)
  }

  func perform<Answer: Sendable>(
    patienceMilliseconds: Int? = nil,
    _ body: @escaping @Sendable (PostgresConnection) throws(PostgresFailure) -> Answer
  ) async throws(JournalError) -> Answer {
    let answer: Result<Answer, JournalError>? = await room.wait(patienceMilliseconds: patienceMilliseconds) { done in
      queue.async { if !done.isGone { done.answer(self.answer(body)) } }
    }
    guard let answer else { throw JournalError(.unavailable, "PostgreSQL does not answer in time") }
    return try answer.get()
  }

  private func answer<Answer>(
    _ body: (PostgresConnection) throws(PostgresFailure) -> Answer
  ) -> Result<Answer, JournalError> {
    guard !state.withLock({ $0.isClosed }) else {
      return .failure(JournalError(.unavailable, "the journal is closed"))
    }
    do throws(PostgresFailure) {
      return .success(
        try session.use { connection throws(PostgresFailure) in
          do throws(PostgresFailure) { return try body(connection) } catch {
            if !error.isConnectionLost { _ = try? connection.run("ROLLBACK") }
            throw error
          }
        })
    } catch { return .failure(error.journalError) }
  }

  /// Tells the other nodes to look; many at once are one.
  func hint() {
    let isFirst = state.withLock { state in
      defer { state.isHintDue = true }
      return !state.isHintDue
    }
    guard isFirst else { return }
    queue.async {
      self.state.withLock { $0.isHintDue = false }
      _ = self.answer { connection throws(PostgresFailure) in
        try connection.run("NOTIFY \(Self.channel(self.schema))")
      }
    }
  }

  static func channel(_ schema: String) -> String { "switchboard_\(schema)" }

  func close() async {
    state.withLock { $0.isClosed = true }
    await room.wait(patienceMilliseconds: closePatienceMilliseconds) { (done: Caller<Void>) in
      queue.async {
        self.session.drop()
        done.answer(())
      }
    }
  }
}
