//! Which lines of a rule hold code: what coverage counts.
internal import CLua

extension RuleSource {
  var lineCount: Int { bytes.count { $0 == 0x0A } + 1 }

  /// Nil when the file does not compile.
  package var codeLines: Set<Int>? {
    var lines = [UInt8](repeating: 0, count: lineCount + 1)
    let count = lines.count
    let isRead = bytes.withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { bytes in
        sb_code_lines(chunkName, bytes.baseAddress, bytes.count, &lines, count) != 0
      }
    }
    return isRead ? Set(lines.indices.filter { lines[$0] != 0 }) : nil
  }
}
