//! Copies a journal row by row into an empty one of another database, then reads both again and compares.

package protocol JournalRows {
  /// Rows in the order of the table's key, after a key; all of them for a table without one.
  func rows(of table: JournalTable, after key: [JournalCell]?, limit: Int) throws(JournalError) -> [[JournalCell]]
}

package protocol JournalRowsTarget: JournalRows {
  /// Nothing but the bare schema is there.
  func isEmpty() throws(JournalError) -> Bool
  /// Everything up to `commit` is one transaction.
  func begin() throws(JournalError)
  func insert(_ rows: [[JournalCell]], into table: JournalTable) throws(JournalError)
  /// New rows get ids behind those that were copied.
  func commit() throws(JournalError)
}

package enum JournalCopy {
  package struct Copied: Sendable, Hashable {
    package var table: String
    package var rows: Int
    /// Over every value in the order of the key; the same on both sides.
    package var checksum: UInt64
  }

  private static let rowsPerBatch = 500

  /// Throws `.unavailable` for a target that is not empty, `.corrupt` when what was written reads otherwise. Nothing
  /// stays in the target unless all of it has been compared.
  package static func run(
    from source: some JournalRows, to target: some JournalRowsTarget
  ) throws(JournalError) -> [Copied] {
    guard try target.isEmpty() else {
      throw JournalError(.unavailable, "the target is not empty: name another database or schema")
    }
    try target.begin()
    var copied: [Copied] = []
    for table in JournalTable.all {
      let written = try walk(table, in: source) { rows throws(JournalError) in try target.insert(rows, into: table) }
      let found = try walk(table, in: target) { _ in }
      guard written == found else {
        throw JournalError(.corrupt, "table \(table.name) reads otherwise than it was written: \(written), \(found)")
      }
      copied.append(written)
    }
    try target.commit()
    return copied
  }

  private static func walk(
    _ table: JournalTable, in source: some JournalRows, _ body: ([[JournalCell]]) throws(JournalError) -> Void
  ) throws(JournalError) -> Copied {
    var copied = Copied(table: table.name, rows: 0, checksum: Checksum.start)
    var after: [JournalCell]?
    while true {
      let rows = try source.rows(of: table, after: after, limit: rowsPerBatch)
      guard let last = rows.last else { return copied }
      try body(rows)
      copied.rows += rows.count
      for row in rows { Checksum.add(row, to: &copied.checksum) }
      guard !table.key.isEmpty, rows.count == rowsPerBatch else { return copied }
      after = table.key.map { last[$0] }
    }
  }
}

/// FNV-1a with 64 bits over kinds, lengths and bytes (http://www.isthe.com/chongo/tech/comp/fnv/): against mistakes,
/// not against malice.
private enum Checksum {
  static let start: UInt64 = 0xcbf2_9ce4_8422_2325

  static func add(_ row: [JournalCell], to hash: inout UInt64) {
    for cell in row {
      switch cell {
      case .null: add([0], to: &hash)
      case .int(let number):
        add([1], to: &hash)
        withUnsafeBytes(of: number.littleEndian) { add($0, to: &hash) }
      case .text(let text):
        add([2], to: &hash)
        withUnsafeBytes(of: Int64(text.utf8.count).littleEndian) { add($0, to: &hash) }
        add(text.utf8, to: &hash)
      case .bytes(let bytes):
        add([3], to: &hash)
        withUnsafeBytes(of: Int64(bytes.count).littleEndian) { add($0, to: &hash) }
        add(bytes, to: &hash)
      }
    }
  }

  private static func add(_ bytes: some Sequence<UInt8>, to hash: inout UInt64) {
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
  }
}
