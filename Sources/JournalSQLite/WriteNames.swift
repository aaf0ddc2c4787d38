//! Names that come back in every row (connections, projects, flows, versions, labels, steps) as small numbers:
//! there are as many as the configuration has words, and each row and index gets narrower by them.

/// For the writer: adds names it does not know yet.
final class WriteNames {
  private var identifiers: [String: Int64] = [:]
  private let select: PreparedStatement
  private let insert: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    select = try connection.prepare("SELECT id FROM names WHERE name = ?1")
    insert = try connection.prepare("INSERT INTO names (name) VALUES (?1)")
  }

  func identifier(_ name: String) throws(SQLiteFailure) -> Int64 {
    if let known = identifiers[name] { return known }
    let identifier: Int64
    if let stored = try stored(name) { identifier = stored } else { identifier = try added(name) }
    identifiers[name] = identifier
    return identifier
  }

  /// After a rollback: names added in that transaction are gone.
  func forget() { identifiers.removeAll() }

  private func stored(_ name: String) throws(SQLiteFailure) -> Int64? {
    defer { select.reset() }
    select.bind(1, name)
    return try select.step() ? select.int64(0) : nil
  }

  private func added(_ name: String) throws(SQLiteFailure) -> Int64 {
    insert.bind(1, name)
    try insert.run()
    return insert.lastInsertedID
  }
}
