//! What `JournalAdministration` answers with.
package import SwitchboardSDK

/// A place among pending timers in their order.
package struct TimerPlace: Sendable, Hashable {
  package var dueAt: Timestamp
  package var key: String

  package init(dueAt: Timestamp, key: String) {
    self.dueAt = dueAt
    self.key = key
  }
}

/// A run without its payload and state.
package struct RunSummary: Sendable, Hashable {
  package var id: RunID
  package var event: EventID
  package var project: String
  /// The connection that the event came by.
  package var connection: String
  package var externalID: String
  package var flow: String
  package var version: String
  package var label: String
  package var lane: String
  package var status: RunStatus
  package var wakeAt: Timestamp?
  package var receivedAt: Timestamp
  /// When the status was set last.
  package var changedAt: Timestamp
  package var outcome: String?

  package init(
    id: RunID, event: EventID, project: String, connection: String, externalID: String, flow: String, version: String,
    label: String, lane: String, status: RunStatus, wakeAt: Timestamp?, receivedAt: Timestamp, changedAt: Timestamp,
    outcome: String?
  ) {
    self.id = id
    self.event = event
    self.project = project
    self.connection = connection
    self.externalID = externalID
    self.flow = flow
    self.version = version
    self.label = label
    self.lane = lane
    self.status = status
    self.wakeAt = wakeAt
    self.receivedAt = receivedAt
    self.changedAt = changedAt
    self.outcome = outcome
  }
}

package struct OpenLane: Sendable, Hashable {
  package var lane: String
  package var openRuns: Int
  /// The run whose turn it is: the others wait behind it.
  package var head: RunSummary

  package init(lane: String, openRuns: Int, head: RunSummary) {
    self.lane = lane
    self.openRuns = openRuns
    self.head = head
  }
}

/// Which runs to list; nil and empty mean all.
package struct RunFilter: Sendable, Hashable {
  package var project: String?
  package var flow: String?
  package var lane: String?
  package var statuses: Set<RunStatus>

  package init(project: String? = nil, flow: String? = nil, lane: String? = nil, statuses: Set<RunStatus> = []) {
    self.project = project
    self.flow = flow
    self.lane = lane
    self.statuses = statuses
  }

  package static let openStatuses: Set<RunStatus> = [.queued, .running, .waiting, .parked]
  package static let troubledStatuses: Set<RunStatus> = [.parked, .dead]
}

package struct StoredEvent: Sendable, Hashable {
  package var id: EventID
  package var project: String
  package var connection: String
  package var externalID: String
  package var conversation: String
  package var receivedAt: Timestamp
  package var payload: [UInt8]

  package init(
    id: EventID, project: String, connection: String, externalID: String, conversation: String, receivedAt: Timestamp,
    payload: [UInt8]
  ) {
    self.id = id
    self.project = project
    self.connection = connection
    self.externalID = externalID
    self.conversation = conversation
    self.receivedAt = receivedAt
    self.payload = payload
  }
}

package struct DatabaseFacts: Sendable, Hashable {
  package struct Table: Sendable, Hashable {
    package var name: String
    package var rows: Int64
    /// Counted exactly, or taken from the range of ids (which pruning makes too large).
    package var isExact: Bool

    package init(name: String, rows: Int64, isExact: Bool) {
      self.name = name
      self.rows = rows
      self.isExact = isExact
    }
  }
  /// `sqlite`, `postgres` or `memory`.
  package var kind: String
  package var schemaVersion: Int
  package var sizeBytes: Int64
  /// Of these, room that deleted rows have left and new ones will take.
  package var freeBytes: Int64
  package var oldestEventAt: Timestamp?
  package var newestEventAt: Timestamp?
  package var tables: [Table]

  package init(
    kind: String, schemaVersion: Int, sizeBytes: Int64, freeBytes: Int64, oldestEventAt: Timestamp?,
    newestEventAt: Timestamp?, tables: [Table]
  ) {
    self.kind = kind
    self.schemaVersion = schemaVersion
    self.sizeBytes = sizeBytes
    self.freeBytes = freeBytes
    self.oldestEventAt = oldestEventAt
    self.newestEventAt = newestEventAt
    self.tables = tables
  }
}
