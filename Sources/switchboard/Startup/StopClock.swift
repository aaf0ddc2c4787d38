//! When the program was told to stop: what each part may still take counts from there, not from its own turn.
import Synchronization

final class StopClock: Sendable {
  /// Of the monotonic clock, in milliseconds; 0 while nobody has said so.
  private let beganAt = Atomic<Int64>(0)
  /// Whoever comes late still gets a moment to note where it stands.
  private static let leastMilliseconds: Int64 = 500

  func begin() {
    _ = beganAt.compareExchange(
      expected: 0, desired: max(1, SystemClock.monotonicMilliseconds()), ordering: .sequentiallyConsistent)
  }

  /// What is left of a time that began with the stop.
  func left(of milliseconds: Int64) -> Int64 {
    let began = beganAt.load(ordering: .sequentiallyConsistent)
    guard began > 0 else { return milliseconds }
    return max(Self.leastMilliseconds, milliseconds - (SystemClock.monotonicMilliseconds() - began))
  }
}
