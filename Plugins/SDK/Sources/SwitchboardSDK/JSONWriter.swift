//! The writing half of `JSON`.

struct JSONWriter {
  var bytes: [UInt8]

  init() {
    bytes = []
    bytes.reserveCapacity(512)
  }

  /// Goes on behind what is there.
  init(_ bytes: consuming [UInt8]) { self.bytes = bytes }

  mutating func write(_ value: Value) {
    switch value {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    case .int(let number): write(number)
    case .double(let number): bytes.append(contentsOf: (number.isFinite ? number.description : "null").utf8)
    case .text(let text): write(text)
    case .list(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        write(element)
      }
      bytes.append(UInt8(ascii: "]"))
    case .map(let members): write(members)
    }
  }

  /// Members are found and sorted in one pass; most mappings have fewer than ten.
  private mutating func write(_ members: [String: Value]) {
    var sorted: [(key: String, value: Value)] = []
    sorted.reserveCapacity(members.count)
    for member in members { sorted.append(member) }
    if sorted.count > 1 { sorted.sort { $0.key < $1.key } }
    var separator = UInt8(ascii: "{")
    if sorted.isEmpty { bytes.append(separator) }
    for (key, value) in sorted {
      bytes.append(separator)
      separator = UInt8(ascii: ",")
      write(key)
      bytes.append(UInt8(ascii: ":"))
      write(value)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  mutating func write(_ number: Int64) {
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = number.magnitude
    // The longest is 2^63, of 19 digits.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var at = 20
      repeat {
        at -= 1
        digits[at] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      } while rest > 0
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[at...]))
    }
  }

  mutating func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { utf8 in
      // Runs without anything to escape are copied whole.
      var start = 0
      for (at, byte) in utf8.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F {
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<at]))
        escape(byte)
        start = at + 1
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    default:
      let digits = String(byte, radix: 16)
      bytes.append(contentsOf: "u00\(digits.utf8.count == 1 ? "0" : "")\(digits)".utf8)
    }
  }
}
