//! The rows of a journal in SQLite, for copying them elsewhere. Nobody may have the file open meanwhile.
package import JournalCore

package final class SQLiteRows: JournalRows {
  private let connection: Connection

  /// Throws `.unavailable` while a program has the file open, or when its schema is older than this program's.
  package init(path: String) throws(JournalError) {
    try SQLiteFile(path: path).requireUnused()
    do {
      connection = try Connection(path: path, role: .reader)
      try connection.withDatabase { database in
        try Schema.check(database)
        try Schema.requireCurrent(database)
      }
    } catch let error as JournalError {
      throw error
    } catch { throw SQLiteFailure(error).journalError }
  }

  package func close() { connection.close() }

  package func rows(
    of table: JournalTable, after key: [JournalCell]?, limit: Int
  ) throws(JournalError) -> [[JournalCell]] {
    let result: Result<[[JournalCell]], SQLiteFailure> = connection.withTurn {
      do throws(SQLiteFailure) { return .success(try read(table, after: key, limit: limit)) } catch {
        return .failure(error)
      }
    }
    do throws(SQLiteFailure) { return try result.get() } catch { throw error.journalError }
  }

  private func read(
    _ table: JournalTable, after key: [JournalCell]?, limit: Int
  ) throws(SQLiteFailure) -> [[JournalCell]] {
    let names = table.columns.map(\.name)
    let order = table.key.isEmpty ? "rowid" : table.key.map { names[$0] }.joined(separator: ", ")
    var sql = "SELECT \(names.joined(separator: ", ")) FROM \(table.name)"
    if let key {
      sql += " WHERE (\(order)) > (\(key.indices.map { "?\($0 + 1)" }.joined(separator: ", ")))"
    }
    sql += " ORDER BY \(order)"
    if !table.key.isEmpty { sql += " LIMIT \(max(0, limit))" }
    let select = try connection.prepare(sql)
    defer { select.reset() }
    for (index, cell) in (key ?? []).enumerated() {
      switch cell {
      case .int(let number): select.bind(Int32(index + 1), number)
      case .text(let text): select.bind(Int32(index + 1), text)
      case .bytes(let bytes): select.bind(Int32(index + 1), bytes)
      case .null: select.bindNull(Int32(index + 1))
      }
    }
    var rows: [[JournalCell]] = []
    while try select.step() {
      rows.append(
        table.columns.enumerated().map { index, column in
          let place = Int32(index)
          if select.isNull(place) { return .null }
          switch column.kind {
          case .int, .flag: return .int(select.int64(place))
          case .text: return .text(select.text(place))
          case .bytes: return .bytes(select.bytes(place))
          }
        })
    }
    return rows
  }
}
