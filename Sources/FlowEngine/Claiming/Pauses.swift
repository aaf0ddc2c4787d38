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
  func wait(until moment: Timestamp, clock: any ClockPort, epoch: Int? = nil) async -> Bool {
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
      // The alarm may return too early; then we wait again.
      if moment > clock.now() { await alarm.wait(until: moment, clock: clock) }
      let isStopping = state.withLock { state in
        state.alarms[number] = nil
        return state.isStopping
      }
      if isStopping || Task.isCancelled { return false }
      if moment <= clock.now() { return true }
    }
    return false
  }

  /// Whoever waits with an epoch looks up: flows have been published.
  func interrupt() {
    let alarms = state.withLock { state in
      state.epoch += 1
      return Array(state.alarms.values)
    }
    for alarm in alarms { alarm.ring() }
  }

  func stop() {
    let alarms = state.withLock { state in
      state.isStopping = true
      return Array(state.alarms.values)
    }
    for alarm in alarms { alarm.ring() }
  }
}
