//! One lane in the hands of the task that walks it, where several nodes share the lanes: it may have to be given
//! back, softly or at once.
import JournalCore
import Synchronization

final class LaneHold: Sendable {
  private struct State {
    var isClosing = false
    var isPausing = false
    var isBrokenOff = false
    var unsettled: RunChange?
    var waiter: CheckedContinuation<Void, Never>?

    /// The one who waits for the break, if it is to be woken now.
    mutating func breakOff() -> CheckedContinuation<Void, Never>? {
      isBrokenOff = true
      defer { waiter = nil }
      return waiter
    }
  }
  private let state = Mutex(State())

  var isClosing: Bool { state.withLock { $0.isClosing } }

  /// The run under way may come to its end; a wait in it (for a retry, say) ends now, since it is in the journal.
  func close() {
    let waiter = state.withLock { state in
      state.isClosing = true
      return state.isPausing ? state.breakOff() : nil
    }
    waiter?.resume()
  }

  /// Cancels the task that walks the lane.
  func breakOff() {
    let waiter = state.withLock { state in
      state.isClosing = true
      return state.breakOff()
    }
    waiter?.resume()
  }

  /// False when the lane is to be given back: then nobody waits any more.
  func beginPause() -> Bool {
    state.withLock { state in
      state.isPausing = !state.isClosing
      return state.isPausing
    }
  }

  func endPause() { state.withLock { $0.isPausing = false } }

  /// What the walk that was broken off could not commit any more.
  func keep(unsettled change: RunChange) { state.withLock { $0.unsettled = change } }

  func takeUnsettled() -> RunChange? {
    state.withLock { state in
      defer { state.unsettled = nil }
      return state.unsettled
    }
  }

  /// Returns once the walk is to be cancelled, or when this task is.
  func brokenOff() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state -> Bool in
          if state.isBrokenOff || Task.isCancelled { return true }
          state.waiter = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume()
    }
  }
}
