//! What follows a failure: `on_error: { retry: …, then: … }`.

package struct ErrorPolicy: Sendable, Hashable {
  /// What happens once the tries are used up (or at once, for a failure that no repetition mends).
  package enum Last: String, Sendable, Hashable, CaseIterable {
    /// The lane stops and waits for a person; nothing of the conversation overtakes.
    case park
    /// The step counts as done without a result; the run goes on.
    case skip
    /// The run ends as a dead letter; the lane goes on.
    case deadLetter = "dead_letter"
  }
  package var retry: RetryPolicy
  package var last: Last

  package init(retry: RetryPolicy, last: Last) {
    self.retry = retry
    self.last = last
  }

  /// 8 tries over about a quarter of an hour, then the lane waits for a person: a customer's message is never
  /// thrown away because nobody chose a policy.
  package static let standard = ErrorPolicy(
    retry: RetryPolicy(times: 8, firstMilliseconds: 1_000, maxMilliseconds: 300_000, hasJitter: true), last: .park)
}

package struct RetryPolicy: Sendable, Hashable {
  /// Attempts after the first.
  package var times: Int
  package var firstMilliseconds: Int64
  package var maxMilliseconds: Int64
  /// Full jitter: the wait is uniform between 0 and the back-off (AWS Architecture Blog, "Exponential Backoff And
  /// Jitter").
  package var hasJitter: Bool

  package init(times: Int, firstMilliseconds: Int64, maxMilliseconds: Int64, hasJitter: Bool) {
    self.times = times
    self.firstMilliseconds = firstMilliseconds
    self.maxMilliseconds = maxMilliseconds
    self.hasJitter = hasJitter
  }

  /// The wait before the next attempt, or nil when the tries are used up.
  /// `attempt` counts the failed attempts so far, from 1; `random` is uniform in 0..<1.
  package func delayMilliseconds(afterAttempt attempt: Int, random: Double) -> Int64? {
    guard attempt <= times else { return nil }
    // Past 30 doublings of a millisecond the cap has long since taken over; the bound keeps the shift from overflowing.
    let doublings = Int64(1) << Int64(min(max(attempt - 1, 0), 30))
    let (product, overflow) = firstMilliseconds.multipliedReportingOverflow(by: doublings)
    let backoff = min(overflow ? maxMilliseconds : product, maxMilliseconds)
    guard hasJitter else { return backoff }
    return Int64((Double(backoff) * min(max(random, 0), 1)).rounded())
  }
}
