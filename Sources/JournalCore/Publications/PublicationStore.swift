//! The part of the journal that keeps publications, and moves pending work from one version of a flow to another.
package import SwitchboardSDK

package protocol PublicationStore: Sendable {
  /// Keeps a publication with the sources of its parts, in one transaction. False, and nothing is written, when its
  /// number is not the one after the project's newest: somebody else was quicker.
  func publish(_ publication: Publication, sources: [FlowVersion]) async throws(JournalError) -> Bool
  /// Replaces a publication that is there (its `work` has become known).
  func amend(_ publication: Publication) async throws(JournalError)
  /// Newest first. One that cannot be read (of a later version) is left out.
  func publications(project: String, limit: Int) async throws(JournalError) -> [Publication]
  /// The newest number of each project: asked each second.
  func newestPublications() async throws(JournalError) -> [String: Int64]

  func setPublicationNote(_ note: PublicationNote) async throws(JournalError)
  /// In the order of their names.
  func publicationNotes(kind: String) async throws(JournalError) -> [PublicationNote]

  /// Pending timers of a flow by key, after the given key.
  func timers(ofFlow flow: String, project: String, after key: String, limit: Int) async throws(JournalError)
    -> [TimerRecord]
  /// Open runs of a flow in id order, after the given id.
  func openRuns(ofFlow flow: String, project: String, after: RunID, limit: Int) async throws(JournalError)
    -> [FlowRun]
  /// Ends timers, in one transaction: each leaves a closed run with the outcome in its place. One that is gone or
  /// another by now is left as it is. The number that was ended.
  func endTimers(_ timers: [TimerRecord], outcome: String, at: Timestamp) async throws(JournalError) -> Int
}

/// What a publication must know of an open run.
package struct FlowRun: Sendable, Hashable {
  package var id: RunID
  package var version: String
  package var label: String
  package var status: RunStatus
  package var state: [UInt8]?

  package init(id: RunID, version: String, label: String, status: RunStatus, state: [UInt8]?) {
    self.id = id
    self.version = version
    self.label = label
    self.status = status
    self.state = state
  }
}

/// A pending timer, and what it becomes: where it stands in another version, or a wait that is over.
package struct TimerMove: Sendable, Hashable {
  package var timer: TimerRecord
  package var version: String
  package var state: [UInt8]
  /// Nil leaves it.
  package var dueAt: Timestamp?

  package init(timer: TimerRecord, version: String, state: [UInt8], dueAt: Timestamp? = nil) {
    self.timer = timer
    self.version = version
    self.state = state
    self.dueAt = dueAt
  }
}

/// The writes of `PublicationStore` as values, as `JournalWrite` has them for the rest.
package enum PublicationWrite: Sendable {
  case publish(Publication, sources: [FlowVersion])
  case amend(Publication)
  case note(PublicationNote)
  case moveTimers([TimerMove])
  case endTimers([TimerRecord], outcome: String, at: Timestamp)
}
