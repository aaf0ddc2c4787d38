//! Waits for a worker's answer as long as its CPU time allows: on a busy machine a slow clock says nothing.
internal import CLinux
internal import Glibc

struct CPUWatch {
  enum Outcome { case ready, overrun, silence, babble }

  private let process: Int32
  private let deadline: Int64
  private let silentAt: Int64
  private(set) var outcome = Outcome.ready
  private static let lookMilliseconds: Int32 = 20

  init(process: Int32, budget: Int64) {
    self.process = process
    deadline = max(0, switchboard_process_cpu_ns(process)) + budget
    silentAt = WorkerKeeper.now() + WorkerKeeper.silenceMilliseconds
  }

  /// Waits until the socket can be read or written (`POLLIN`, `POLLOUT`); false when the worker has had its time.
  mutating func wait(_ socket: Int32, for events: Int32) -> Bool {
    while true {
      var waited = pollfd(fd: socket, events: Int16(events), revents: 0)
      if poll(&waited, 1, Self.lookMilliseconds) > 0 { return isInTime() }
      guard isInTime() else { return false }
    }
  }

  /// Also asked when there is something to read: a worker that never stops talking has its time as well.
  private mutating func isInTime() -> Bool {
    if switchboard_process_cpu_ns(process) > deadline { outcome = .overrun }
    if WorkerKeeper.now() > silentAt { outcome = .silence }
    return outcome == .ready
  }

  /// Reaps a process that has hung up; it is ended when it takes its time.
  static func letDie(_ process: Int32, _ signal: inout Int32) {
    for _ in 0..<50 {
      if switchboard_worker_has_ended(process, &signal) == 1 { return }
      _ = poll(nil, 0, 2)
    }
    _ = switchboard_worker_end(process, &signal)
  }
}
