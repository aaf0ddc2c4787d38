//! Names that come back in every row (connections, projects, flows, versions, labels, steps) as small numbers, and
//! back again. Names are only ever added, so that what is known stays true.
internal import Synchronization

/// Shared by the writer, which adds, and the readers, which look up.
final class NameTable: Sendable {
  /// Swift's `String` takes canonically equivalent texts for one; the store must not.
  struct Exact: Hashable, Sendable {
    let text: String

    static func == (left: Exact, right: Exact) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
      var text = text
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }

  private struct Contents {
    var identifiers: [Exact: Int32] = [:]
    var names: [Int32: String] = [:]
  }

  private let contents = Mutex(Contents())

  func identifier(_ name: String) -> Int32? { contents.withLock { $0.identifiers[Exact(text: name)] } }
  func name(_ identifier: Int32) -> String? { contents.withLock { $0.names[identifier] } }

  func learn(_ rows: ResultRows) {
    contents.withLock { contents in
      for row in 0..<rows.count {
        let identifier = Int32(truncatingIfNeeded: rows.int64(row, 0))
        let name = rows.text(row, 1)
        contents.identifiers[Exact(text: name)] = identifier
        contents.names[identifier] = name
      }
    }
  }

  /// Those of the names that have no number yet.
  func unknown(of names: some Sequence<String>) -> Set<Exact> {
    contents.withLock { contents in
      var unknown: Set<Exact> = []
      for name in names {
        let exact = Exact(text: name)
        if contents.identifiers[exact] == nil { unknown.insert(exact) }
      }
      return unknown
    }
  }
}
