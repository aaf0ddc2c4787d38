//! A run in the hands of its lane.
import FlowModel
import JournalCore
import SwitchboardSDK

/// A run with its event decoded, ready to be walked. A class, because it passes from hand to hand.
final class LiveRun: Sendable {
  let id: RunID
  let event: EventID
  let content: Event
  let project: String
  let connection: String
  let conversation: String
  let flow: String
  let version: String
  let label: String
  let lane: String
  let receivedAt: Timestamp
  /// Nil before the first step.
  let state: RunState?
  let status: RunStatus
  let wakeAt: Timestamp?

  init(id: RunID, receipt: Receipt, record: IntakeRecord, run: NewRun, event: Event) {
    self.id = id
    self.event = receipt.event
    self.content = event
    self.project = record.project
    self.connection = record.connection
    self.conversation = record.conversation
    self.flow = run.flow
    self.version = run.version
    self.label = run.label
    self.lane = run.lane
    self.receivedAt = record.receivedAt
    self.state = nil
    self.status = .queued
    self.wakeAt = nil
  }

  /// The same run on another version of its flow.
  func on(version: String) -> LiveRun { LiveRun(self, version: version) }

  private init(_ run: LiveRun, version: String) {
    self.id = run.id
    self.event = run.event
    self.content = run.content
    self.project = run.project
    self.connection = run.connection
    self.conversation = run.conversation
    self.flow = run.flow
    self.version = version
    self.label = run.label
    self.lane = run.lane
    self.receivedAt = run.receivedAt
    self.state = run.state
    self.status = run.status
    self.wakeAt = run.wakeAt
  }

  /// Nil when the stored payload or state cannot be read: the row is damaged or of a later version.
  init?(stored: StoredRun, now: Timestamp) {
    guard let value = try? JSON.parse(stored.payload), let content = Event(stored: value) else { return nil }
    var state: RunState?
    if let bytes = stored.state {
      guard var decoded = RunState(encoded: bytes) else { return nil }
      if now < stored.changedAt { decoded.shiftClocks(byMilliseconds: now.millisecondsSince(stored.changedAt)) }
      state = decoded
    }
    self.id = stored.id
    self.event = stored.event
    self.content = content
    self.project = stored.project
    self.connection = stored.connection
    self.conversation = stored.conversation
    self.flow = stored.flow
    self.version = stored.version
    self.label = stored.label
    self.lane = stored.lane
    self.receivedAt = stored.receivedAt
    self.state = state
    self.status = stored.status
    // A clock that was set back since then does not prolong the pause: it is as long as it was meant to be.
    self.wakeAt = stored.wakeAt.map { wakeAt in
      now < stored.changedAt ? now.adding(milliseconds: wakeAt.millisecondsSince(stored.changedAt)) : wakeAt
    }
  }
}

/// An entry of a lane's queue.
enum LaneEntry: Sendable {
  case fresh(LiveRun)
  /// To be read from the journal when its turn comes.
  case stored(RunID)
  /// The same of one that was found open: it may have been in hand when the process died.
  case found(RunID)

  var id: RunID {
    switch self {
    case .fresh(let run): run.id
    case .stored(let id), .found(let id): id
    }
  }
}
