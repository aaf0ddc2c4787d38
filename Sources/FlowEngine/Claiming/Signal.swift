//! Lets tasks wait until something has become so; whoever changes it signals.
import Synchronization

final class Signal: Sendable {
  private struct State {
    var lastNumber = 0
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    /// Goes up with each signal, so that none is missed between a look and the wait.
    var count = 0
  }
  private let state = Mutex(State())

  func signal() {
    let waiters = state.withLock { state in
      state.count += 1
      let waiters = state.waiters.sorted { $0.key < $1.key }.map(\.value)
      state.waiters = [:]
      return waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns once the condition holds, or the task is cancelled.
  func wait(until isMet: () -> Bool) async {
    while !Task.isCancelled {
      let seen = state.withLock { $0.count }
      if isMet() { return }
      await next(after: seen)
    }
  }

  private func next(after seen: Int) async {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state -> Bool in
          if state.count != seen || Task.isCancelled { return true }
          state.waiters[number] = continuation
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
    }
  }
}
