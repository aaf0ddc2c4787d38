//! Questions about publications, and about the pending work of one flow.
internal import JournalCore
internal import SwitchboardSDK

struct PublicationQueries {
  let publications: PreparedStatement
  let newest: PreparedStatement
  let notes: PreparedStatement
  let timers: PreparedStatement
  let openRuns: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    publications = try connection.prepare(
      "SELECT body FROM publications WHERE project = ?1 ORDER BY number DESC LIMIT ?2")
    newest = try connection.prepare("SELECT project, max(number) FROM publications GROUP BY project")
    notes = try connection.prepare("SELECT name, at, body FROM publication_notes WHERE kind = ?1 ORDER BY name")
    timers = try connection.prepare(
      """
      SELECT key, due_at, conversation, version, label, lane, event, state FROM timers
      WHERE key > ?1 AND flow = ?2 AND project = ?3 ORDER BY key LIMIT ?4
      """)
    openRuns = try connection.prepare(
      """
      SELECT r.id, r.version, r.label, r.status, r.state FROM runs r JOIN events e ON e.id = r.event
      WHERE r.is_open = 1 AND r.id > ?1 AND r.flow = ?2 AND e.project = ?3 ORDER BY r.id LIMIT ?4
      """)
  }
}

extension TableReader {
  func publications(project: String, limit: Int) throws(SQLiteFailure) -> [Publication] {
    guard let project = try names.identifier(project) else { return [] }
    let select = publications.publications
    defer { select.reset() }
    select.bind(1, project)
    select.bind(2, max(0, limit))
    var answer: [Publication] = []
    while try select.step() {
      if let publication = Publication(value: select.value(0)) { answer.append(publication) }
    }
    return answer
  }

  func newestPublications() throws(SQLiteFailure) -> [String: Int64] {
    let select = publications.newest
    defer { select.reset() }
    var answer: [String: Int64] = [:]
    while try select.step() { answer[try names.name(select.int64(0))] = select.int64(1) }
    return answer
  }

  func publicationNotes(kind: String) throws(SQLiteFailure) -> [PublicationNote] {
    let select = publications.notes
    defer { select.reset() }
    select.bind(1, kind)
    var answer: [PublicationNote] = []
    while try select.step() {
      answer.append(
        PublicationNote(kind: kind, name: select.text(0), at: select.timestamp(1), body: select.value(2)))
    }
    return answer
  }

  func timers(ofFlow flow: String, project: String, after key: String, limit: Int) throws(SQLiteFailure)
    -> [TimerRecord]
  {
    guard let flowID = try names.identifier(flow), let projectID = try names.identifier(project) else { return [] }
    let select = publications.timers
    defer { select.reset() }
    select.bind(1, key)
    select.bind(2, flowID)
    select.bind(3, projectID)
    select.bind(4, max(0, limit))
    var answer: [TimerRecord] = []
    while try select.step() {
      answer.append(
        TimerRecord(
          key: select.text(0), dueAt: select.timestamp(1), project: project, conversation: select.text(2), flow: flow,
          version: try names.name(select.int64(3)), label: try names.name(select.int64(4)), lane: select.text(5),
          event: select.int64(6), state: select.bytes(7)))
    }
    return answer
  }

  func openRuns(ofFlow flow: String, project: String, after: RunID, limit: Int) throws(SQLiteFailure) -> [FlowRun] {
    guard let flowID = try names.identifier(flow), let projectID = try names.identifier(project) else { return [] }
    let select = publications.openRuns
    defer { select.reset() }
    select.bind(1, after)
    select.bind(2, flowID)
    select.bind(3, projectID)
    select.bind(4, max(0, limit))
    var answer: [FlowRun] = []
    while try select.step() {
      answer.append(
        FlowRun(
          id: select.int64(0), version: try names.name(select.int64(1)), label: try names.name(select.int64(2)),
          status: RunStatus(rawValue: select.int(3)) ?? .parked, state: select.optionalBytes(4)))
    }
    return answer
  }
}
