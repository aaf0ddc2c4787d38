//! The rows that a statement answered, read from libpq's own memory in binary form. A value of another size than
//! expected reads as nothing instead of trapping.
internal import CPQ
internal import SwitchboardSDK

/// `@unchecked Sendable`: a finished `PGresult` is only read, and freed once, by its last owner.
final class ResultRows: @unchecked Sendable {
  private let result: OpaquePointer

  /// Takes the result over.
  init(_ result: OpaquePointer) { self.result = result }
  deinit { PQclear(result) }

  var count: Int { Int(PQntuples(result)) }
  var status: ExecStatusType { PQresultStatus(result) }

  /// Rows that an INSERT, UPDATE or DELETE touched.
  var changedRows: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

  func isNull(_ row: Int, _ column: Int32) -> Bool { PQgetisnull(result, Int32(row), column) == 1 }

  func int64(_ row: Int, _ column: Int32) -> Int64 {
    switch length(row, column) {
    case 8: Int64(bitPattern: number(row, column))
    case 4: Int64(Int32(bitPattern: number(row, column)))
    case 2: Int64(Int16(bitPattern: number(row, column)))
    default: 0
    }
  }

  func int(_ row: Int, _ column: Int32) -> Int { Int(int64(row, column)) }
  func bool(_ row: Int, _ column: Int32) -> Bool { bytes(row, column).first == 1 }
  func timestamp(_ row: Int, _ column: Int32) -> Timestamp { Timestamp(milliseconds: int64(row, column)) }

  func optionalTimestamp(_ row: Int, _ column: Int32) -> Timestamp? {
    isNull(row, column) ? nil : timestamp(row, column)
  }

  func text(_ row: Int, _ column: Int32) -> String { withBytes(row, column, EscapedText.text) }
  func optionalText(_ row: Int, _ column: Int32) -> String? { isNull(row, column) ? nil : text(row, column) }
  func bytes(_ row: Int, _ column: Int32) -> [UInt8] { withBytes(row, column) { Array($0) } }
  func optionalBytes(_ row: Int, _ column: Int32) -> [UInt8]? { isNull(row, column) ? nil : bytes(row, column) }

  /// JSON that this store has written itself; anything else reads as `.null`.
  func value(_ row: Int, _ column: Int32) -> Value {
    guard !isNull(row, column), let value = try? JSON.parse(bytes(row, column)) else { return .null }
    return value
  }

  private func length(_ row: Int, _ column: Int32) -> Int { Int(PQgetlength(result, Int32(row), column)) }

  private func number<Number: FixedWidthInteger>(_ row: Int, _ column: Int32) -> Number {
    withBytes(row, column) { bytes in bytes.reduce(Number.zero) { $0 << 8 | Number(truncatingIfNeeded: $1) } }
  }

  private func withBytes<Answer>(
    _ row: Int, _ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Answer
  ) -> Answer {
    let count = length(row, column)
    guard let address = PQgetvalue(result, Int32(row), column), count > 0 else {
      return body(UnsafeBufferPointer(start: nil, count: 0))
    }
    return address.withMemoryRebound(to: UInt8.self, capacity: count) {
      body(UnsafeBufferPointer(start: $0, count: count))
    }
  }
}
