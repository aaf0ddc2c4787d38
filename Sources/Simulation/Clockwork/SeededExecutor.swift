//! Runs every job of a simulation on one thread, one at a time, in an order that the seed chooses. Child tasks,
//! task groups, streams and default actors stay on it: they follow the task's preferred executor.
import Glibc
import Synchronization

package final class SeededExecutor: TaskExecutor {
  private struct State {
    var ready: [UnownedJob] = []
    var random: SplitMix
    /// The thread that runs the jobs; nil until it has begun.
    var thread: pthread_t?
    var arrivalsFromElsewhere = 0
    /// Grows with each choice; equal for two runs only if they chose alike.
    var choices: UInt64 = 0
  }
  private let state: Mutex<State>

  package init(seed: UInt64) { state = Mutex(State(random: SplitMix(seed: seed))) }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { state in
      if let thread = state.thread, pthread_equal(thread, pthread_self()) == 0 { state.arrivalsFromElsewhere += 1 }
      state.ready.append(job)
    }
  }

  /// Jobs that something outside the simulation has made ready: chance that the seed does not hold.
  package var arrivalsFromElsewhere: Int { state.withLock { $0.arrivalsFromElsewhere } }
  package var choices: UInt64 { state.withLock { $0.choices } }

  /// Runs one of the ready jobs on the calling thread, which must stay the same. False when none is ready.
  package func runOne() -> Bool {
    let job = state.withLock { state -> UnownedJob? in
      if state.thread == nil { state.thread = pthread_self() }
      let count = state.ready.count
      guard count > 0 else { return nil }
      let at = count == 1 ? 0 : Int(state.random.next() >> 33) % count
      state.choices = (state.choices ^ UInt64(at) ^ UInt64(count) << 32) &* 0x100_0000_01B3
      state.ready.swapAt(at, count - 1)
      return state.ready.removeLast()
    }
    guard let job else { return false }
    job.runSynchronously(on: asUnownedTaskExecutor())
    return true
  }
}
