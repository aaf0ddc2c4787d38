//! Cites a line of a source: secrets masked, control characters escaped, cut to 120 characters, carets in step.

enum Excerpting {
  static let scalarsMax = 120
  private static let windowScalarsMax = 2_000

  static func excerpt(_ source: SourceText, line: Int, column: Int, endColumn: Int) -> Diagnostic.Excerpt? {
    guard let raw = source.line(line) else { return nil }
    // A line of a hundred kilobytes is masked around the place only.
    let length = raw.unicodeScalars.count
    let skipped = length > windowScalarsMax ? min(max(0, column - 1 - windowScalarsMax / 2), length) : 0
    let window =
      skipped == 0 && length <= windowScalarsMax
      ? raw : String(raw.unicodeScalars.dropFirst(skipped).prefix(windowScalarsMax))
    let isHidden = skipped > 0 && SecretWords.beginsWithSecretName(raw)
    let masked = isHidden ? SecretWords.hidden(window) : SecretWords.masked(window, line: line, of: source)
    let scalars = Array(masked.unicodeScalars)
    let column = column - skipped
    let endColumn = endColumn - skipped
    let start = min(max(column - 1, 0), scalars.count)
    var first = 0
    if scalars.count > scalarsMax { first = min(max(0, start - 40), scalars.count - (scalarsMax - 2)) }
    let last = min(scalars.count, scalars.count > scalarsMax ? first + scalarsMax - 2 : scalars.count)
    var text = first > 0 ? "…" : ""
    var offset = 0
    var end = 0
    for index in first..<max(first, last) {
      if index == start { offset = text.unicodeScalars.count }
      text += shown(scalars[index])
      if index < endColumn - 1 { end = text.unicodeScalars.count }
    }
    if start >= last { offset = text.unicodeScalars.count }
    if last < scalars.count { text += "…" }
    return Diagnostic.Excerpt(text: text, offset: offset, length: max(end - offset, 1))
  }

  /// A text for a message: one line, control and direction characters escaped, cut.
  static func escaped(_ text: String) -> String {
    let scalars = text.unicodeScalars
    var shownText = ""
    for scalar in scalars.prefix(400) { shownText += scalar == "\t" ? "\\t" : shown(scalar) }
    return scalars.count > 400 ? shownText + "…" : shownText
  }

  private static func shown(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case 0x09: " "
    case 0x0A: "\\n"
    case 0x0D: "\\r"
    case 0..<0x20, 0x7F...0x9F, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
      "\\u{\(SourceCheck.hexadecimal(scalar.value, width: 2))}"
    default: String(scalar)
    }
  }
}
