//! A connection for questions. All that were asked while the last round was on its way go into the next one, so that
//! a hundred lanes cost one way to the server and back, on one thread that is not Swift's.
internal import Dispatch
internal import JournalCore
internal import Synchronization

/// `@unchecked Sendable`: `session` and `outage` are touched on `queue` only, which is serial; all else is behind the
/// mutex.
final class GroupReader: @unchecked Sendable {
  /// A question, and who is told the answer.
  private struct Question: Sendable {
    var statement: ReadStatement
    var parameters: StatementParameters
    /// False: a name is missing in the table; the rows are to be read once more when it is there.
    var answer: @Sendable (Result<ResultRows, JournalError>) -> Bool
  }

  private struct Pending: ~Copyable {
    var questions: [Question] = []
    var isScheduled = false
    var isClosed = false
  }

  private static let questionsPerRoundMax = 256

  private let pending = Mutex(Pending())
  private let queue: DispatchQueue
  private let session: PostgresSession
  private let names: NameTable
  private let closing = DispatchSemaphore(value: 0)
  private let room: WaitingRoom
  /// Of those who give none.
  private let patienceMilliseconds: Int?
  private let closePatienceMilliseconds: Int
  private var outage: Outage

  init(
    _ session: PostgresSession, names: NameTable, label: String, room: WaitingRoom, patienceMilliseconds: Int?,
    settings: PostgresSettings
  ) {
    self.room = room
    self.patienceMilliseconds = patienceMilliseconds
    closePatienceMilliseconds = settings.closePatienceMilliseconds
    self.session = session
    self.names = names
    queue = DispatchQueue(label: "switchboard.journal.\(label)", qos: .userInitiated)
    outage = Outage(settings)
  }

  /// Asks, and reads the rows where the connection is. `read` answers nil when a name is missing in the table.
  func ask<Answer: Sendable>(
    _ statement: ReadStatement, _ parameters: StatementParameters, patienceMilliseconds: Int? = nil,
    _ read: @escaping @Sendable (ResultRows) -> Answer?
  ) async throws(JournalError) -> Answer {
    let patience = patienceMilliseconds ?? self.patienceMilliseconds
    let answer: Result<Answer, JournalError>? = await room.wait(patienceMilliseconds: patience) { caller in
      enqueue(
        Question(statement: statement, parameters: parameters) { rows in
          switch rows {
          case .failure(let error): caller.answer(.failure(error))
          case .success(let rows):
            guard let answer = read(rows) else { return false }
            caller.answer(.success(answer))
          }
          return true
        })
    }
    return try (answer ?? .failure(Self.silent)).get()
  }

  /// Runs on the connection between two rounds: for what is seldom asked, and may change things.
  func perform<Answer: Sendable>(
    _ body: @escaping @Sendable (PostgresConnection) throws(PostgresFailure) -> Answer
  ) async throws(JournalError) -> Answer {
    let answer: Result<Answer, JournalError>? = await room.wait { done in
      queue.async {
        guard !self.pending.withLock({ $0.isClosed }) else { return done.answer(.failure(Self.closed)) }
        do throws(PostgresFailure) { done.answer(.success(try self.session.use(body))) } catch {
          done.answer(.failure(error.journalError))
        }
      }
    }
    return try (answer ?? .failure(Self.silent)).get()
  }

  func close() async {
    let isFirst = pending.withLock { pending in
      defer { pending.isClosed = true }
      return !pending.isClosed
    }
    if isFirst { closing.signal() }
    await room.wait(patienceMilliseconds: closePatienceMilliseconds) { (done: Caller<Void>) in
      queue.async {
        self.drain()
        self.session.drop()
        done.answer(())
      }
    }
  }

  private func enqueue(_ question: Question) {
    let mustSchedule: Bool? = pending.withLock { pending in
      guard !pending.isClosed else { return nil }
      pending.questions.append(question)
      if pending.isScheduled { return false }
      pending.isScheduled = true
      return true
    }
    switch mustSchedule {
    case nil: _ = question.answer(.failure(Self.closed))
    case true: queue.async { self.drain() }
    case false: break
    }
  }

  private static let closed = JournalError(.unavailable, "the journal is closed")
  private static let silent = JournalError(.unavailable, "PostgreSQL does not answer in time")

  private func drain() {
    while true {
      let questions = pending.withLock { pending in
        let taken = Array(pending.questions.prefix(Self.questionsPerRoundMax))
        pending.questions.removeFirst(taken.count)
        pending.isScheduled = !taken.isEmpty
        return taken
      }
      guard !questions.isEmpty else { return }
      answer(questions)
    }
  }

  /// Questions change nothing: those that a loss interrupted are asked again.
  private func answer(_ questions: [Question]) {
    while true {
      do throws(PostgresFailure) {
        let rows = try session.use { connection throws(PostgresFailure) in
          try connection.round(questions.map { ($0.statement.rawValue, $0.parameters) })
        }
        outage.ended()
        return tell(questions, rows)
      } catch {
        if !error.isConnectionLost, session.isConnected {
          // Refused, as by the time limit: the others have done nothing wrong.
          guard questions.count == 1 else {
            for question in questions { answer([question]) }
            return
          }
          _ = questions[0].answer(.failure(error.journalError))
          return
        }
        let pause = outage.failed()
        guard outage.isShort, closing.wait(timeout: .now() + .milliseconds(pause)) == .timedOut else {
          for question in questions { _ = question.answer(.failure(error.journalError)) }
          return
        }
      }
    }
  }

  private func tell(_ questions: [Question], _ rows: [ResultRows]) {
    var again: [(Question, ResultRows)] = []
    for (question, rows) in zip(questions, rows) where !question.answer(.success(rows)) {
      again.append((question, rows))
    }
    guard !again.isEmpty else { return }
    // Another node has brought names that this one has not met.
    let known = try? session.use { connection throws(PostgresFailure) in
      try connection.round([(ReadStatement.names.rawValue, StatementParameters())])[0]
    }
    if let known { names.learn(known) }
    for (question, rows) in again where !question.answer(.success(rows)) {
      _ = question.answer(.failure(JournalError(.unavailable, "the journal's names cannot be read")))
    }
  }
}
