//! Percent-decoding of paths, queries and urlencoded forms (RFC 3986, WHATWG URL) on bytes.

package enum PercentCoding {
  /// Nil when the result is not UTF-8. A `%` without two hexadecimal digits stands for itself.
  package static func decode(_ bytes: some Collection<UInt8>, plusIsSpace: Bool) -> String? {
    let input = Array(bytes)
    var output: [UInt8] = []
    output.reserveCapacity(input.count)
    var at = 0
    while at < input.count {
      if input[at] == UInt8(ascii: "%"), at + 2 < input.count, let high = digit(input[at + 1]),
        let low = digit(input[at + 2])
      {
        output.append(high << 4 | low)
        at += 3
      } else {
        output.append(plusIsSpace && input[at] == UInt8(ascii: "+") ? UInt8(ascii: " ") : input[at])
        at += 1
      }
    }
    return String(validating: output, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// Name and value pairs of a query or an urlencoded form, in order; nil when one is not UTF-8.
  package static func pairs(_ bytes: some Collection<UInt8>) -> [(name: String, value: String)]? {
    var pairs: [(name: String, value: String)] = []
    for field in bytes.split(separator: UInt8(ascii: "&")) {
      let equals = field.firstIndex(of: UInt8(ascii: "="))
      let name = field[..<(equals ?? field.endIndex)]
      let value = equals.map { field[field.index(after: $0)...] }
      guard let name = decode(name, plusIsSpace: true) else { return nil }
      guard let value = value.map({ decode($0, plusIsSpace: true) }) ?? "" else { return nil }
      pairs.append((name, value))
    }
    return pairs
  }
}
