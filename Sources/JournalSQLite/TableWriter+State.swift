//! Values of projects, changed with the run that changes them.
internal import FlowModel
internal import JournalCore
internal import SwitchboardSDK

struct StateStatements {
  let revision: PreparedStatement
  let put: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    revision = try connection.prepare("SELECT revision FROM project_state WHERE project = ?1 AND key = ?2")
    put = try connection.prepare(
      """
      INSERT INTO project_state (project, key, revision, expires_at, value) VALUES (?1, ?2, ?3, ?4, ?5)
      ON CONFLICT (project, key) DO UPDATE SET
        revision = excluded.revision, expires_at = excluded.expires_at, value = excluded.value
      """)
  }
}

extension TableWriter {
  /// Whether nobody has changed the values since they were looked up.
  func areCurrent(_ values: RunChange.ProjectValues) throws(SQLiteFailure) -> Bool {
    let project = try names.identifier(values.project)
    let select = try stateStatements().revision
    for change in values.changes {
      defer { select.reset() }
      select.bind(1, project)
      select.bind(2, change.key)
      let revision = try select.step() ? select.int64(0) : 0
      guard revision == change.followsRevision else { return false }
    }
    return true
  }

  func apply(_ values: RunChange.ProjectValues) throws(SQLiteFailure) {
    let project = try names.identifier(values.project)
    let put = try stateStatements().put
    for change in values.changes {
      put.bind(1, project)
      put.bind(2, change.key)
      put.bind(3, change.followsRevision + 1)
      put.bind(4, change.expiresAt)
      if change.value.isNull { put.bindNull(5) } else { put.bind(5, change.value) }
      try put.run()
    }
  }

  private func stateStatements() throws(SQLiteFailure) -> StateStatements {
    if let state { return state }
    let statements = try StateStatements(connection)
    state = statements
    return statements
  }
}
