//! Rows of questions that are not prepared, as values. Nil when a name is missing in the table.
internal import JournalCore
internal import SwitchboardSDK

extension NameTable {
  static let timerColumns = "key, due_at, project, conversation, flow, version, label, lane, event, state"

  func timer(_ rows: ResultRows, _ row: Int) -> TimerRecord? {
    guard let project = name(rows, row, 2), let flow = name(rows, row, 4), let version = name(rows, row, 5),
      let label = name(rows, row, 6)
    else { return nil }
    return TimerRecord(
      key: rows.text(row, 0), dueAt: rows.timestamp(row, 1), project: project, conversation: rows.text(row, 3),
      flow: flow, version: version, label: label, lane: rows.text(row, 7), event: rows.int64(row, 8),
      state: rows.bytes(row, 9))
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
