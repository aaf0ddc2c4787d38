//! What every store of the journal must do, written once: each case gets an empty journal and throws what is wrong.
package import JournalCore

package struct ConformanceCase: Sendable, CustomStringConvertible {
  package let name: String
  package let exercise: @Sendable (any Journal) async throws -> Void

  init(_ name: String, _ exercise: @escaping @Sendable (any Journal) async throws -> Void) {
    self.name = name
    self.exercise = exercise
  }

  package var description: String { name }

  package static let all: [ConformanceCase] =
    intake + runs + ledger + timers + conversations + smallThings + unusualData + concurrency + administration
    + pruning + projectState
}

/// Something is not as it must be; the text says what.
package struct ConformanceFailure: Error, Sendable, CustomStringConvertible {
  package let description: String
}

func expect(_ condition: Bool, _ complaint: @autoclosure () -> String, line: Int = #line) throws {
  guard condition else { throw ConformanceFailure(description: "\(complaint()) (line \(line))") }
}

func expectEqual<T: Equatable>(_ found: T, _ wanted: T, line: Int = #line) throws {
  guard found == wanted else {
    throw ConformanceFailure(description: "found \(found), wanted \(wanted) (line \(line))")
  }
}

func expectRunClosed(_ body: () async throws(JournalError) -> Void, line: Int = #line) async throws {
  do throws(JournalError) {
    try await body()
  } catch {
    return try expectEqual(error.code, .runClosed, line: line)
  }
  throw ConformanceFailure(description: "a closed run took a change (line \(line))")
}
