//! Forgetting in small steps: what each may remove, and what it never does.
package import SwitchboardSDK

package enum PruneStep: Sendable, Hashable {
  /// Looks at up to `limit` events in id order after `after`, and removes each that was received before
  /// `receivedBefore` together with its runs and their deliveries. Kept are: an event with an open run or a pending
  /// timer; one with a dead run, or a delivery of unknown outcome, that changed at `deadBefore` or later; one with
  /// a run that changed at `receivedBefore` or later; and whichever holds the newest event or run, since ids count
  /// on from there.
  case history(after: EventID, receivedBefore: Timestamp, deadBefore: Timestamp, limit: Int)
  /// Keys of flows whose `keepUntil` is before the moment.
  case deduplicationKeys(keptUntilBefore: Timestamp, limit: Int)
  /// Values of projects that expired, or were deleted, before the moment.
  case projectState(expiredBefore: Timestamp, limit: Int)
}

package struct FlowVersionName: Sendable, Hashable {
  /// As it was saved: `project/flow`.
  package var flow: String
  package var version: String

  package init(flow: String, version: String) {
    self.flow = flow
    self.version = version
  }

  /// The flow's own name, as runs carry it.
  package var plainFlow: String { flow.firstIndex(of: "/").map { String(flow[flow.index(after: $0)...]) } ?? flow }
}

package struct PruneProgress: Sendable, Hashable {
  /// Events or keys that are gone now.
  package var removed: Int
  /// Rows looked at.
  package var examined: Int
  /// Where the next step of `history` goes on; nil when there is nothing more to look at. For keys: any
  /// value when there may be more.
  package var next: EventID?

  package init(removed: Int, examined: Int, next: EventID?) {
    self.removed = removed
    self.examined = examined
    self.next = next
  }
}
