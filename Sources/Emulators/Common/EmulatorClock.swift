//! The emulator's time: the machine's, or a test's, and either can be moved forward by hand.

internal import Synchronization
package import SwitchboardSDK

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Musl
#endif

package final class EmulatorClock: Sendable {
  private let source: @Sendable () -> Timestamp
  private let pause: @Sendable (Int64) async -> Void
  private let offsetMilliseconds = Mutex<Int64>(0)

  /// - Parameters:
  ///   - now: where time comes from.
  ///   - sleep: waits so many milliseconds; returns early when the task is cancelled.
  package init(
    now: @escaping @Sendable () -> Timestamp = EmulatorClock.wallTime,
    sleep: @escaping @Sendable (Int64) async -> Void = { try? await Task.sleep(for: .milliseconds($0)) }
  ) {
    self.source = now
    self.pause = sleep
  }

  package func now() -> Timestamp {
    source().adding(milliseconds: offsetMilliseconds.withLock { $0 })
  }

  package func advance(milliseconds: Int64) {
    offsetMilliseconds.withLock { $0 = Timestamp(milliseconds: $0).adding(milliseconds: milliseconds).milliseconds }
  }

  /// Makes `now()` this moment; from there time goes on as the source goes.
  package func set(_ moment: Timestamp) {
    offsetMilliseconds.withLock { $0 = moment.millisecondsSince(source()) }
  }

  package func sleep(milliseconds: Int64) async { await pause(max(0, milliseconds)) }

  package static let wallTime: @Sendable () -> Timestamp = {
    var moment = timespec()
    clock_gettime(CLOCK_REALTIME, &moment)
    return Timestamp(milliseconds: Int64(moment.tv_sec) * 1_000 + Int64(moment.tv_nsec) / 1_000_000)
  }
}
