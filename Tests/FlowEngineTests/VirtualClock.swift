import SwitchboardSDK
import Synchronization

/// Time that moves only when a test says so.
final class VirtualClock: ClockPort {
  private struct Sleeper {
    var id: Int
    var until: Timestamp
    var continuation: CheckedContinuation<Void, Never>
  }
  private struct State {
    var now: Timestamp
    var sleepers: [Sleeper] = []
    var nextID = 0
    var cancelled: Set<Int> = []
  }
  private let state: Mutex<State>

  init(_ start: Timestamp = Timestamp(seconds: 1_800_000_000)) { state = Mutex(State(now: start)) }

  func now() -> Timestamp { state.withLock { $0.now } }

  func sleep(milliseconds: Int64) async {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state -> Bool in
          let until = state.now.adding(milliseconds: milliseconds)
          if until <= state.now || state.cancelled.remove(id) != nil { return true }
          state.sleepers.append(Sleeper(id: id, until: until, continuation: continuation))
          return false
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      let sleeper = state.withLock { state -> Sleeper? in
        guard let at = state.sleepers.firstIndex(where: { $0.id == id }) else {
          state.cancelled.insert(id)
          return nil
        }
        return state.sleepers.remove(at: at)
      }
      sleeper?.continuation.resume()
    }
  }

  var longestSleepMilliseconds: Int64 {
    state.withLock { state in state.sleepers.map { $0.until.millisecondsSince(state.now) }.max() ?? 0 }
  }

  /// The wall clock is corrected: whoever sleeps goes on sleeping for as long as he meant to.
  func setBack(milliseconds: Int64) {
    state.withLock { state in
      state.now = state.now.adding(milliseconds: -milliseconds)
      for index in state.sleepers.indices {
        state.sleepers[index].until = state.sleepers[index].until.adding(milliseconds: -milliseconds)
      }
    }
  }

  func advance(milliseconds: Int64) {
    let due = state.withLock { state -> [Sleeper] in
      state.now = state.now.adding(milliseconds: milliseconds)
      let now = state.now
      let due = state.sleepers.filter { $0.until <= now }.sorted { $0.until < $1.until }
      state.sleepers.removeAll { $0.until <= now }
      return due
    }
    for sleeper in due { sleeper.continuation.resume() }
  }
}
