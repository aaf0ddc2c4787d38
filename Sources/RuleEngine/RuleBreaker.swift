//! Ten failures in a row open it; after 30 s one call may try; a new version of the rule closes it at once.

struct RuleBreaker: Sendable {
  static let failuresMax = 10
  static let openMilliseconds: Int64 = 30_000

  private(set) var failures = 0
  private var version = ""
  private var openedAt: Int64 = 0
  private var isProbing = false

  /// Whether a call may go on. While half-open only one may, until its outcome is known.
  mutating func admits(version: String, nowMilliseconds now: Int64) -> Bool {
    if version != self.version { self = RuleBreaker(version: version) }
    guard failures >= Self.failuresMax else { return true }
    guard now &- openedAt >= Self.openMilliseconds, !isProbing else { return false }
    isProbing = true
    return true
  }

  mutating func record(isSuccess: Bool, version: String, nowMilliseconds now: Int64) {
    guard version == self.version else { return }
    isProbing = false
    if isSuccess {
      failures = 0
    } else {
      failures += 1
      if failures >= Self.failuresMax { openedAt = now }
    }
  }

  init() {}

  private init(version: String) { self.version = version }
}
