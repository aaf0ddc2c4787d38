//! Texts that come out of a rule, made fit for one line of a log: cut, escaped, their place split off.

enum RuleText {
  /// Splits `reply.lua:12: text` into line and text.
  static func placed(_ bytes: UnsafeRawBufferPointer, chunk: String) -> (line: Int?, text: String) {
    let prefix = Array("\(chunk):".utf8)
    guard bytes.starts(with: prefix) else { return (nil, escaped(bytes[...])) }
    let rest = bytes[prefix.count...]
    let digits = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }
    guard let line = Int(String(decoding: digits, as: UTF8.self)) else { return (nil, escaped(bytes[...])) }
    return (line, escaped(rest.dropFirst(digits.count).drop { $0 == 0x3A || $0 == 0x20 }))
  }

  /// At most 4 KiB, whole scalars, control characters as `\u{1B}`.
  static func escaped(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    var text = ""
    for scalar in String(decoding: bytes.prefix(RuleLimits.detailBytesMax), as: UTF8.self).unicodeScalars {
      let isHidden = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        || (0x2028...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
      let piece = isHidden ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
      if text.utf8.count + piece.utf8.count > RuleLimits.detailBytesMax { break }
      text += piece
    }
    return text
  }
}
