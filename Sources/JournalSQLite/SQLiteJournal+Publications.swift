//! The embedded store keeps publications as well.
package import JournalCore
package import SwitchboardSDK

extension SQLiteJournal: PublicationStore {
  package func publish(_ publication: Publication, sources: [FlowVersion]) async throws(JournalError) -> Bool {
    try await writer.perform(.publication(.publish(publication, sources: sources))).flag()
  }

  package func amend(_ publication: Publication) async throws(JournalError) {
    try await writer.perform(.publication(.amend(publication))).done()
  }

  package func setPublicationNote(_ note: PublicationNote) async throws(JournalError) {
    try await writer.perform(.publication(.note(note))).done()
  }

  package func timers(
    keyPrefix prefix: String, after key: String, limit: Int
  ) async throws(JournalError) -> [TimerRecord] {
    try readers.read { tables throws(SQLiteFailure) in
      try tables.timers(keyPrefix: prefix, after: key, limit: limit)
    }
  }

  package func moveTimers(_ moves: [TimerMove]) async throws(JournalError) -> Int {
    try await writer.perform(.publication(.moveTimers(moves))).count()
  }

  package func endTimers(
    _ timers: [TimerRecord], outcome: String, at moment: Timestamp
  ) async throws(JournalError) -> Int {
    try await writer.perform(.publication(.endTimers(timers, outcome: outcome, at: moment))).count()
  }

  package func publications(project: String, limit: Int) async throws(JournalError) -> [Publication] {
    try readers.read { tables throws(SQLiteFailure) in try tables.publications(project: project, limit: limit) }
  }

  package func newestPublications() async throws(JournalError) -> [String: Int64] {
    try readers.read { tables throws(SQLiteFailure) in try tables.newestPublications() }
  }

  package func publicationNotes(kind: String) async throws(JournalError) -> [PublicationNote] {
    try readers.read { tables throws(SQLiteFailure) in try tables.publicationNotes(kind: kind) }
  }

  package func timers(
    ofFlow flow: String, project: String, after key: String, limit: Int
  ) async throws(JournalError) -> [TimerRecord] {
    try readers.read { tables throws(SQLiteFailure) in
      try tables.timers(ofFlow: flow, project: project, after: key, limit: limit)
    }
  }

  package func openRuns(
    ofFlow flow: String, project: String, after: RunID, limit: Int
  ) async throws(JournalError) -> [FlowRun] {
    try readers.read { tables throws(SQLiteFailure) in
      try tables.openRuns(ofFlow: flow, project: project, after: after, limit: limit)
    }
  }
}
