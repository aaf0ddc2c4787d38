//! Events and the runs they start.
internal import JournalCore
internal import SwitchboardSDK

struct IntakeStatements {
  let insertEvent: PreparedStatement
  let selectEvent: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    insertEvent = try connection.prepare(
      """
      INSERT INTO events (connection, project, received_at, external_id, conversation, payload)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (connection, external_id) DO NOTHING
      """)
    selectEvent = try connection.prepare("SELECT id FROM events WHERE connection = ?1 AND external_id = ?2")
  }
}

extension TableWriter {
  func append(_ record: IntakeRecord) throws(SQLiteFailure) -> Receipt {
    let connection = try names.identifier(record.connection)
    let insert = intake.insertEvent
    insert.bind(1, connection)
    insert.bind(2, try names.identifier(record.project))
    insert.bind(3, record.receivedAt)
    insert.bind(4, record.externalID)
    insert.bind(5, record.conversation)
    insert.bind(6, record.payload)
    try insert.run()
    guard insert.changedRows > 0 else {
      return Receipt(event: try knownEvent(connection, record.externalID), isDuplicate: true, runs: [])
    }
    let event = insert.lastInsertedID
    var ids: [RunID] = []
    ids.reserveCapacity(record.runs.count)
    for new in record.runs {
      let run = NewRunRow(
        event: event, flow: try names.identifier(new.flow), version: try names.identifier(new.version),
        label: try names.identifier(new.label), lane: new.lane, state: nil, at: record.receivedAt)
      ids.append(try runs.insert(run))
    }
    return Receipt(event: event, isDuplicate: false, runs: ids)
  }

  private func knownEvent(_ connection: Int64, _ externalID: String) throws(SQLiteFailure) -> EventID {
    let select = intake.selectEvent
    defer { select.reset() }
    select.bind(1, connection)
    select.bind(2, externalID)
    return try select.step() ? select.int64(0) : 0
  }
}
