//! Turns libyaml's words into ours, at the place where a person would look.

struct SyntaxReport {
  private let source: SourceText?
  private let error: YAMLSyntaxError

  init(log source: SourceText?, _ error: YAMLSyntaxError) {
    self.source = source
    self.error = error
  }

  func add(to log: inout DiagnosticLog) {
    let found = finding
    log.add(found.code, found.span, found.message, hint: found.hint)
  }

  private typealias Finding = (code: DiagnosticCode, span: SourceSpan, message: String, hint: String?)

  private var finding: Finding {
    let span = error.problemSpan
    if let space = oddIndentation {
      return (.indentation, space.span, "no-break space U+\(space.code) used for indentation", "use plain spaces")
    }
    if error.context == "while scanning a simple key", isLongKey {
      return (.keyTooLong, error.contextSpan, "key longer than \(YAMLLimits.keyScalarsMax) characters", nil)
    }
    if error.problem.hasPrefix("mapping values are not allowed"), let key = longKeyBefore(span) {
      return (.keyTooLong, key, "key longer than \(YAMLLimits.keyScalarsMax) characters", nil)
    }
    if source?.scalar(line: span.line, column: span.column) == "\t" {
      return (.tab, span, "a tab where only spaces may stand", "indent with spaces")
    }
    switch (error.context, error.problem) {
    case ("while parsing a flow mapping", _):
      return (
        .syntax, span, "the mapping opened at \(opened) with '{' is not closed, or lacks a ','", "'}' or ',' expected"
      )
    case ("while parsing a flow sequence", _):
      return (
        .syntax, span, "the list opened at \(opened) with '[' is not closed, or lacks a ','", "']' or ',' expected"
      )
    case ("while scanning a quoted scalar", "found unexpected end of stream"):
      return (.syntax, error.contextSpan, "this quote is never closed", nil)
    case (_, "found unknown escape character"):
      let letter = source?.scalar(line: span.line, column: span.column).map { String($0) } ?? ""
      // libyaml points at the backslash or at the letter behind it, as it happens.
      let escape = letter == "\\" ? 1 : 0
      let name = source?.scalar(line: span.line, column: span.column + escape).map { String($0) } ?? letter
      return (
        .syntax, span, "unknown escape \\\(name) in double quotes", "write \\\\ for a backslash, or use single quotes"
      )
    case ("while parsing a block mapping", _):
      return (
        .syntax, span, "this stands at an indentation that belongs to no mapping or list above",
        "line it up with its neighbours"
      )
    case ("while parsing a block collection", _):
      return (.syntax, span, "expected '-' here, as in the list begun at \(opened)", "line it up with its neighbours")
    case (_, "mapping values are not allowed in this context"):
      return (.syntax, span, "a ':' that cannot stand here", "put the text in quotes, or check the indentation")
    case ("while scanning a simple key", _):
      return (.syntax, error.contextSpan, "expected ':' behind this key", nil)
    case (_, "did not find expected <document start>"):
      if span.line > 1, source?.scalar(line: span.line - 1, column: 1) == "%" {
        return (.syntax, SourceSpan(line: span.line - 1, column: 1), "a directive in the middle of a document", nil)
      }
      return (.syntax, span, "text behind the end of the document", "check the indentation")
    case (_, "found undefined tag handle"):
      return (.tag, error.contextSpan, "an unknown tag", "values are read by YAML's core schema only")
    default:
      let context = error.context.isEmpty ? "" : " (\(error.context))"
      return (.syntax, span, error.problem + context, nil)
    }
  }

  private var opened: String { "\(error.contextSpan.line):\(error.contextSpan.column)" }

  private var isLongKey: Bool {
    guard let line = source?.line(error.contextSpan.line) else { return false }
    return line.unicodeScalars.count - error.contextSpan.column > YAMLLimits.keyScalarsMax
  }

  /// libyaml gives up on a key after 1,024 characters and then trips over its ':'.
  private func longKeyBefore(_ span: SourceSpan) -> SourceSpan? {
    guard let line = source?.line(span.line) else { return nil }
    let before = Array(line.unicodeScalars.prefix(span.column - 1))
    let start = before.firstIndex { $0 != " " && $0 != "-" && $0 != "?" } ?? before.count
    guard before.count - start > YAMLLimits.keyScalarsMax, !before[start...].contains(":") else { return nil }
    return SourceSpan(line: span.line, column: start + 1, length: before.count - start)
  }

  /// A white space other than space and tab at the start of a line near the problem.
  private var oddIndentation: (span: SourceSpan, code: String)? {
    let first = max(1, error.problemSpan.line - 1)
    for number in first...error.problemSpan.line {
      guard let line = source?.line(number) else { continue }
      for (index, scalar) in line.unicodeScalars.enumerated() {
        guard scalar.properties.isWhitespace else { break }
        if scalar.value > 0x7F {
          return (SourceSpan(line: number, column: index + 1), SourceCheck.hexadecimal(scalar.value))
        }
      }
    }
    return nil
  }
}
