//! The waits of lanes (for a retry, say), which a stop of the engine ends at once: what they wait for is in the
//! journal, and goes on after the next start.
import SwitchboardSDK
import Synchronization

final class Pauses: Sendable {
  private struct State {
    var isStopping = false
    var epoch = 0
    var lastNumber = 0
    var alarms: [Int: Alarm] = [:]
  }
  private let state = Mutex(State())

  var isStopping: Bool { state.withLock { $0.isStopping } }

  /// Goes up with each `interrupt`.
  var epoch: Int { state.withLock { $0.epoch } }

  /// True once the moment has come, or `interrupt` has been called since the epoch given; false when the engine stops
  /// or the task is cancelled before.
  ///
  /// A pause is a length of time: a clock that is set back meanwhile does not prolong it.
  func wait(until moment: Timestamp, clock: any ClockPort, epoch: Int? = nil) async -> Bool {
    var remaining = moment.millisecondsSince(clock.now())
    while !Task.isCancelled {
      let alarm = Alarm()
      let number: Int? = state.withLock { state in
        guard !state.isStopping else { return nil }
        if let epoch, epoch != state.epoch { return 0 }
        state.lastNumber += 1
        state.alarms[state.lastNumber] = alarm
        return state.lastNumber
      }
      if number == 0 { return true }
      guard let number else { return false }
      let before = clock.now()
      // The alarm may return too early; then we wait again.
      if moment > before, remaining > 0 {
        let slept = await alarm.wait(until: before.adding(milliseconds: remaining), clock: clock)
        remaining -= max(slept, clock.now().millisecondsSince(before))
      }
      let isStopping = state.withLock { state in
        state.alarms[number] = nil
        return state.isStopping
      }
      if isStopping || Task.isCancelled { return false }
      if remaining <= 0 || moment <= clock.now() { return true }
    }
    return false
  }

  /// Whoever waits with an epoch looks up: flows have been published.
  func interrupt() {
    let alarms = state.withLock { state in
      state.epoch += 1
      return state.alarms.sorted { $0.key < $1.key }.map(\.value)
    }
    for alarm in alarms { alarm.ring() }
  }

  func stop() {
    let alarms = state.withLock { state in
      state.isStopping = true
      // In the order in which they began to wait: a dictionary's own would differ from one process to the next.
      return state.alarms.sorted { $0.key < $1.key }.map(\.value)
    }
    for alarm in alarms { alarm.ring() }
  }
}
