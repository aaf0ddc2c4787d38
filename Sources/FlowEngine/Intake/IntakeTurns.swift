//! The line before the intake: so many events are being stored at once, projects take turns, and one that sends more
//! than the machine takes waits by itself. Past a bound it is told to come again later; nobody else is.
import DequeModule
import FlowModel
import Synchronization

final class IntakeTurns: Sendable {
  private struct State {
    var free: Int
    var lines: [String: Deque<UnsafeContinuation<Bool, Never>>] = [:]
    /// Projects for which somebody waits, in the order of their turns.
    var turns: Deque<String> = []
  }
  private let state: Mutex<State>
  private let waitingMax: Int

  init(atOnce: Int = Limits.intakesAtOnceMax, waitingMax: Int = Limits.intakesWaitingMax) {
    state = Mutex(State(free: max(atOnce, 1)))
    self.waitingMax = waitingMax
  }

  var waiting: Int { state.withLock { $0.lines.values.reduce(0) { $0 + $1.count } } }

  /// True once it is the project's turn, to be ended with `leave`; false at once when too many of it wait already.
  func enter(_ project: String) async -> Bool {
    if takeFree() { return true }
    return await withUnsafeContinuation { caller in
      // Between the look above and here somebody may have left.
      let verdict = state.withLock { state -> Bool? in
        if state.free > 0 {
          state.free -= 1
          return true
        }
        let waiting = state.lines[project]?.count ?? 0
        guard waiting < waitingMax else { return false }
        if waiting == 0 { state.turns.append(project) }
        state.lines[project, default: []].append(caller)
        return nil
      }
      if let verdict { caller.resume(returning: verdict) }
    }
  }

  func leave() {
    let next = state.withLock { state -> UnsafeContinuation<Bool, Never>? in
      guard let project = state.turns.popFirst(), let next = state.lines[project]?.popFirst() else {
        state.free += 1
        return nil
      }
      if state.lines[project]?.isEmpty ?? true { state.lines[project] = nil } else { state.turns.append(project) }
      return next
    }
    next?.resume(returning: true)
  }

  private func takeFree() -> Bool {
    state.withLock { state in
      guard state.free > 0 else { return false }
      state.free -= 1
      return true
    }
  }
}
