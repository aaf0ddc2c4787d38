//! The rows of the journal as values. Stores translate them; nobody else knows columns.
package import FlowModel
package import SwitchboardSDK

package typealias EventID = Int64
package typealias RunID = Int64

/// An event on its way in, with the runs it starts.
package struct IntakeRecord: Sendable, Hashable {
  package var project: String
  package var connection: String
  package var externalID: String
  /// Key of the conversation: `project/connection/chat` of its origin.
  package var conversation: String
  package var receivedAt: Timestamp
  /// The event as JSON (`EventCoding`).
  package var payload: [UInt8]
  package var runs: [NewRun]

  package init(
    project: String, connection: String, externalID: String, conversation: String, receivedAt: Timestamp,
    payload: [UInt8], runs: [NewRun]
  ) {
    self.project = project
    self.connection = connection
    self.externalID = externalID
    self.conversation = conversation
    self.receivedAt = receivedAt
    self.payload = payload
    self.runs = runs
  }
}

package struct NewRun: Sendable, Hashable {
  package var flow: String
  package var version: String
  /// `event.from`: the label of the trigger that matched.
  package var label: String
  package var lane: String
  /// The lane is walked by another node, which takes the run up from the journal.
  package var isHandedOver: Bool

  package init(flow: String, version: String, label: String, lane: String, isHandedOver: Bool = false) {
    self.flow = flow
    self.version = version
    self.label = label
    self.lane = lane
    self.isHandedOver = isHandedOver
  }
}

package struct Receipt: Sendable, Hashable {
  package var event: EventID
  package var isDuplicate: Bool
  /// One for each of the record's runs, in their order; empty for a duplicate.
  package var runs: [RunID]

  package init(event: EventID, isDuplicate: Bool, runs: [RunID]) {
    self.event = event
    self.isDuplicate = isDuplicate
    self.runs = runs
  }
}

package enum RunStatus: Int, Sendable, Hashable, CaseIterable {
  /// Not begun.
  case queued = 0
  /// Begun; a delivery is under way or about to be.
  case running = 1
  /// Waits for `wakeAt` (a retry).
  case waiting = 2
  /// Waits for a person; its lane with it.
  case parked = 3
  case done = 4
  /// Given up; a person may retry it.
  case dead = 5
  /// Given up by a person.
  case dropped = 6

  package var isClosed: Bool { rawValue >= RunStatus.done.rawValue }
}

/// What the lanes must know of a run that is not closed; no payload.
package struct OpenRun: Sendable, Hashable {
  package var id: RunID
  package var lane: String
  package var status: RunStatus
  package var wakeAt: Timestamp?

  /// Has spoken, or may have: nothing else of its lane may come in its midst. A parked run that a person has put back
  /// is told by its `wakeAt`: such a one was the head of its lane.
  package var isBegun: Bool { status != .queued || wakeAt != nil }

  package init(id: RunID, lane: String, status: RunStatus, wakeAt: Timestamp?) {
    self.id = id
    self.lane = lane
    self.status = status
    self.wakeAt = wakeAt
  }
}

package struct StoredRun: Sendable, Hashable {
  package var id: RunID
  package var event: EventID
  package var project: String
  /// The connection that the event came by.
  package var connection: String
  package var externalID: String
  package var conversation: String
  package var flow: String
  package var version: String
  package var label: String
  package var lane: String
  package var status: RunStatus
  package var wakeAt: Timestamp?
  package var receivedAt: Timestamp
  /// The run machine's state (`RunState` as JSON); nil before the first step.
  package var state: [UInt8]?
  package var outcome: String?
  package var payload: [UInt8]
  /// When it was committed last.
  package var changedAt: Timestamp

  package init(
    id: RunID, event: EventID, project: String, connection: String, externalID: String, conversation: String,
    flow: String, version: String, label: String, lane: String, status: RunStatus, wakeAt: Timestamp?,
    receivedAt: Timestamp, state: [UInt8]?, outcome: String?, payload: [UInt8], changedAt: Timestamp
  ) {
    self.id = id
    self.event = event
    self.project = project
    self.connection = connection
    self.externalID = externalID
    self.conversation = conversation
    self.flow = flow
    self.version = version
    self.label = label
    self.lane = lane
    self.status = status
    self.wakeAt = wakeAt
    self.receivedAt = receivedAt
    self.state = state
    self.outcome = outcome
    self.payload = payload
    self.changedAt = changedAt
  }
}

/// Everything that one advance of a run changes.
package struct RunChange: Sendable, Hashable {
  package var run: RunID
  /// Whose run it is, for taking turns; empty where it does not matter. Not stored.
  package var project: String
  package var status: RunStatus
  package var wakeAt: Timestamp?
  package var state: [UInt8]?
  /// For people: `relayed`, `dropped: noise`, `dead: chat not found`.
  package var outcome: String?
  package var at: Timestamp
  package var deliveries: [DeliveryChange]
  package var timers: [TimerChange]
  package var conversation: ConversationChange?
  package var threads: [ThreadChange]
  /// The version that the run has been adopted by, to be kept with the state that belongs to it; nil leaves it.
  package var version: String?
  /// Values of the run's project.
  package var values: ProjectValues?

  package struct ProjectValues: Sendable, Hashable {
    package var project: String
    package var changes: [StateChange]

    package init(project: String, changes: [StateChange]) {
      self.project = project
      self.changes = changes
    }
  }

  package init(
    run: RunID, status: RunStatus, wakeAt: Timestamp? = nil, state: [UInt8]? = nil, outcome: String? = nil,
    at: Timestamp, deliveries: [DeliveryChange] = [], timers: [TimerChange] = [],
    conversation: ConversationChange? = nil, threads: [ThreadChange] = [], version: String? = nil, project: String = "",
    values: ProjectValues? = nil
  ) {
    self.run = run
    self.project = project
    self.status = status
    self.wakeAt = wakeAt
    self.state = state
    self.outcome = outcome
    self.at = at
    self.deliveries = deliveries
    self.timers = timers
    self.conversation = conversation
    self.threads = threads
    self.version = version
    self.values = values
  }
}

package struct TroubledRun: Sendable, Hashable {
  package var id: RunID
  package var project: String
  package var flow: String
  package var lane: String
  package var status: RunStatus
  package var outcome: String
  package var at: Timestamp

  package init(
    id: RunID, project: String, flow: String, lane: String, status: RunStatus, outcome: String, at: Timestamp
  ) {
    self.id = id
    self.project = project
    self.flow = flow
    self.lane = lane
    self.status = status
    self.outcome = outcome
    self.at = at
  }
}

package struct JournalCounts: Sendable, Hashable {
  /// Stored since the journal was begun, those pruned since included.
  package var events: Int
  package var openRuns: Int
  package var parkedRuns: Int
  package var deadRuns: Int
  package var pendingTimers: Int
  /// Deliveries whose outcome nobody knows.
  package var unknownDeliveries: Int

  package init(
    events: Int = 0, openRuns: Int = 0, parkedRuns: Int = 0, deadRuns: Int = 0, pendingTimers: Int = 0,
    unknownDeliveries: Int = 0
  ) {
    self.events = events
    self.openRuns = openRuns
    self.parkedRuns = parkedRuns
    self.deadRuns = deadRuns
    self.pendingTimers = pendingTimers
    self.unknownDeliveries = unknownDeliveries
  }
}

package struct FlowVersion: Sendable, Hashable {
  package var project: String
  package var flow: String
  package var version: String
  package var file: String
  package var source: String

  package init(project: String, flow: String, version: String, file: String, source: String) {
    self.project = project
    self.flow = flow
    self.version = version
    self.file = file
    self.source = source
  }
}
