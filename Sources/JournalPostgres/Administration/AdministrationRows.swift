//! Rows that people ask for, as values. Nil when a name is missing in the table.
internal import JournalCore
internal import SwitchboardSDK

extension NameTable {
  static let timerColumns = "key, due_at, project, conversation, flow, version, label, lane, event, state"
  static let runColumns = """
    r.id, r.event, e.project, e.connection, e.external_id, r.flow, r.version, r.label, r.lane, r.status, r.wake_at,
    e.received_at, r.changed_at, r.outcome
    """
  static let eventColumns = "id, project, connection, external_id, conversation, received_at, payload"

  func timer(_ rows: ResultRows, _ row: Int) -> TimerRecord? {
    guard let project = name(rows, row, 2), let flow = name(rows, row, 4), let version = name(rows, row, 5),
      let label = name(rows, row, 6)
    else { return nil }
    return TimerRecord(
      key: rows.text(row, 0), dueAt: rows.timestamp(row, 1), project: project, conversation: rows.text(row, 3),
      flow: flow, version: version, label: label, lane: rows.text(row, 7), event: rows.int64(row, 8),
      state: rows.bytes(row, 9))
  }

  func summary(_ rows: ResultRows, _ row: Int) -> RunSummary? {
    guard let project = name(rows, row, 2), let connection = name(rows, row, 3), let flow = name(rows, row, 5),
      let version = name(rows, row, 6), let label = name(rows, row, 7)
    else { return nil }
    return RunSummary(
      id: rows.int64(row, 0), event: rows.int64(row, 1), project: project, connection: connection,
      externalID: rows.text(row, 4), flow: flow, version: version, label: label, lane: rows.text(row, 8),
      status: RunStatus(rawValue: rows.int(row, 9)) ?? .parked, wakeAt: rows.optionalTimestamp(row, 10),
      receivedAt: rows.timestamp(row, 11), changedAt: rows.timestamp(row, 12), outcome: rows.optionalText(row, 13))
  }

  func event(_ rows: ResultRows, _ row: Int) -> StoredEvent? {
    guard let project = name(rows, row, 1), let connection = name(rows, row, 2) else { return nil }
    return StoredEvent(
      id: rows.int64(row, 0), project: project, connection: connection, externalID: rows.text(row, 3),
      conversation: rows.text(row, 4), receivedAt: rows.timestamp(row, 5), payload: rows.bytes(row, 6))
  }

  func versionName(_ rows: ResultRows, _ row: Int) -> FlowVersionName? {
    guard let flow = name(rows, row, 0), let version = name(rows, row, 1) else { return nil }
    return FlowVersionName(flow: flow, version: version)
  }
}

extension ResultRows {
  /// Nil when one of the rows is.
  func all<Row>(_ read: (ResultRows, Int) -> Row?) -> [Row]? {
    var answer: [Row] = []
    answer.reserveCapacity(count)
    for row in 0..<count {
      guard let value = read(self, row) else { return nil }
      answer.append(value)
    }
    return answer
  }
}

extension PostgresJournal {
  /// Asks once, and once more with all names when one was missing.
  func list<Row: Sendable>(
    _ sql: String, _ parameters: StatementParameters,
    _ read: @escaping @Sendable (NameTable) -> (ResultRows, Int) -> Row?
  ) async throws(JournalError) -> [Row] {
    try await slow.perform { [names] connection throws(PostgresFailure) in
      let rows = try connection.ask(sql, parameters)
      if let answer = rows.all(read(names)) { return answer }
      names.learn(try connection.ask(WriteStatement.allNames.sql, StatementParameters()))
      guard let answer = rows.all(read(names)) else {
        throw PostgresFailure(state: "XX001", detail: "a row stands on a name that is missing")
      }
      return answer
    }
  }
}
