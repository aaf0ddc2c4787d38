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
    var writes = FairQueue<Caller<JournalWriteOutcome>>()
    var isScheduled = false
    var isClosed = false
    /// Since when a transaction is under way.
    var busySince: Int?
    /// Somebody has not waited for the end of the one under way: nobody has told them what became of it.
    var isUnsettled = false
  }

  let commits = Atomic<Int>(0)
  let operations = Atomic<Int>(0)
  private let pending = Mutex(Pending())
  private let queue = DispatchQueue(label: "switchboard.journal.writer", qos: .userInitiated)
  private let closing = DispatchSemaphore(value: 0)
  private let room: WaitingRoom
  private let settings: PostgresSettings
  private var batch: BatchWriter?

  /// `make` gets the function by which the batch writer waits between two tries to connect.
  init(
    room: WaitingRoom, settings: PostgresSettings,
    _ make: (@escaping BatchWriter.Waiting) throws(JournalError) -> BatchWriter
  ) throws(JournalError) {
    self.room = room
    self.settings = settings
    batch = try make { [closing, weak self] milliseconds, isOutageShort, failure in
      guard let self else { return false }
      if !isOutageShort { self.refusePending(failure.journalError) }
      let isClosing = closing.wait(timeout: .now() + .milliseconds(milliseconds)) == .success
      if isClosing { closing.signal() }
      return !isClosing
    }
  }

  /// Returns when the write is durable, or refused; or with `.unavailable`, when the caller's patience or task is over
  /// before that is known.
  func perform(_ write: JournalWrite) async -> JournalWriteOutcome {
    let patience = write.isAwaitedOutside ? settings.callerPatienceMilliseconds : nil
    let outcome: JournalWriteOutcome? = await room.wait(
      patienceMilliseconds: patience, leaving: { self.pending.withLock { $0.isUnsettled = $0.busySince != nil } }
    ) { caller in
      var refusal = Self.closed
      let mustSchedule: Bool? = pending.withLock { pending in
        guard !pending.isClosed else { return nil }
        if let patience, let since = pending.busySince, PostgresConnection.milliseconds() - since > patience {
          refusal = Self.silent
          return nil
        }
        pending.writes.add(write, caller)
        if pending.isScheduled { return false }
        pending.isScheduled = true
        return true
      }
      switch mustSchedule {
      case nil: caller.answer(.failed(refusal))
      case true: queue.async { self.drain() }
      case false: break
      }
    }
    return outcome ?? .failed(Self.silent)
  }

  /// Throws while a write whose caller was told "unavailable" may still become durable.
  func requireSettled() throws(JournalError) {
    if pending.withLock({ $0.isUnsettled }) { throw Self.silent }
  }

  /// From the next transaction on, writes count on another row: see `BatchMark`.
  func count(on writer: Int64) async throws(JournalError) {
    let answer: Result<Void, JournalError>? = await room.wait { done in
      queue.async {
        guard let batch = self.batch else { return done.answer(.failure(Self.closed)) }
        do throws(PostgresFailure) {
          try batch.count(on: writer)
          done.answer(.success(()))
        } catch { done.answer(.failure(error.journalError)) }
      }
    }
    try (answer ?? .failure(Self.silent)).get()
  }

  /// Writes what is pending, then closes the connection. Does not wait long for a server that is silent.
  func close() async {
    let isFirst = pending.withLock { pending in
      defer { pending.isClosed = true }
      return !pending.isClosed
    }
    if isFirst { closing.signal() }
    await room.wait(patienceMilliseconds: settings.closePatienceMilliseconds) { (done: Caller<Void>) in
      queue.async {
        self.drain()
        if let batch = self.batch, batch.session.isConnected {
          try? batch.session.use { connection throws(PostgresFailure) in try batch.mark.unregister(connection) }
        }
        self.batch = nil
        done.answer(())
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
      for (caller, outcome) in zip(callers, outcomes) { caller.answer(outcome) }
    }
  }

  /// Without those whose callers have left: they were told that it is not done.
  private func take() -> ([JournalWrite], [Caller<JournalWriteOutcome>]) {
    pending.withLock { pending in
      var writes: [JournalWrite] = []
      var callers: [Caller<JournalWriteOutcome>] = []
      repeat {
        let taken = pending.writes.take(bytesMax: Self.bytesPerTransactionMax)
        for (write, caller) in zip(taken.writes, taken.callers) where !caller.isGone {
          writes.append(write)
          callers.append(caller)
        }
      } while writes.isEmpty && pending.writes.count > 0
      pending.isScheduled = !writes.isEmpty
      pending.busySince = writes.isEmpty ? nil : PostgresConnection.milliseconds()
      pending.isUnsettled = false
      return (writes, callers)
    }
  }

  /// The database is away for longer than anybody should wait: nothing of these has been sent.
  private func refusePending(_ error: JournalError) {
    let callers = pending.withLock { $0.writes.removeAll() }
    for caller in callers { caller.answer(.failed(error)) }
  }

  private static var closed: JournalError { JournalError(.unavailable, "the journal is closed") }
  private static var silent: JournalError { JournalError(.unavailable, "PostgreSQL does not answer in time") }
}

extension JournalWrite {
  /// Somebody outside waits for it, who will ask again: a channel for the answer to its webhook, as a rule. What the
  /// engine itself commits is awaited as long as the engine runs.
  fileprivate var isAwaitedOutside: Bool {
    switch self {
    case .append, .setConnectionValue: true
    default: false
    }
  }
}
