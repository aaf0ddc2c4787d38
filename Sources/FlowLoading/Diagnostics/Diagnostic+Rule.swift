//! Problems of Lua rules in the form of all diagnostics. What they are is found by the RuleEngine; the codes, their
//! explanations and the cited line are ours.

extension Diagnostic {
  /// - Parameters:
  ///   - code: one of the SB08 codes; another is taken as a rule that cannot be read.
  ///   - line: nil when the whole file is meant.
  ///   - columns: Unicode scalars from 1; nil when only the line is known.
  ///   - source: the file's bytes, to cite the line; nil cites nothing.
  package static func ofRule(
    code: String, file: String, line: Int?, columns: Range<Int>?, message: String, hint: String?, source: [UInt8]?
  ) -> Diagnostic {
    let text = source.map { SourceText(file: file, bytes: $0) }
    let number = line ?? 1
    let cited = text?.line(number)
    // Without columns the whole line is meant, but for its indentation.
    let indentation = cited?.unicodeScalars.prefix { $0 == " " || $0 == "\t" }.count ?? 0
    let length = cited?.unicodeScalars.count ?? 0
    let column = columns?.lowerBound ?? indentation + 1
    let end = columns?.upperBound ?? max(length + 1, column + 1)
    let excerpt = line == nil ? nil : text.flatMap {
      Excerpting.excerpt($0, line: number, column: column, endColumn: end)
    }
    return Diagnostic(
      code: DiagnosticCode(rawValue: code) ?? .ruleUnreadable, severity: .error, file: file, line: number,
      column: column, endColumn: end, message: Excerpting.escaped(message), hint: hint, context: nil, excerpt: excerpt)
  }
}
