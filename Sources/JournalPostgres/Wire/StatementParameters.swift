//! The parameters of a prepared statement in PostgreSQL's binary form (`src/backend/utils/adt`, the `*recv`
//! functions): big-endian numbers, texts as their bytes, arrays with a head of their own.
internal import SwitchboardSDK

struct StatementParameters: Sendable {
  /// All values one behind the other.
  private(set) var bytes: [UInt8] = []
  /// Nil is NULL.
  private(set) var ranges: [Range<Int>?] = []

  init() {}

  mutating func add(_ number: Int64) { value { BinaryForm.append(UInt64(bitPattern: number), to: &$0) } }
  mutating func add(_ moment: Timestamp) { add(moment.milliseconds) }
  mutating func add(_ number: Int32) { value { BinaryForm.append(UInt32(bitPattern: number), to: &$0) } }
  mutating func add(_ text: String) { value { EscapedText.append(text, to: &$0) } }
  mutating func add(_ data: [UInt8]) { value { $0.append(contentsOf: data) } }
  mutating func addNull() { ranges.append(nil) }
  mutating func add(_ column: ArrayColumn) { value { column.write(to: &$0) } }

  /// `.null` as NULL, all else as JSON.
  mutating func add(_ json: Value) {
    if json.isNull { addNull() } else { add(JSON.bytes(json)) }
  }

  private mutating func value(_ write: (inout [UInt8]) -> Void) {
    let start = bytes.count
    write(&bytes)
    ranges.append(start..<bytes.count)
  }
}

enum BinaryForm {
  static func append<Number: FixedWidthInteger>(_ number: Number, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
  }
}

/// One column of the rows that a statement takes as arrays (`unnest`).
struct ArrayColumn: Sendable {
  /// Object identifiers of built-in types: `src/include/catalog/pg_type.dat`; they never change.
  enum Element: UInt32, Sendable { case bool = 16, bytes = 17, int8 = 20, int2 = 21, int4 = 23, text = 25 }

  private let element: Element
  private var data: [UInt8] = []
  private var hasNull: UInt32 = 0
  private(set) var count: UInt32 = 0

  init(_ element: Element) { self.element = element }

  init(partitions: Set<Int>) {
    element = .int2
    for partition in partitions.sorted() { append(Int16(clamping: partition)) }
  }

  var isEmpty: Bool { count == 0 }

  mutating func append(_ number: Int64) {
    BinaryForm.append(UInt32(8), to: &data)
    BinaryForm.append(UInt64(bitPattern: number), to: &data)
    count += 1
  }

  mutating func append(_ number: Int32) {
    BinaryForm.append(UInt32(4), to: &data)
    BinaryForm.append(UInt32(bitPattern: number), to: &data)
    count += 1
  }

  mutating func append(_ number: Int16) {
    BinaryForm.append(UInt32(2), to: &data)
    BinaryForm.append(UInt16(bitPattern: number), to: &data)
    count += 1
  }

  mutating func append(_ flag: Bool) {
    BinaryForm.append(UInt32(1), to: &data)
    data.append(flag ? 1 : 0)
    count += 1
  }

  mutating func append(_ moment: Timestamp) { append(moment.milliseconds) }

  mutating func append(_ moment: Timestamp?) {
    if let moment { append(moment) } else { appendNull() }
  }

  mutating func append(_ text: String) {
    let head = data.count
    BinaryForm.append(UInt32(0), to: &data)
    EscapedText.append(text, to: &data)
    let length = UInt32(truncatingIfNeeded: data.count - head - 4).bigEndian
    withUnsafeBytes(of: length) { data.replaceSubrange(head..<head + 4, with: $0) }
    count += 1
  }

  mutating func append(_ text: String?) {
    if let text { append(text) } else { appendNull() }
  }

  mutating func append(_ bytes: [UInt8]) {
    BinaryForm.append(UInt32(truncatingIfNeeded: bytes.count), to: &data)
    data.append(contentsOf: bytes)
    count += 1
  }

  mutating func append(_ bytes: [UInt8]?) {
    if let bytes { append(bytes) } else { appendNull() }
  }

  mutating func appendNull() {
    BinaryForm.append(UInt32.max, to: &data)
    hasNull = 1
    count += 1
  }

  /// Keeps the room for the next batch.
  mutating func removeAll() {
    data.removeAll(keepingCapacity: data.capacity < 1 << 20)
    hasNull = 0
    count = 0
  }

  func write(to bytes: inout [UInt8]) {
    // Number of dimensions, a flag for nulls, the type, then size and lower bound of the one dimension.
    for word in [count == 0 ? 0 : 1, hasNull, element.rawValue] { BinaryForm.append(word, to: &bytes) }
    guard count > 0 else { return }
    BinaryForm.append(count, to: &bytes)
    BinaryForm.append(UInt32(1), to: &bytes)
    bytes.append(contentsOf: data)
  }
}
