//! The rows of a journal in PostgreSQL, for filling an empty one from elsewhere.
package import JournalCore

package final class PostgresRows: JournalRowsTarget {
  private let session: PostgresSession

  /// Connects, and brings the schema up to date.
  package init(url: String, settings: PostgresSettings = PostgresSettings()) throws(JournalError) {
    let address = try PostgresAddress(url)
    let statements = JournalTable.all.flatMap { table in
      [
        (Self.name("first", table), Self.select(table, isFirst: true)),
        (Self.name("next", table), Self.select(table, isFirst: false)),
        (Self.name("insert", table), Self.insert(table)),
      ]
    }
    session = PostgresSession(
      address, role: .slowReader, name: "switchboard copy", settings: settings, statements: statements)
    let first: PostgresConnection
    do throws(PostgresFailure) {
      first = try PostgresConnection(address, name: "switchboard copy opening", settings: settings)
    } catch { throw error.journalError }
    try Schema.migrate(first, schema: address.schema)
  }

  package func close() { session.drop() }

  package func isEmpty() throws(JournalError) -> Bool {
    for table in JournalTable.all where try !rows(of: table, after: nil, limit: 1).isEmpty { return false }
    return true
  }

  package func begin() throws(JournalError) { try run("BEGIN") }

  package func commit() throws(JournalError) {
    let sequences = ["names", "events", "runs"].map { table in
      "SELECT setval(pg_get_serial_sequence('\(table)', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM \(table)), false)"
    }
    try run(sequences.joined(separator: "; ") + "; COMMIT")
  }

  package func insert(_ rows: [[JournalCell]], into table: JournalTable) throws(JournalError) {
    var parameters = StatementParameters()
    for (index, column) in table.columns.enumerated() {
      var values = ArrayColumn(Self.element(column.kind))
      for row in rows {
        switch row[index] {
        case .null: values.appendNull()
        case .int(let number): values.append(number)
        case .text(let text): values.append(text)
        case .bytes(let bytes): values.append(bytes)
        }
      }
      parameters.add(values)
    }
    if let lane = table.lane {
      var partitions = ArrayColumn(.int8)
      for row in rows {
        if case .text(let name) = row[lane] { partitions.append(Int64(LanePartition.of(name))) }
      }
      parameters.add(partitions)
    }
    _ = try ask(Self.name("insert", table), parameters)
  }

  package func rows(
    of table: JournalTable, after key: [JournalCell]?, limit: Int
  ) throws(JournalError) -> [[JournalCell]] {
    var parameters = StatementParameters()
    parameters.add(table.key.isEmpty ? Int64.max : Int64(max(0, limit)))
    for cell in key ?? [] {
      switch cell {
      case .int(let number): parameters.add(number)
      case .text(let text): parameters.add(text)
      case .bytes(let bytes): parameters.add(bytes)
      case .null: parameters.addNull()
      }
    }
    let found = try ask(Self.name(key == nil ? "first" : "next", table), parameters)
    return (0..<found.count).map { row in
      table.columns.enumerated().map { index, column in
        let place = Int32(index)
        if found.isNull(row, place) { return .null }
        switch column.kind {
        case .int, .flag: return .int(found.int64(row, place))
        case .text: return .text(found.text(row, place))
        case .bytes: return .bytes(found.bytes(row, place))
        }
      }
    }
  }

  // MARK: Statements

  private static func name(_ verb: String, _ table: JournalTable) -> String { "copy \(verb) \(table.name)" }

  private static func element(_ kind: JournalTable.Kind) -> ArrayColumn.Element {
    switch kind {
    case .int, .flag: .int8
    case .text: .text
    case .bytes: .bytes
    }
  }

  private static func type(_ kind: JournalTable.Kind) -> String {
    switch kind {
    case .int, .flag: "int8"
    case .text: "text"
    case .bytes: "bytea"
    }
  }

  private static func select(_ table: JournalTable, isFirst: Bool) -> String {
    let columns = table.columns.map { column in
      switch column.kind {
      case .int: "\"\(column.name)\"::int8"
      case .flag: "\"\(column.name)\"::int::int8"
      case .text, .bytes: "\"\(column.name)\""
      }
    }
    let order = table.key.isEmpty ? "number" : table.key.map { "\"\(table.columns[$0].name)\"" }.joined(separator: ", ")
    let places = table.key.enumerated().map { "$\($0 + 2)::\(type(table.columns[$1].kind))" }
    let condition = isFirst || places.isEmpty ? "" : "WHERE (\(order)) > (\(places.joined(separator: ", ")))"
    return "SELECT \(columns.joined(separator: ", ")) FROM \(table.name) \(condition) ORDER BY \(order) LIMIT $1::int8"
  }

  private static func insert(_ table: JournalTable) -> String {
    var columns = table.columns.map { "\"\($0.name)\"" }
    var values = table.columns.map { $0.kind == .flag ? "c.\"\($0.name)\" = 1" : "c.\"\($0.name)\"" }
    var arrays = table.columns.enumerated().map { "$\($0 + 1)::\(type($1.kind))[]" }
    var names = columns
    if table.lane != nil {
      arrays.append("$\(arrays.count + 1)::int8[]")
      names.append("partition")
      columns.append("partition")
      values.append("c.partition")
    }
    if table.name == "runs" {
      columns.append("troubled_at")
      values.append("CASE WHEN c.status IN (3, 5) THEN c.changed_at END")
    }
    return """
      INSERT INTO \(table.name) (\(columns.joined(separator: ", "))) SELECT \(values.joined(separator: ", "))
      FROM unnest(\(arrays.joined(separator: ", "))) WITH ORDINALITY AS c(\(names.joined(separator: ", ")), place)
      ORDER BY place
      """
  }

  private func ask(_ statement: String, _ parameters: StatementParameters) throws(JournalError) -> ResultRows {
    do throws(PostgresFailure) {
      return try session.use { connection throws(PostgresFailure) in
        try connection.round([(statement, parameters)])[0]
      }
    } catch { throw error.journalError }
  }

  private func run(_ sql: String) throws(JournalError) {
    do throws(PostgresFailure) {
      try session.use { connection throws(PostgresFailure) in _ = try connection.run(sql) }
    } catch { throw error.journalError }
  }
}
