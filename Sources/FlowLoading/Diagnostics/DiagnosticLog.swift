//! Gathers the diagnostics of one file: all of them, sorted, at most fifty, none of them telling a secret.

package struct DiagnosticLog: Sendable {
  package let file: String
  package var source: SourceText?
  /// Where in the flow we are: joined as the context of what is added.
  package var trail: [String] = []
  private var found: [Diagnostic] = []

  package init(file: String) { self.file = file }

  package var hasErrors: Bool { found.contains { $0.severity == .error } }

  /// Whether nothing is wrong but variables of the environment and secrets that are missing.
  package var lacksValuesOnly: Bool {
    found.allSatisfy { $0.severity != .error || $0.code == .missingVariable || $0.code == .missingSecret }
  }

  /// By place, errors before warnings of the same place; at most fifty.
  package var diagnostics: [Diagnostic] {
    var seen: Set<Diagnostic> = []
    let sorted = found.filter { seen.insert($0).inserted }.enumerated().sorted { left, right in
      let first = (left.element.line, left.element.column, left.element.severity == .error ? 0 : 1, left.offset)
      let second = (right.element.line, right.element.column, right.element.severity == .error ? 0 : 1, right.offset)
      return first < second
    }
    return sorted.prefix(YAMLLimits.diagnosticsMax).map(\.element)
  }

  package mutating func add(
    _ code: DiagnosticCode, severity: Diagnostic.Severity = .error, _ span: SourceSpan, _ message: String,
    hint: String? = nil
  ) {
    let line = source?.line(span.line)
    let end = span.endLine == span.line ? span.endColumn : (line?.unicodeScalars.count ?? 0) + 1
    let endColumn = max(end, span.column + 1)
    let shown = source.flatMap { Excerpting.excerpt($0, line: span.line, column: span.column, endColumn: endColumn) }
    found.append(
      Diagnostic(
        code: code, severity: severity, file: file, line: span.line, column: span.column, endColumn: endColumn,
        message: Excerpting.escaped(SecretWords.masked(message)),
        hint: hint.map { Excerpting.escaped(SecretWords.masked($0)) },
        context: trail.isEmpty ? nil : "in " + trail.map(Excerpting.escaped).joined(separator: " › "), excerpt: shown))
  }
}
