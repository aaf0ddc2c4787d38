//! Publications, the words about them, and timers on their way to another version.
internal import JournalCore
internal import SwitchboardSDK

struct PublicationStatements {
  let newest: PreparedStatement
  let insert: PreparedStatement
  let amend: PreparedStatement
  let setNote: PreparedStatement
  let removeNote: PreparedStatement
  let moveTimer: PreparedStatement
  let endTimer: PreparedStatement
  let insertEnded: PreparedStatement
  let setRunVersion: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    newest = try connection.prepare("SELECT coalesce(max(number), 0) FROM publications WHERE project = ?1")
    insert = try connection.prepare("INSERT INTO publications (project, number, at, body) VALUES (?1, ?2, ?3, ?4)")
    amend = try connection.prepare("UPDATE publications SET body = ?3 WHERE project = ?1 AND number = ?2")
    setNote = try connection.prepare(
      """
      INSERT INTO publication_notes (kind, name, at, body) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT (kind, name) DO UPDATE SET at = excluded.at, body = excluded.body
      """)
    removeNote = try connection.prepare("DELETE FROM publication_notes WHERE kind = ?1 AND name = ?2")
    moveTimer = try connection.prepare(
      """
      UPDATE timers SET version = ?1, state = ?2, due_at = coalesce(?7, due_at)
      WHERE key = ?3 AND version = ?4 AND event = ?5 AND due_at = ?6
      """)
    endTimer = try connection.prepare(
      "DELETE FROM timers WHERE key = ?1 AND version = ?2 AND event = ?3 AND due_at = ?4")
    insertEnded = try connection.prepare(
      """
      INSERT INTO runs (event, flow, version, label, status, is_open, changed_at, lane, outcome)
      VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8)
      """)
    setRunVersion = try connection.prepare("UPDATE runs SET version = ?1 WHERE id = ?2")
  }
}

extension TableWriter {
  func apply(_ write: PublicationWrite) throws(SQLiteFailure) -> JournalWriteOutcome {
    switch write {
    case .publish(let publication, let sources): return .flag(try publish(publication, sources))
    case .amend(let publication):
      publications.amend.bind(1, try names.identifier(publication.project))
      publications.amend.bind(2, publication.number)
      publications.amend.bind(3, publication.value)
      try publications.amend.run()
      return .done
    case .note(let note):
      try set(note)
      return .done
    case .moveTimers(let moves):
      var count = 0
      for one in moves where try move(one) { count += 1 }
      return .count(count)
    case .endTimers(let ended, let outcome, let at):
      var count = 0
      for timer in ended where try end(timer, outcome: outcome, at: at) { count += 1 }
      return .count(count)
    }
  }

  private func publish(_ publication: Publication, _ sources: [FlowVersion]) throws(SQLiteFailure) -> Bool {
    let project = try names.identifier(publication.project)
    guard publication.number == (try newestPublication(of: project)) + 1 else { return false }
    for source in sources { try save(source) }
    let insert = publications.insert
    insert.bind(1, project)
    insert.bind(2, publication.number)
    insert.bind(3, publication.at)
    insert.bind(4, publication.value)
    try insert.run()
    return true
  }

  private func newestPublication(of project: Int64) throws(SQLiteFailure) -> Int64 {
    let select = publications.newest
    defer { select.reset() }
    select.bind(1, project)
    return try select.step() ? select.int64(0) : 0
  }

  private func set(_ note: PublicationNote) throws(SQLiteFailure) {
    let statement = note.body.isNull ? publications.removeNote : publications.setNote
    statement.bind(1, note.kind)
    statement.bind(2, note.name)
    if !note.body.isNull {
      statement.bind(3, note.at)
      statement.bind(4, note.body)
    }
    try statement.run()
  }

  private func move(_ move: TimerMove) throws(SQLiteFailure) -> Bool {
    let update = publications.moveTimer
    update.bind(1, try names.identifier(move.version))
    update.bind(2, move.state)
    update.bind(3, move.timer.key)
    update.bind(4, try names.identifier(move.timer.version))
    update.bind(5, move.timer.event)
    update.bind(6, move.timer.dueAt)
    update.bind(7, move.dueAt)
    try update.run()
    return update.changedRows > 0
  }

  private func end(_ timer: TimerRecord, outcome: String, at moment: Timestamp) throws(SQLiteFailure) -> Bool {
    let version = try names.identifier(timer.version)
    let remove = publications.endTimer
    remove.bind(1, timer.key)
    remove.bind(2, version)
    remove.bind(3, timer.event)
    remove.bind(4, timer.dueAt)
    try remove.run()
    guard remove.changedRows > 0 else { return false }
    let insert = publications.insertEnded
    insert.bind(1, timer.event)
    insert.bind(2, try names.identifier(timer.flow))
    insert.bind(3, version)
    insert.bind(4, try names.identifier(timer.label))
    insert.bind(5, RunStatus.done.rawValue)
    insert.bind(6, moment)
    insert.bind(7, timer.lane)
    insert.bind(8, outcome)
    try insert.run()
    return true
  }

  /// The version that a run has been adopted by, in the transaction that writes the state which belongs to it.
  func setVersion(_ version: String, of run: RunID) throws(SQLiteFailure) {
    publications.setRunVersion.bind(1, try names.identifier(version))
    publications.setRunVersion.bind(2, run)
    try publications.setRunVersion.run()
  }
}
