//! The journal in memory keeps publications as well.
package import SwitchboardSDK

extension MemoryJournal: PublicationStore {
  package func publish(_ publication: Publication, sources: [FlowVersion]) async throws(JournalError) -> Bool {
    try await perform(.publication(.publish(publication, sources: sources))).flag()
  }

  package func amend(_ publication: Publication) async throws(JournalError) {
    try await perform(.publication(.amend(publication))).done()
  }

  package func publications(project: String, limit: Int) async throws(JournalError) -> [Publication] {
    try read { Array(($0.publications[project] ?? []).suffix(max(0, limit)).reversed()) }
  }

  package func newestPublications() async throws(JournalError) -> [String: Int64] {
    try read { $0.publications.mapValues { Int64($0.count) } }
  }

  package func setPublicationNote(_ note: PublicationNote) async throws(JournalError) {
    try await perform(.publication(.note(note))).done()
  }

  package func publicationNotes(kind: String) async throws(JournalError) -> [PublicationNote] {
    try read { tables in
      tables.publicationNotes.values.filter { $0.kind == kind }
        .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
  }

  package func timers(
    ofFlow flow: String, project: String, after key: String, limit: Int
  ) async throws(JournalError) -> [TimerRecord] {
    try read { $0.timers(ofFlow: flow, project: project, after: key, limit: limit) }
  }

  package func openRuns(
    ofFlow flow: String, project: String, after: RunID, limit: Int
  ) async throws(JournalError) -> [FlowRun] {
    try read { $0.openRuns(ofFlow: flow, project: project, after: after, limit: limit) }
  }

  package func timers(
    keyPrefix prefix: String, after key: String, limit: Int
  ) async throws(JournalError) -> [TimerRecord] {
    try read { $0.timers(keyPrefix: prefix, after: key, limit: limit) }
  }

  package func moveTimers(_ moves: [TimerMove]) async throws(JournalError) -> Int {
    try await perform(.publication(.moveTimers(moves))).count()
  }

  package func endTimers(
    _ timers: [TimerRecord], outcome: String, at moment: Timestamp
  ) async throws(JournalError) -> Int {
    try await perform(.publication(.endTimers(timers, outcome: outcome, at: moment))).count()
  }
}
