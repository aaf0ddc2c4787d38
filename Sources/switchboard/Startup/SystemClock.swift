//! The machine's clock, which a demo may run faster.
import Dispatch
import Foundation
import SwitchboardSDK

struct SystemClock: ClockPort {
  /// How many seconds of ours pass in a second of the machine's. 1 but in the demo.
  let rate: Double
  private let base: Timestamp
  private let baseMonotonicNanoseconds: Int64

  /// - Parameters:
  ///   - origin: the wall time that `rate` counts from, shared by all processes of a demo so that their clocks agree.
  init(rate: Double = 1, origin: Timestamp? = nil) {
    self.rate = rate
    let wall = Self.wallTime()
    baseMonotonicNanoseconds = Self.monotonicNanoseconds()
    guard let origin, rate != 1 else {
      base = wall
      return
    }
    base = origin.adding(milliseconds: Self.scaled(wall.millisecondsSince(origin), by: rate))
  }

  func now() -> Timestamp {
    // Rate 1 follows the wall clock through its corrections; a scaled clock can only count on from its base.
    guard rate != 1 else { return Self.wallTime() }
    let elapsed = (Self.monotonicNanoseconds() - baseMonotonicNanoseconds) / 1_000_000
    return base.adding(milliseconds: Self.scaled(elapsed, by: rate))
  }

  func sleep(milliseconds: Int64) async {
    // A century is for ever; and Duration must not overflow.
    let bounded = min(max(milliseconds, 0), 100 * 365 * 86_400_000)
    try? await Task.sleep(for: .milliseconds(max(1, Self.scaled(bounded, by: 1 / rate))))
  }

  static let monotonicMilliseconds: @Sendable () -> Int64 = { monotonicNanoseconds() / 1_000_000 }

  private static func scaled(_ milliseconds: Int64, by factor: Double) -> Int64 {
    Int64(exactly: (Double(milliseconds) * factor).rounded()) ?? milliseconds
  }

  // No timespec here: whether its fields belong to Glibc or to Dispatch depends on which the compiler meets first.
  private static func wallTime() -> Timestamp {
    Timestamp(milliseconds: Int64(exactly: (Date().timeIntervalSince1970 * 1_000).rounded(.down)) ?? 0)
  }

  /// DispatchTime counts by CLOCK_MONOTONIC.
  private static func monotonicNanoseconds() -> Int64 { Int64(clamping: DispatchTime.now().uptimeNanoseconds) }
}
