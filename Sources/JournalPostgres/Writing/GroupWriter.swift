//! The one writer of a program: everything that was asked for while the last transaction was on its way goes into the
//! next one. No artificial delay: an unloaded journal commits at once, a loaded one by the hundred.
internal import Dispatch
internal import JournalCore
internal import Synchronization

/// `@unchecked Sendable`: `batch` is set before the first use and touched on `queue` only, which is serial; all else
/// is behind the mutex, atomic or safe by itself.
final class GroupWriter: @unchecked Sendable {
  /// A transaction is built in memory on both sides: large payloads go in smaller company.
  static let bytesPerTransactionMax = 8 << 20

  private struct Pending: ~Copyable {
    var writes = FairQueue<CheckedContinuation<JournalWriteOutcome, Never>>()
    var isScheduled = false
    var isClosed = false
  }

  let commits = Atomic<Int>(0)
  let operations = Atomic<Int>(0)
  private let pending = Mutex(Pending())
  private let queue = DispatchQueue(label: "switchboard.journal.writer", qos: .userInitiated)
  private let closing = DispatchSemaphore(value: 0)
  private var batch: BatchWriter?

  /// `make` gets the function by which the batch writer waits between two tries to connect.
  init(_ make: (@escaping BatchWriter.Waiting) throws(JournalError) -> BatchWriter) throws(JournalError) {
    batch = try make { [closing, weak self] milliseconds, isOutageShort, failure in
      guard let self else { return false }
      if !isOutageShort { self.refusePending(failure.journalError) }
      let isClosing = closing.wait(timeout: .now() + .milliseconds(milliseconds)) == .success
      if isClosing { closing.signal() }
      return !isClosing
    }
  }

  /// Returns when the write is durable, or refused.
  func perform(_ write: JournalWrite) async -> JournalWriteOutcome {
    await withCheckedContinuation { caller in
      let mustSchedule: Bool? = pending.withLock { pending in
        guard !pending.isClosed else { return nil }
        pending.writes.add(write, caller)
        if pending.isScheduled { return false }
        pending.isScheduled = true
        return true
      }
      switch mustSchedule {
      case nil: caller.resume(returning: .failed(Self.closed))
      case true: queue.async { self.drain() }
      case false: break
      }
    }
  }

  /// Runs between two transactions, with the writer's connection.
  func maintain<Answer: Sendable>(
    _ body: @escaping @Sendable (PostgresConnection) throws(PostgresFailure) -> Answer
  ) async throws(JournalError) -> Answer {
    let answer: Result<Answer, JournalError> = await withCheckedContinuation { done in
      queue.async {
        guard let batch = self.batch else { return done.resume(returning: .failure(Self.closed)) }
        do throws(PostgresFailure) { done.resume(returning: .success(try batch.session.use(body))) } catch {
          done.resume(returning: .failure(error.journalError))
        }
      }
    }
    return try answer.get()
  }

  /// From the next transaction on, writes count on another row: see `BatchMark`.
  func count(on writer: Int64) async throws(JournalError) {
    let answer: Result<Void, JournalError> = await withCheckedContinuation { done in
      queue.async {
        guard let batch = self.batch else { return done.resume(returning: .failure(Self.closed)) }
        do throws(PostgresFailure) {
          try batch.count(on: writer)
          done.resume(returning: .success(()))
        } catch { done.resume(returning: .failure(error.journalError)) }
      }
    }
    try answer.get()
  }

  /// Writes what is pending, then closes the connection.
  func close() async {
    let isFirst = pending.withLock { pending in
      defer { pending.isClosed = true }
      return !pending.isClosed
    }
    if isFirst { closing.signal() }
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      queue.async {
        self.drain()
        if let batch = self.batch, batch.session.isConnected {
          try? batch.session.use { connection throws(PostgresFailure) in try batch.mark.unregister(connection) }
        }
        self.batch = nil
        done.resume()
      }
    }
  }

  private func drain() {
    while true {
      let (writes, callers) = take()
      guard !writes.isEmpty else { return }
      let outcomes = batch?.write(writes) ?? Array(repeating: .failed(Self.closed), count: writes.count)
      commits.add(1, ordering: .relaxed)
      operations.add(writes.count, ordering: .relaxed)
      for (caller, outcome) in zip(callers, outcomes) { caller.resume(returning: outcome) }
    }
  }

  private func take() -> ([JournalWrite], [CheckedContinuation<JournalWriteOutcome, Never>]) {
    pending.withLock { pending in
      let taken = pending.writes.take(bytesMax: Self.bytesPerTransactionMax)
      pending.isScheduled = !taken.writes.isEmpty
      return taken
    }
  }

  /// The database is away for longer than anybody should wait: nothing of these has been sent.
  private func refusePending(_ error: JournalError) {
    let callers = pending.withLock { $0.writes.removeAll() }
    for caller in callers { caller.resume(returning: .failed(error)) }
  }

  private static var closed: JournalError { JournalError(.unavailable, "the journal is closed") }
}
