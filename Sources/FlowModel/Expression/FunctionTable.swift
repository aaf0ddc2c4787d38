//! The library as the manual has it; a test holds `docs/flow-language.md` against it.

extension FunctionLibrary {
  /// A table in Markdown, a function a row, without a line end.
  package static var table: String {
    let rows = all.map { "| `\($0.signature)` | \($0.result.noun) | \($0.summary) |" }
    return (["| function | gives | |", "| --- | --- | --- |"] + rows).joined(separator: "\n")
  }
}

extension LibraryFunction {
  /// `round(number[, number])`, `text.has_any(text, any…)`
  package var signature: String {
    let required = parameters.dropLast(optionalCount).map(\.rawValue).joined(separator: ", ")
    let optional = parameters.suffix(optionalCount).map { "[, \($0.rawValue)]" }.joined()
    return "\(name)(\(required)\(isVariadic ? "…" : "")\(optional))"
  }
}
