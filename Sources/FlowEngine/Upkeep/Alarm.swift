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
  /// - Returns: how long was surely slept, whatever the wall clock says: 0 when rung or cancelled.
  @discardableResult
  package func wait(until moment: Timestamp?, clock: any ClockPort) async -> Int64 {
    state.withLock { $0.moment = moment }
    return await withTaskGroup(of: Int64.self) { group in
      group.addTask {
        await self.rung()
        return 0
      }
      if let moment {
        group.addTask {
          let milliseconds = min(max(moment.millisecondsSince(clock.now()), 0), Self.sleepMillisecondsMax)
          await clock.sleep(milliseconds: milliseconds)
          return Task.isCancelled ? 0 : milliseconds
        }
      }
      let slept = await group.next() ?? 0
      group.cancelAll()
      return slept
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
