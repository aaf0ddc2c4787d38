//! The one writer of the file: everything that was asked for while the last transaction was being synced goes into
//! the next one. An unloaded journal commits at once; a loaded one gathers for a moment and commits by the hundred.
internal import Dispatch
internal import Glibc
internal import JournalCore
internal import Synchronization

/// `@unchecked Sendable`: `connection`, `batch` and `checkpoints` are touched on `queue` only, which is serial;
/// all else is behind the mutex or atomic.
final class GroupWriter: @unchecked Sendable {
  /// A transaction of so many writes tells of a load that gathering pays for.
  static let busyWrites = 8
  static let gatheringMicroseconds: UInt32 = 300

  private struct Pending: ~Copyable {
    /// Unchecked continuations: each is resumed once, by `drain` or by the refusal in `perform`.
    var writes = FairQueue<UnsafeContinuation<JournalWriteOutcome, Never>>()
    var isScheduled = false
    var isClosed = false
  }

  let commits = Atomic<Int>(0)
  let operations = Atomic<Int>(0)
  private let pending = Mutex(Pending())
  private let queue = DispatchQueue(label: "switchboard.journal.writer", qos: .userInitiated)
  private var connection: Connection?
  private var batch: BatchWriter?
  private let checkpointer: Checkpointer

  init(_ connection: Connection, checkpointer: Checkpointer) throws(SQLiteFailure) {
    batch = try BatchWriter(connection)
    self.connection = connection
    self.checkpointer = checkpointer
  }

  /// Returns when the write is durable, or refused.
  func perform(_ write: JournalWrite) async -> JournalWriteOutcome {
    await withUnsafeContinuation { caller in
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

  /// Writes what is pending, then closes the connection.
  func close() async {
    pending.withLock { $0.isClosed = true }
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      queue.async {
        self.drain()
        self.batch = nil
        self.connection?.close()
        self.connection = nil
        done.resume()
      }
    }
  }

  /// Runs on the writer's connection between two transactions.
  func maintain(_ body: @escaping @Sendable (Connection) throws -> Void) async throws(JournalError) {
    let failure = await withCheckedContinuation { (done: CheckedContinuation<JournalError?, Never>) in
      queue.async {
        do {
          guard let connection = self.connection else { return done.resume(returning: Self.closed) }
          try body(connection)
          done.resume(returning: nil)
        } catch {
          done.resume(returning: SQLiteFailure(error).journalError)
        }
      }
    }
    if let failure { throw failure }
  }

  private func drain() {
    var lastCount = 0
    while true {
      gather(after: lastCount)
      let (writes, callers) = take()
      guard !writes.isEmpty else { return }
      lastCount = writes.count
      let outcomes = batch?.write(writes) ?? Array(repeating: .failed(Self.closed), count: writes.count)
      commits.add(1, ordering: .relaxed)
      operations.add(writes.count, ordering: .relaxed)
      for (caller, outcome) in zip(callers, outcomes) { caller.resume(returning: outcome) }
      if let connection { checkpointer.written(by: connection) }
    }
  }

  /// Under load a transaction costs much the same however many writes it carries: when the last one carried many
  /// and few have come since, their lanes are busy and will be back in a moment. An unloaded journal never waits, nor
  /// does one that several projects write: one's load is not for another to wait for.
  private func gather(after lastCount: Int) {
    guard lastCount >= Self.busyWrites else { return }
    let waiting = pending.withLock { $0.isClosed || $0.writes.isShared ? .max : $0.writes.count }
    if waiting < lastCount { usleep(Self.gatheringMicroseconds) }
  }

  private func take() -> ([JournalWrite], [UnsafeContinuation<JournalWriteOutcome, Never>]) {
    pending.withLock { pending in
      let taken = pending.writes.take()
      pending.isScheduled = !taken.writes.isEmpty
      return taken
    }
  }

  private static var closed: JournalError { JournalError(.unavailable, "the journal is closed") }
}
