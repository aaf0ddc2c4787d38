//! Runs every job of a simulation on one thread, one at a time, in an order that the seed chooses. Child tasks,
//! task groups, streams and default actors stay on it: they follow the task's preferred executor.
import Glibc
import Synchronization

package final class SeededExecutor: TaskExecutor {
  private struct Ready {
    var job: UnownedJob
    /// Nil for what belongs to no machine: the world itself.
    var machine: MachineExecutor?
  }
  private struct State {
    var ready: [Ready] = []
    /// What machines that hang have to do once they go on.
    var held: [Int: [Ready]] = [:]
    var random: SplitMix
    /// The thread that runs the jobs; nil until it has begun.
    var thread: pthread_t?
    var arrivalsFromElsewhere = 0
    /// Grows with each choice; equal for two runs only if they chose alike.
    var choices: UInt64 = 0

    mutating func add(_ ready: Ready) {
      if let thread, pthread_equal(thread, pthread_self()) == 0 { arrivalsFromElsewhere += 1 }
      if let number = ready.machine?.number, held[number] != nil {
        held[number]?.append(ready)
      } else {
        self.ready.append(ready)
      }
    }
  }
  private let state: Mutex<State>

  package init(seed: UInt64) { state = Mutex(State(random: SplitMix(seed: seed))) }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.add(Ready(job: job)) }
  }

  fileprivate func enqueue(_ job: UnownedJob, of machine: MachineExecutor) {
    state.withLock { $0.add(Ready(job: job, machine: machine)) }
  }

  /// Jobs that something outside the simulation has made ready: chance that the seed does not hold.
  package var arrivalsFromElsewhere: Int { state.withLock { $0.arrivalsFromElsewhere } }
  package var choices: UInt64 { state.withLock { $0.choices } }

  /// From here on no job of the machine is run, as of a process that is stopped.
  func hang(_ machine: MachineExecutor) {
    state.withLock { state in
      guard state.held[machine.number] == nil else { return }
      state.held[machine.number] = state.ready.filter { $0.machine === machine }
      state.ready.removeAll { $0.machine === machine }
    }
  }

  /// It goes on where it stood.
  func goOn(_ machine: MachineExecutor) {
    state.withLock { state in state.ready += state.held.removeValue(forKey: machine.number) ?? [] }
  }

  /// Runs one of the ready jobs on the calling thread, which must stay the same. False when none is ready.
  package func runOne() -> Bool {
    let next = state.withLock { state -> Ready? in
      if state.thread == nil { state.thread = pthread_self() }
      let count = state.ready.count
      guard count > 0 else { return nil }
      let at = count == 1 ? 0 : Int(state.random.next() >> 33) % count
      state.choices = (state.choices ^ UInt64(at) ^ UInt64(count) << 32) &* 0x100_0000_01B3
      state.ready.swapAt(at, count - 1)
      return state.ready.removeLast()
    }
    guard let next else { return false }
    next.job.runSynchronously(on: next.machine?.asUnownedTaskExecutor() ?? asUnownedTaskExecutor())
    return true
  }
}

/// The jobs of one machine among several: they can be held up, as a process is that hangs.
package final class MachineExecutor: TaskExecutor {
  let number: Int
  let all: SeededExecutor

  init(number: Int, of all: SeededExecutor) {
    self.number = number
    self.all = all
  }

  package func enqueue(_ job: consuming ExecutorJob) { all.enqueue(UnownedJob(job), of: self) }
  func hang() { all.hang(self) }
  func goOn() { all.goOn(self) }
}
