//! One problem of a file: what, where, and what to do about it.
package import SwitchboardSDK

package struct Diagnostic: Sendable, Hashable {
  package enum Severity: String, Sendable, Hashable { case error, warning }

  package var code: DiagnosticCode
  package var severity: Severity
  package var file: String
  /// From 1; columns count Unicode scalars.
  package var line: Int
  package var column: Int
  /// Behind the last character; on the same line.
  package var endColumn: Int
  package var message: String
  /// Stands behind the carets: `did you mean 'relay'?`
  package var hint: String?
  /// `in flow 'avito-desk' › way › else › do[0]`
  package var context: String?
  /// The cited line, already escaped, cut and masked; nil when there is none.
  package var excerpt: Excerpt?

  package struct Excerpt: Sendable, Hashable {
    package var text: String
    /// Where the carets begin, from 0, and how many.
    package var offset: Int
    package var length: Int
  }

  /// For `--format json`, REST and the editor.
  package var value: Value {
    .map([
      "code": .text(code.rawValue), "severity": .text(severity.rawValue), "file": .text(file),
      "line": .int(Int64(line)), "column": .int(Int64(column)), "end_column": .int(Int64(endColumn)),
      "message": .text(message), "hint": hint.map(Value.text) ?? .null, "context": context.map(Value.text) ?? .null,
    ])
  }

  /// As a person reads it (contract §4), without a line end.
  package var text: String {
    var lines = ["\(file):\(line):\(column): \(severity.rawValue)[\(code.rawValue)]: \(message)"]
    let number = String(line)
    let gutter = String(repeating: " ", count: max(number.utf8.count + 1, 3))
    if let excerpt {
      let padding = String(repeating: " ", count: gutter.utf8.count - number.utf8.count - 1)
      let carets = String(repeating: " ", count: excerpt.offset) + String(repeating: "^", count: max(excerpt.length, 1))
      lines.append("\(gutter)|")
      lines.append("\(padding)\(number) | \(excerpt.text)")
      lines.append("\(gutter)| \(carets)\(hint.map { " \($0)" } ?? "")")
    } else if let hint {
      lines.append("\(gutter)= \(hint)")
    }
    if let context { lines.append("\(gutter)= \(context)") }
    return lines.joined(separator: "\n")
  }
}
