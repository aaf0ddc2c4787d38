//! The time for which one connection is received here: from `start` until nothing of it is under way any more.
import Synchronization

final class ReceiverTerm: Sendable {
  private struct State {
    var isStopping = false
    /// The receiver is over, or was never begun.
    var hasEnded = false
    var calls = 0
    var lastNumber = 0
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]

    /// Those who wait for any change look again.
    mutating func woken() -> [CheckedContinuation<Void, Never>] {
      defer { waiting = [:] }
      return Array(waiting.values)
    }
  }

  let connection: String
  private let state = Mutex(State())

  init(connection: String) { self.connection = connection }

  /// One webhook comes in. False when the connection is on its way to another node.
  func enter() -> Bool {
    state.withLock { state in
      guard !state.isStopping, !state.hasEnded else { return false }
      state.calls += 1
      return true
    }
  }

  func leave() { change { $0.calls -= 1 } }

  func ended() { change { $0.hasEnded = true } }

  /// Returns once it shall stop, or the task is cancelled.
  func stopped() async { await wait { $0.isStopping } }

  /// Returns once nothing is under way.
  func stop() async {
    change { $0.isStopping = true }
    await wait { $0.hasEnded && $0.calls == 0 }
  }

  private func change(_ body: (inout State) -> Void) {
    let woken = state.withLock { state in
      body(&state)
      return state.woken()
    }
    for one in woken { one.resume() }
  }

  private func wait(until isMet: (State) -> Bool) async {
    while !Task.isCancelled, !state.withLock({ isMet($0) }) {
      let number = state.withLock { state in
        state.lastNumber += 1
        return state.lastNumber
      }
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          let isOver = state.withLock { state -> Bool in
            if isMet(state) || Task.isCancelled { return true }
            state.waiting[number] = continuation
            return false
          }
          if isOver { continuation.resume() }
        }
      } onCancel: {
        state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
      }
    }
  }
}
