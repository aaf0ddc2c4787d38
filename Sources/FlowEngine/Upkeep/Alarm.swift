//! Waits until a moment, or until somebody rings.
package import SwitchboardSDK
import Synchronization

package final class Alarm: Sendable {
  private struct State {
    var hasRung = false
    /// What the waiter waits for, or nil when it waits for a ring only.
    var moment: Timestamp?
    var waiter: CheckedContinuation<Void, Never>?
  }
  private let state = Mutex(State())

  package init() {}

  /// Ends the present wait, or the next one at once.
  package func ring() {
    let waiter = state.withLock { state in
      let waiter = state.waiter
      state.waiter = nil
      state.hasRung = waiter == nil
      return waiter
    }
    waiter?.resume()
  }

  /// Rings for a moment that comes before the one waited for; a later one will be seen to in its time.
  package func ring(before moment: Timestamp) {
    let isEarlier = state.withLock { state in state.waiter == nil || state.moment.map { moment < $0 } ?? true }
    if isEarlier { ring() }
  }

  /// A wall clock may be set forward while we sleep by another: no sleep is longer than this.
  private static let sleepMillisecondsMax: Int64 = 60_000

  /// Returns at the moment, when rung, or when cancelled; and now and then too early. One waiter at a time.
  package func wait(until moment: Timestamp?, clock: any ClockPort) async {
    state.withLock { $0.moment = moment }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.rung() }
      if let moment {
        group.addTask {
          let milliseconds = max(moment.millisecondsSince(clock.now()), 0)
          await clock.sleep(milliseconds: min(milliseconds, Self.sleepMillisecondsMax))
        }
      }
      await group.next()
      group.cancelAll()
    }
  }

  private func rung() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.hasRung || Task.isCancelled {
            state.hasRung = false
            return true
          }
          state.waiter = continuation
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        let waiter = state.waiter
        state.waiter = nil
        return waiter
      }
      waiter?.resume()
    }
  }
}
