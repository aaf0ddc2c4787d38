//! Makes text harmless for a line of a log: no control character, no line end of any script, no direction marks.

enum LogEscape {
  /// Appends at most `bytesMax` bytes, cut at a character's border with an ellipsis. Invalid UTF-8 becomes U+FFFD.
  static func append(_ text: [UInt8], to line: inout [UInt8], as format: LogFormat, bytesMax: Int) {
    let end = line.count + bytesMax - 3
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      let start = line.count
      append(scalar, to: &line, format)
      if line.count > end {
        line.removeLast(line.count - start)
        line += "…".utf8
        return
      }
    }
  }

  private static func append(_ scalar: Unicode.Scalar, to line: inout [UInt8], _ format: LogFormat) {
    switch scalar {
    case "\\": line += "\\\\".utf8
    case "\"" where format == .json: line += "\\\"".utf8
    case " "..."~": line.append(UInt8(truncatingIfNeeded: scalar.value))
    case "\n": line += "\\n".utf8
    case "\r": line += "\\r".utf8
    case "\t": line += "\\t".utf8
    case _ where isHarmful(scalar):
      let digits = String(scalar.value, radix: 16)
      line += "\\u".utf8
      line += repeatElement(UInt8(ascii: "0"), count: max(0, 4 - digits.utf8.count))
      line += digits.utf8
    default: line += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
    }
  }

  /// All are below U+10000, so that four digits name them.
  private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F: true
    // Zero-width and direction marks, line and paragraph separators, embeddings and overrides, isolates.
    case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF, 0x061C: true
    default: false
    }
  }
}
