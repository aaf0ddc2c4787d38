//! The reading half of `JSON`: recursive descent over a byte buffer.

struct JSONReader {
  private let buffer: UnsafeBufferPointer<UInt8>
  private var at = 0

  init(_ buffer: UnsafeBufferPointer<UInt8>) { self.buffer = buffer }

  mutating func document() throws(JSONError) -> Value {
    if buffer.count >= 3, buffer[0] == 0xEF, buffer[1] == 0xBB, buffer[2] == 0xBF { at = 3 }
    let value = try value(depth: 0)
    skipSpace()
    guard at == buffer.count else { throw failure("text after the end of the document") }
    return value
  }

  private func failure(_ detail: String) -> JSONError { JSONError(offset: at, detail: detail) }

  private mutating func skipSpace() {
    while at < buffer.count {
      switch buffer[at] {
      case 0x20, 0x0A, 0x0D, 0x09: at += 1
      default: return
      }
    }
  }

  private mutating func value(depth: Int) throws(JSONError) -> Value {
    guard depth <= JSON.depthMax else { throw failure("nested deeper than \(JSON.depthMax) levels") }
    skipSpace()
    guard at < buffer.count else { throw failure("unexpected end") }
    switch buffer[at] {
    case UInt8(ascii: "{"): return try map(depth: depth)
    case UInt8(ascii: "["): return try list(depth: depth)
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw failure("unexpected character")
    }
  }

  private mutating func word(_ word: StaticString, _ value: Value) throws(JSONError) -> Value {
    let length = word.utf8CodeUnitCount
    guard at + length <= buffer.count else { throw failure("unexpected end") }
    for index in 0..<length where buffer[at + index] != word.utf8Start[index] {
      throw failure("unexpected word")
    }
    at += length
    return value
  }

  private mutating func map(depth: Int) throws(JSONError) -> Value {
    at += 1
    skipSpace()
    if at < buffer.count, buffer[at] == UInt8(ascii: "}") {
      at += 1
      return .map([:])
    }
    // The size of most mappings in messages: room made once instead of three times.
    var members = [String: Value](minimumCapacity: 6)
    while true {
      skipSpace()
      guard at < buffer.count, buffer[at] == UInt8(ascii: "\"") else { throw failure("expected a key in quotes") }
      let key = try string()
      skipSpace()
      guard at < buffer.count, buffer[at] == UInt8(ascii: ":") else { throw failure("expected ':'") }
      at += 1
      members[key] = try value(depth: depth + 1)
      skipSpace()
      guard at < buffer.count else { throw failure("unexpected end in a mapping") }
      if buffer[at] == UInt8(ascii: ",") {
        at += 1
        continue
      }
      guard buffer[at] == UInt8(ascii: "}") else { throw failure("expected ',' or '}'") }
      at += 1
      return .map(members)
    }
  }

  private mutating func list(depth: Int) throws(JSONError) -> Value {
    at += 1
    var elements: [Value] = []
    skipSpace()
    if at < buffer.count, buffer[at] == UInt8(ascii: "]") {
      at += 1
      return .list(elements)
    }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      guard at < buffer.count else { throw failure("unexpected end in a list") }
      if buffer[at] == UInt8(ascii: ",") {
        at += 1
        continue
      }
      guard buffer[at] == UInt8(ascii: "]") else { throw failure("expected ',' or ']'") }
      at += 1
      return .list(elements)
    }
  }

  private mutating func number() throws(JSONError) -> Value {
    let start = at
    if buffer[at] == UInt8(ascii: "-") { at += 1 }
    let firstDigit = at
    var magnitude: UInt64 = 0
    var fits = true
    while at < buffer.count, case let digit = buffer[at] &- 48, digit < 10 {
      let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      if overflow || carry { fits = false }
      magnitude = sum
      at += 1
    }
    guard at > firstDigit else { throw failure("expected a digit") }
    if at - firstDigit > 1, buffer[firstDigit] == UInt8(ascii: "0") { throw failure("a number starts with 0") }
    var isInteger = true
    if at < buffer.count, buffer[at] == UInt8(ascii: ".") {
      isInteger = false
      at += 1
      try digits()
    }
    if at < buffer.count, buffer[at] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      at += 1
      if at < buffer.count, buffer[at] == UInt8(ascii: "+") || buffer[at] == UInt8(ascii: "-") { at += 1 }
      try digits()
    }
    if isInteger, fits {
      if firstDigit == start, magnitude <= UInt64(Int64.max) { return .int(Int64(magnitude)) }
      if firstDigit > start, magnitude <= UInt64(Int64.max) + 1 {
        return .int(Int64(truncatingIfNeeded: 0 &- magnitude))
      }
    }
    let text = String(decoding: buffer[start..<at], as: UTF8.self)
    guard let double = Double(text), double.isFinite else { throw failure("a number out of range") }
    return .double(double)
  }

  private mutating func digits() throws(JSONError) {
    let start = at
    while at < buffer.count, buffer[at] &- 48 < 10 { at += 1 }
    guard at > start else { throw failure("expected a digit") }
  }

  /// Reads a string in quotes. Text without escapes, the usual case, is copied once.
  private mutating func string() throws(JSONError) -> String {
    at += 1
    let start = at
    while at < buffer.count, buffer[at] != UInt8(ascii: "\""), buffer[at] != UInt8(ascii: "\\") {
      guard buffer[at] >= 0x20 else { throw failure("a control character inside a string") }
      at += 1
    }
    guard at < buffer.count else { throw failure("a string without an end") }
    if buffer[at] == UInt8(ascii: "\"") {
      let text = try validated(buffer[start..<at])
      at += 1
      return text
    }
    var unescaped = Array(buffer[start..<at])
    while at < buffer.count {
      let byte = buffer[at]
      switch byte {
      case UInt8(ascii: "\""):
        let text = try unescaped.withUnsafeBufferPointer { bytes throws(JSONError) in try validated(bytes[...]) }
        at += 1
        return text
      case UInt8(ascii: "\\"): try escape(into: &unescaped)
      case 0..<0x20: throw failure("a control character inside a string")
      default:
        unescaped.append(byte)
        at += 1
      }
    }
    throw failure("a string without an end")
  }

  /// `String(validating:)` goes byte by byte through generic code; decoding is quick, mends what is wrong, and what it
  /// has mended is no longer the same bytes.
  private func validated(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) throws(JSONError) -> String {
    let plain = UnsafeBufferPointer(rebasing: bytes)
    var text = String(decoding: plain, as: UTF8.self)
    // Each byte of a short text of ASCII can be looked at in the time that a comparison takes to begin.
    if plain.count <= 15, plain.allSatisfy({ $0 < 0x80 }) { return text }
    let isSame = text.withUTF8 { decoded in
      decoded.count == plain.count && decoded.elementsEqual(plain)
    }
    guard isSame else { throw failure("invalid UTF-8") }
    return text
  }

  private mutating func escape(into bytes: inout [UInt8]) throws(JSONError) {
    at += 1
    guard at < buffer.count else { throw failure("unexpected end in an escape") }
    let letter = buffer[at]
    at += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(letter)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"):
      var code = UInt32(try hexadecimal())
      if (0xD800...0xDBFF).contains(code), at + 1 < buffer.count, buffer[at] == UInt8(ascii: "\\"),
        buffer[at + 1] == UInt8(ascii: "u")
      {
        let back = at
        at += 2
        let low = UInt32(try hexadecimal())
        if (0xDC00...0xDFFF).contains(low) {
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        } else {
          at = back
        }
      }
      let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
      bytes.append(contentsOf: Character(scalar).utf8)
    default: throw failure("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt16 {
    guard at + 4 <= buffer.count else { throw failure("unexpected end in an escape") }
    var code: UInt16 = 0
    for _ in 0..<4 {
      let digit: UInt8
      switch buffer[at] {
      case let byte where byte &- 48 < 10: digit = byte - 48
      case let byte where (byte | 0x20) &- 97 < 6: digit = (byte | 0x20) - 87
      default: throw failure("expected four hexadecimal digits")
      }
      code = code << 4 | UInt16(digit)
      at += 1
    }
    return code
  }
}
