//! Room 8 of 8, Announcing. What has been settled -> log lines and probes. The end of the walk.
package import JournalCore
package import SwitchboardSDK

/// One thing that has durably happened, in the order in which it did within its lane.
package struct RunNotice: Sendable {
  package enum What: Sendable, Hashable {
    case called(step: String, action: String, connection: String, attempt: Int, error: String?)
    case timerStarted(step: String, dueAt: Timestamp)
    case waiting(until: Timestamp, reason: String)
    case parked(reason: String)
    case finished(outcome: String)
  }
  package var run: RunID
  package var message: String
  package var lane: String
  package var flow: String
  package var what: What
}
