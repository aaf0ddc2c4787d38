//! The readers' side of `WriteNames`: both directions, nothing added.
internal import GRDBSQLite

final class ReadNames {
  private var identifiers: [String: Int64] = [:]
  private var names: [Int64: String] = [:]
  private let selectIdentifier: PreparedStatement
  private let selectName: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    selectIdentifier = try connection.prepare("SELECT id FROM names WHERE name = ?1")
    selectName = try connection.prepare("SELECT name FROM names WHERE id = ?1")
  }

  /// Nil when no row can hold the name.
  func identifier(_ name: String) throws(SQLiteFailure) -> Int64? {
    if let known = identifiers[name] { return known }
    defer { selectIdentifier.reset() }
    selectIdentifier.bind(1, name)
    guard try selectIdentifier.step() else { return nil }
    let identifier = selectIdentifier.int64(0)
    identifiers[name] = identifier
    return identifier
  }

  func name(_ identifier: Int64) throws(SQLiteFailure) -> String {
    if let known = names[identifier] { return known }
    defer { selectName.reset() }
    selectName.bind(1, identifier)
    guard try selectName.step() else {
      throw SQLiteFailure(code: SQLITE_CORRUPT, detail: "the journal names no \(identifier)")
    }
    let name = selectName.text(0)
    names[identifier] = name
    return name
  }
}
