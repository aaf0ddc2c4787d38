import FlowModel
import Testing

@Suite struct RetryPolicyTests {
  private let policy = RetryPolicy(times: 4, firstMilliseconds: 1_000, maxMilliseconds: 5_000, hasJitter: false)

  @Test(arguments: [(1, 1_000), (2, 2_000), (3, 4_000), (4, 5_000)])
  func `a failed attempt waits twice as long as the one before, up to the cap`(attempt: Int, milliseconds: Int64) {
    #expect(policy.delayMilliseconds(afterAttempt: attempt, random: 0.5) == milliseconds)
  }

  @Test func `after the last try there is no further wait`() {
    #expect(policy.delayMilliseconds(afterAttempt: 5, random: 0.5) == nil)
  }

  @Test func `full jitter spreads the wait between nothing and the back-off`() {
    var jittered = policy
    jittered.hasJitter = true
    #expect(jittered.delayMilliseconds(afterAttempt: 2, random: 0) == 0)
    #expect(jittered.delayMilliseconds(afterAttempt: 2, random: 0.25) == 500)
    #expect(jittered.delayMilliseconds(afterAttempt: 2, random: 1) == 2_000)
  }

  @Test func `a thousandth attempt with the largest values does not overflow`() {
    let huge = RetryPolicy(times: .max, firstMilliseconds: .max, maxMilliseconds: .max, hasJitter: false)
    #expect(huge.delayMilliseconds(afterAttempt: 1_000, random: 0.5) == .max)
  }
}
