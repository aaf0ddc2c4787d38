//! How long to wait after a failed attempt to receive: 1 s, doubled each time, up to a minute.

struct Backoff: Sendable {
  static let firstMilliseconds: Int64 = 1_000
  static let maxMilliseconds: Int64 = 60_000

  private var failures: Int64 = 0

  /// Half of the wait is fixed, half is drawn: full jitter could draw zero and hammer a server that is down.
  mutating func next() -> Int64 {
    let full = min(Self.firstMilliseconds << min(failures, 6), Self.maxMilliseconds)
    failures += 1
    return Int64.random(in: full / 2...full)
  }

  mutating func reset() { failures = 0 }
}
