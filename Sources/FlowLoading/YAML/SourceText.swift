//! The lines of a file, for carets and for places inside texts. Line ends are LF, CRLF or CR.

package struct SourceText: Sendable {
  package let file: String
  private let bytes: [UInt8]
  private let lineStarts: [Int]

  /// A byte-order mark must have been taken off.
  package init(file: String, bytes: [UInt8]) {
    self.file = file
    self.bytes = bytes
    var starts = [0]
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == 0x0D, index < bytes.count, bytes[index] == 0x0A { index += 1 }
      if byte == 0x0A || byte == 0x0D { starts.append(index) }
    }
    lineStarts = starts
  }

  package var lineCount: Int { lineStarts.count }

  /// The text of a line, counted from 1, without its end; nil when there is no such line.
  package func line(_ number: Int) -> String? {
    guard lineStarts.indices.contains(number - 1) else { return nil }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] : bytes.count
    while end > start, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// The scalar at a place; nil at the end of a line and beyond.
  package func scalar(line number: Int, column: Int) -> Unicode.Scalar? {
    guard let line = line(number), column >= 1 else { return nil }
    return line.unicodeScalars.dropFirst(column - 1).first
  }

  /// Line and column of a byte offset.
  package func place(ofByte offset: Int) -> (line: Int, column: Int) {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    let before = bytes[lineStarts[low]..<min(offset, bytes.count)]
    let scalars = before.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
    return (low + 1, scalars + 1)
  }

  /// What stands between two places of one line; nil for a span over several lines.
  package func slice(_ span: SourceSpan) -> String? {
    guard span.line == span.endLine, span.endColumn >= span.column, let line = line(span.line) else { return nil }
    return String(line.unicodeScalars.dropFirst(span.column - 1).prefix(span.endColumn - span.column))
  }

  /// The span of a part of a scalar's text, counted in scalars from its start. Exact when the text stands in the
  /// source as it is; with escapes or over several lines the whole scalar is meant.
  package func span(of range: Range<Int>, in node: YAMLNode) -> SourceSpan {
    guard let written = slice(node.span) else { return node.span }
    let offset: Int
    if written == node.text {
      offset = 0
    } else if node.style == .quoted, written.unicodeScalars.count == node.text.unicodeScalars.count + 2,
      written.unicodeScalars.dropFirst().dropLast().elementsEqual(node.text.unicodeScalars)
    {
      offset = 1
    } else {
      return node.span
    }
    return SourceSpan(
      line: node.span.line, column: node.span.column + offset + range.lowerBound, length: max(range.count, 1))
  }
}
