//! The send ledger's rows. The first remote id lies in the row itself; a second one is so rare that it has a table.
internal import JournalCore
internal import SwitchboardSDK

struct DeliveryStatements {
  let insert: PreparedStatement
  let replace: PreparedStatement
  let begin: PreparedStatement
  let settle: PreparedStatement
  let keepRemoteID: PreparedStatement
  let insertFurther: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    let columns = "deliveries (id, connection, step, state, attempt, begun_at, chat, request)"
    insert = try connection.prepare(
      "INSERT INTO \(columns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING")
    replace = try connection.prepare("REPLACE INTO \(columns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
    begin = try connection.prepare("UPDATE deliveries SET state = 1, attempt = ?1, begun_at = ?2 WHERE id = ?3")
    settle = try connection.prepare(
      """
      UPDATE deliveries SET state = ?1, settled_at = ?2, remote_id = ?3, more_remote_ids = ?4, error = ?5, result = ?6
      WHERE id = ?7
      """)
    keepRemoteID = try connection.prepare(
      """
      INSERT INTO further_remote_ids (connection, remote_id, chat)
      SELECT connection, remote_id, chat FROM deliveries WHERE id = ?1 AND remote_id IS NOT NULL
      ON CONFLICT DO NOTHING
      """)
    insertFurther = try connection.prepare(
      """
      INSERT INTO further_remote_ids (connection, remote_id, chat)
      SELECT connection, ?1, chat FROM deliveries WHERE id = ?2 ON CONFLICT DO NOTHING
      """)
  }
}

extension TableWriter {
  func apply(_ change: DeliveryChange, of run: RunID) throws(SQLiteFailure) {
    switch change {
    case .insert(let new): try insert(new, key: DeliveryKey.key(run: run, sequence: new.sequence))
    case .begin(let sequence, let attempt, let at):
      deliveries.begin.bind(1, attempt)
      deliveries.begin.bind(2, at)
      deliveries.begin.bind(3, DeliveryKey.key(run: run, sequence: sequence))
      try deliveries.begin.run()
    case .settle(let sequence, let state, let remoteIDs, let result, let error, let at):
      let key = DeliveryKey.key(run: run, sequence: sequence)
      let settle = deliveries.settle
      settle.bind(1, state.rawValue)
      settle.bind(2, at)
      settle.bind(3, remoteIDs.first)
      settle.bind(4, remoteIDs.count < 2 ? nil : JSON.bytes(.list(remoteIDs.dropFirst().map(Value.text))))
      settle.bind(5, error)
      settle.bind(6, result)
      settle.bind(7, key)
      try settle.run()
      for id in remoteIDs.dropFirst() {
        deliveries.insertFurther.bind(1, id)
        deliveries.insertFurther.bind(2, key)
        try deliveries.insertFurther.run()
      }
    }
  }

  private func insert(_ new: NewDelivery, key: Int64) throws(SQLiteFailure) {
    try bindAndRun(deliveries.insert, new, key: key)
    guard deliveries.insert.changedRows == 0 else { return }
    // A run that was put back repeats its sequence: the row begins anew, what it once sent stays known as ours.
    deliveries.keepRemoteID.bind(1, key)
    try deliveries.keepRemoteID.run()
    try bindAndRun(deliveries.replace, new, key: key)
  }

  private func bindAndRun(_ statement: PreparedStatement, _ new: NewDelivery, key: Int64) throws(SQLiteFailure) {
    statement.bind(1, key)
    statement.bind(2, try names.identifier(new.connection))
    statement.bind(3, try names.identifier(new.step))
    statement.bind(4, new.state.rawValue)
    statement.bind(5, new.firstAttempt)
    statement.bind(6, new.at)
    statement.bind(7, new.chat)
    statement.bind(8, new.request)
    try statement.run()
  }
}
