//! Ten failures in a row open it; after 30 s one call may try; a new version of the rule closes it at once.

package struct RuleBreaker: Sendable {
  package enum State: String, Sendable, Hashable, CaseIterable {
    case closed
    /// Not asked; messages take the flow's `on_error`.
    case open
    /// The next call may try.
    case halfOpen = "half_open"
  }

  package static let failuresMax = 10
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

  /// Answers whether this failure opened it, anew or again.
  mutating func record(isSuccess: Bool, version: String, nowMilliseconds now: Int64) -> Bool {
    guard version == self.version else { return false }
    isProbing = false
    guard !isSuccess else {
      failures = 0
      return false
    }
    failures += 1
    guard failures >= Self.failuresMax else { return false }
    openedAt = now
    return true
  }

  func state(nowMilliseconds now: Int64) -> State {
    guard failures >= Self.failuresMax else { return .closed }
    return now &- openedAt >= Self.openMilliseconds ? .halfOpen : .open
  }

  private init(version: String) { self.version = version }
  init() {}
}
