//! Callers of a queue that a silent server may hold up for long: nobody waits here longer than the patience given, nor,
//! once the process is to end, much longer than the task lives. What they asked for may still be done; they no longer
//! hear of it.
internal import Dispatch
internal import Synchronization

/// `@unchecked Sendable`: `timer` is set once and touched in `init` and `deinit` only; all else is behind the mutex.
final class WaitingRoom: @unchecked Sendable {
  private struct Seat {
    /// Of the monotonic clock, in milliseconds.
    var deadline: Int
    var isCancelled: Bool
    var leave: @Sendable () -> Void
  }
  private struct State {
    var last = 0
    var seats: [Int: Seat] = [:]
    var isHastened = false
  }

  /// What a caller whose task was cancelled is still given at the end: a healthy server commits in a fraction of it,
  /// and what is known of a call that has gone out should be kept.
  static let graceMilliseconds = 1_500
  private static let lookMilliseconds = 250

  private let state = Mutex(State())
  private let timer: any DispatchSourceTimer

  init() {
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "switchboard.journal.patience"))
    timer.schedule(
      deadline: .now() + .milliseconds(Self.lookMilliseconds), repeating: .milliseconds(Self.lookMilliseconds),
      leeway: .milliseconds(50))
    timer.setEventHandler { [weak self] in self?.look() }
    timer.activate()
  }

  deinit { timer.cancel() }

  /// Waits for the answer that `begin` hands its caller to. Nil when it did not come in time; `leaving` is called
  /// before that.
  func wait<Answer: Sendable>(
    patienceMilliseconds: Int? = nil, leaving: @escaping @Sendable () -> Void = {},
    _ begin: (Caller<Answer>) -> Void
  ) async -> Answer? {
    let number = state.withLock { state in
      state.last += 1
      return state.last
    }
    defer { state.withLock { $0.seats[number] = nil } }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let caller = Caller(continuation)
        let now = PostgresConnection.milliseconds()
        state.withLock { state in
          // Asked behind the lock: whoever cancels later finds the seat.
          let isCancelled = Task.isCancelled
          let grace = isCancelled && state.isHastened ? now + Self.graceMilliseconds : .max
          let deadline = min(patienceMilliseconds.map { now + $0 } ?? .max, grace)
          state.seats[number] = Seat(deadline: deadline, isCancelled: isCancelled) {
            leaving()
            caller.answer(nil)
          }
        }
        begin(caller)
      }
    } onCancel: {
      state.withLock { state in
        state.seats[number]?.isCancelled = true
        if state.isHastened { Self.shorten(&state, number) }
      }
    }
  }

  /// The process ends: from here on those whose tasks are cancelled get a moment, and no more.
  func hasten() {
    state.withLock { state in
      state.isHastened = true
      for (number, seat) in state.seats where seat.isCancelled { Self.shorten(&state, number) }
    }
  }

  private static func shorten(_ state: inout State, _ number: Int) {
    guard let seat = state.seats[number] else { return }
    state.seats[number]?.deadline = min(seat.deadline, PostgresConnection.milliseconds() + graceMilliseconds)
  }

  private func look() {
    let now = PostgresConnection.milliseconds()
    let leaving = state.withLock { state in
      let due = state.seats.filter { $0.value.deadline <= now }
      for number in due.keys { state.seats[number] = nil }
      return due.values.map(\.leave)
    }
    for leave in leaving { leave() }
  }
}

/// Somebody who waits for one answer. The first answer counts.
final class Caller<Answer: Sendable>: Sendable {
  private let continuation: Mutex<CheckedContinuation<Answer?, Never>?>

  init(_ continuation: CheckedContinuation<Answer?, Never>) { self.continuation = Mutex(continuation) }

  /// Answered already.
  var isGone: Bool { continuation.withLock { $0 == nil } }

  func answer(_ answer: Answer?) {
    let continuation = continuation.withLock { continuation in
      defer { continuation = nil }
      return continuation
    }
    continuation?.resume(returning: answer)
  }
}
