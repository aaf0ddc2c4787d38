//! The border between tasks and the transport's thread: what is asked for, and the bell that wakes the thread.
internal import CLinux
internal import SwitchboardSDK
internal import Synchronization

/// Resumed once: by the thread when the transfer ends, or by `submit` when it is refused.
typealias TransferContinuation = UnsafeContinuation<Result<HTTPResponse, HTTPError>, Never>

struct Submission: Sendable {
  let ticket: UInt64
  let request: HTTPRequest
  let continuation: TransferContinuation
}

final class TransferQueue: Sendable {
  /// What the thread finds when it looks.
  struct Batch {
    var submissions: [Submission] = []
    var cancelled: [UInt64] = []
    /// Nil while open.
    var graceMilliseconds: Int64?
  }

  private struct State {
    var batch = Batch()
    var lastTicket: UInt64 = 0
    var isRung = false
    var hasEnded = false
    /// The thread's eventfd; -1 before the thread has made it and after it is gone. Only this lock keeps a ring from
    /// a descriptor that is somebody else's by now.
    var bell: Int32 = -1
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func newTicket() -> UInt64 {
    state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
  }

  func submit(_ submission: Submission) {
    let isOpen = state.withLock { state in
      guard state.batch.graceMilliseconds == nil, !state.hasEnded else { return false }
      state.batch.submissions.append(submission)
      Self.ring(&state)
      return true
    }
    guard !isOpen else { return }
    submission.continuation.resume(
      returning: .failure(HTTPError(.cancelled, mayHaveBeenSent: false, "the transport is shut down")))
  }

  func cancel(_ ticket: UInt64) {
    state.withLock { state in
      state.batch.cancelled.append(ticket)
      Self.ring(&state)
    }
  }

  func close(graceMilliseconds: Int64) {
    state.withLock { state in
      state.batch.graceMilliseconds = min(state.batch.graceMilliseconds ?? .max, graceMilliseconds)
      Self.ring(&state)
    }
  }

  func ended() async {
    await withCheckedContinuation { waiter in
      let hasEnded = state.withLock { state in
        if !state.hasEnded { state.waiters.append(waiter) }
        return state.hasEnded
      }
      if hasEnded { waiter.resume() }
    }
  }

  // MARK: For the thread

  func attach(bell: Int32) { state.withLock { state in state.bell = bell } }

  /// Takes all that was asked since the last call. `graceMilliseconds` stays.
  func take() -> Batch {
    state.withLock { state in
      let batch = state.batch
      state.batch.submissions = []
      state.batch.cancelled = []
      state.isRung = false
      return batch
    }
  }

  /// Nobody rings the bell after this.
  func detach() -> [Submission] {
    state.withLock { state in
      state.bell = -1
      state.hasEnded = true
      let left = state.batch.submissions
      state.batch.submissions = []
      return left
    }
  }

  func announceEnd() {
    let waiters = state.withLock { state in
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// One wake-up per look of the thread, however many requests come in between: each costs a system call.
  private static func ring(_ state: inout State) {
    guard !state.isRung, state.bell >= 0 else { return }
    state.isRung = true
    switchboard_eventfd_ring(state.bell)
  }
}
