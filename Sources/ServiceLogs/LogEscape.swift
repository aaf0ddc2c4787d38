//! Makes text harmless for a line of a log: no control character, no line end of any script, no direction marks.

enum LogEscape {
  /// Cut to at most `bytesMax` bytes of output, at a character's border, with an ellipsis.
  static func escaped(_ text: [UInt8], as format: LogFormat, bytesMax: Int) -> [UInt8] {
    var line: [UInt8] = []
    line.reserveCapacity(min(text.count, bytesMax) + 2)
    // Invalid UTF-8 becomes U+FFFD here.
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      let piece = piece(scalar, format)
      guard line.count + piece.count <= bytesMax - 3 else {
        line += Array("…".utf8)
        return line
      }
      line += piece
    }
    return line
  }

  private static func piece(_ scalar: Unicode.Scalar, _ format: LogFormat) -> [UInt8] {
    switch scalar {
    case "\n": return Array("\\n".utf8)
    case "\r": return Array("\\r".utf8)
    case "\t": return Array("\\t".utf8)
    case "\\": return Array("\\\\".utf8)
    case "\"" where format == .json: return Array("\\\"".utf8)
    default: break
    }
    guard isHarmful(scalar) else { return Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter) }
    let digits = String(scalar.value, radix: 16)
    return Array("\\u\(String(repeating: "0", count: max(0, 4 - digits.utf8.count)))\(digits)".utf8)
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
