//! SIGTERM and Ctrl-C beside the service group, on a queue of their own: before anything is served they end the program
//! at once, a second one ends it at once always, and a stop that hangs is broken off. Ending at any point loses
//! nothing: what was accepted is in the journal.
import Dispatch
import FlowModel
import Glibc
import Logging

final class StopSignals {
  /// The stop deadline with what the parts around the engine may take: a supervisor that kills after 25 s or 30 s
  /// finds the program gone.
  private static let patience: DispatchTimeInterval = .milliseconds(Int(Limits.stopDeadlineMilliseconds) + 9_000)

  let clock = StopClock()
  private let queue = DispatchQueue(label: "switchboard.stop", qos: .userInteractive)
  let watch: StopWatch
  private let sources: [any DispatchSourceSignal]

  init(log: Logger, flush: @escaping @Sendable () -> Void) {
    let watch = StopWatch(queue: queue, clock: clock, log: log, flush: flush, patience: Self.patience)
    self.watch = watch
    sources = [SIGTERM, SIGINT].map { [queue] number in
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { watch.caught() }
      source.activate()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }
}

/// `@unchecked Sendable`: its variables are touched on `queue` only, which is serial.
final class StopWatch: @unchecked Sendable {
  private var isServing = false
  private var caughtCount = 0
  private let queue: DispatchQueue
  private let clock: StopClock
  private let log: Logger
  private let flush: @Sendable () -> Void
  private let patience: DispatchTimeInterval

  fileprivate init(
    queue: DispatchQueue, clock: StopClock, log: Logger, flush: @escaping @Sendable () -> Void,
    patience: DispatchTimeInterval
  ) {
    self.queue = queue
    self.clock = clock
    self.log = log
    self.flush = flush
    self.patience = patience
  }

  /// From here on the service group hears the signals too, and stops in order.
  func serves() { queue.sync { isServing = true } }

  /// On `queue`.
  fileprivate func caught() {
    caughtCount += 1
    clock.begin()
    guard isServing else { return end("stopped before it served", status: 0) }
    guard caughtCount == 1 else { return end("told to stop twice: ends where it stands", status: 1) }
    queue.asyncAfter(deadline: .now() + patience) { [self] in
      end("the stop takes too long: ends where it stands", status: 1)
    }
  }

  private func end(_ words: String, status: Int32) {
    log.warning("\(words)")
    flush()
    _exit(status)
  }
}
