//! Cites the place of an expectation that was not met, in the form of diagnostics.

package enum Citation {
  /// Without a line end. Every note is a line of its own below the cited one.
  package static func text(
    _ file: String, _ source: SourceText?, _ span: SourceSpan, word: String, message: String, notes: [String]
  ) -> String {
    var lines = ["\(file):\(span.line):\(span.column): \(word): \(Excerpting.escaped(message))"]
    let number = String(span.line)
    let gutter = String(repeating: " ", count: max(number.utf8.count + 1, 3))
    let length = source?.line(span.line)?.unicodeScalars.count ?? 0
    let end = span.endLine == span.line ? span.endColumn : length + 1
    if let source,
      let excerpt = Excerpting.excerpt(
        source, line: span.line, column: span.column, endColumn: max(end, span.column + 1))
    {
      let padding = String(repeating: " ", count: gutter.utf8.count - number.utf8.count - 1)
      lines.append("\(gutter)|")
      lines.append("\(padding)\(number) | \(excerpt.text)")
      let carets = String(repeating: "^", count: max(excerpt.length, 1))
      lines.append("\(gutter)| \(String(repeating: " ", count: excerpt.offset))\(carets)")
    }
    for note in notes { lines.append("\(gutter)= \(Excerpting.escaped(note))") }
    return lines.joined(separator: "\n")
  }
}
