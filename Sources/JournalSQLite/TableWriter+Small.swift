//! Connection values, flow versions, dedup keys.
internal import JournalCore
internal import SwitchboardSDK

struct SmallStatements {
  let setValue: PreparedStatement
  let removeValue: PreparedStatement
  let saveVersion: PreparedStatement
  let insertKey: PreparedStatement
  let selectKey: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    setValue = try connection.prepare(
      """
      INSERT INTO connection_values (connection, key, value) VALUES (?1, ?2, ?3)
      ON CONFLICT (connection, key) DO UPDATE SET value = excluded.value
      """)
    removeValue = try connection.prepare("DELETE FROM connection_values WHERE connection = ?1 AND key = ?2")
    saveVersion = try connection.prepare(
      """
      INSERT INTO flow_versions (flow, version, project, file, source) VALUES (?1, ?2, ?3, ?4, ?5)
      ON CONFLICT (flow, version) DO UPDATE SET
        project = excluded.project, file = excluded.file, source = excluded.source
      """)
    insertKey = try connection.prepare(
      """
      INSERT INTO dedup_keys (flow, key, run, keep_until) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT (flow, key) DO UPDATE SET run = excluded.run, keep_until = excluded.keep_until
      WHERE dedup_keys.keep_until <= ?5
      """)
    selectKey = try connection.prepare("SELECT run FROM dedup_keys WHERE flow = ?1 AND key = ?2")
  }
}

extension TableWriter {
  func setValue(connection: String, key: String, value: Value) throws(SQLiteFailure) {
    let statement = value.isNull ? small.removeValue : small.setValue
    statement.bind(1, try names.identifier(connection))
    statement.bind(2, key)
    if !value.isNull { statement.bind(3, value) }
    try statement.run()
  }

  func save(_ version: FlowVersion) throws(SQLiteFailure) {
    let save = small.saveVersion
    save.bind(1, try names.identifier(version.flow))
    save.bind(2, try names.identifier(version.version))
    save.bind(3, try names.identifier(version.project))
    save.bind(4, version.file)
    save.bind(5, version.source)
    try save.run()
  }

  func claim(flow: String, key: String, run: RunID, keepUntil: Timestamp, now: Timestamp) throws(SQLiteFailure)
    -> Bool
  {
    let flow = try names.identifier(flow)
    let insert = small.insertKey
    insert.bind(1, flow)
    insert.bind(2, key)
    insert.bind(3, run)
    insert.bind(4, keepUntil)
    insert.bind(5, now)
    try insert.run()
    if insert.changedRows > 0 { return true }
    let select = small.selectKey
    defer { select.reset() }
    select.bind(1, flow)
    select.bind(2, key)
    return try select.step() && select.int64(0) == run
  }
}
