//! The spaces within a line: one where there were several, `{ a: b }`, `[a, b]`, `[ { … } ]`.

struct TokenSpacing {
  private let marks: FormatMarks
  /// By line, the columns (from 0) of what must not be touched, in order.
  private var kept: [Int: [Range<Int>]] = [:]
  /// Open brackets, over lines: whether there is room inside.
  private var brackets: [Bool] = []

  init(marks: FormatMarks) {
    self.marks = marks
    for scalar in marks.scalars {
      let span = scalar.span
      guard scalar.style != .block else {
        kept[span.line, default: []].append(span.column - 1..<Int.max)
        continue
      }
      for line in span.line...max(span.line, span.endLine) {
        let start = line == span.line ? span.column - 1 : 0
        let end = line == span.endLine ? span.endColumn - 1 : Int.max
        if start < end { kept[line, default: []].append(start..<end) }
      }
    }
  }

  /// The line with its first character at `column`, counted from 0.
  mutating func line(_ number: Int, _ scalars: [Unicode.Scalar], from start: Int, column: Int) -> LaidLine {
    var code = String.UnicodeScalarView(repeatElement(" ", count: column))
    let ranges = kept[number] ?? []
    var at = start
    var hasGap = false
    while at < scalars.count {
      if let range = ranges.first(where: { $0.contains(at) }) {
        separate(&code, before: nil, column, hasGap)
        hasGap = false
        let end = min(range.upperBound, scalars.count)
        let rest = scalars[at..<end]
        // The head of a `|` text may have a comment of its own; the text itself stands in other lines.
        if range.upperBound == Int.max, end == scalars.count { return closed(code, rest) }
        code.append(contentsOf: rest)
        at = end
        continue
      }
      let scalar = scalars[at]
      if scalar == " " || scalar == "\t" {
        hasGap = true
      } else if scalar == "#", hasGap || at == start {
        let comment = String(String.UnicodeScalarView(scalars[at...])).trimmedAtEnd
        return at == start
          ? LaidLine(code: String(code) + comment) : LaidLine(code: String(code).trimmedAtEnd, comment: comment)
      } else {
        let isRoomy = bracket(scalar, FormatMarks.Place(line: number, column: at + 1))
        separate(&code, before: scalar, column, hasGap, isRoomy: isRoomy)
        hasGap = false
        code.append(scalar)
      }
      at += 1
    }
    return LaidLine(code: String(code).trimmedAtEnd)
  }

  /// A text that goes on in the next line ends with this one; white space at its end says nothing.
  private func closed(_ code: String.UnicodeScalarView, _ rest: ArraySlice<Unicode.Scalar>) -> LaidLine {
    LaidLine(code: (String(code) + String(String.UnicodeScalarView(rest))).trimmedAtEnd)
  }

  /// Keeps count of brackets; whether there is room in the one that this character closes.
  private mutating func bracket(_ scalar: Unicode.Scalar, _ place: FormatMarks.Place) -> Bool {
    switch scalar {
    case "{": brackets.append(true)
    case "[": brackets.append(marks.roomyLists.contains(place))
    case "}", "]": return brackets.popLast() ?? false
    default: break
    }
    return false
  }

  /// Puts the one space that belongs before what comes next, if any. `scalar` is nil before a text.
  private func separate(
    _ code: inout String.UnicodeScalarView, before scalar: Unicode.Scalar?, _ column: Int, _ hasGap: Bool,
    isRoomy: Bool = false
  ) {
    guard code.count > column, let last = code.last else { return }
    let wanted: Bool
    switch (last, scalar) {
    case (_, ","?): wanted = false
    case ("{", "}"?), ("[", "]"?): wanted = false
    case (_, ":"?) where !hasGap: wanted = false
    case (_, ":"?): wanted = isColonAlone(code)
    case (_, "}"?), (_, "]"?): wanted = isRoomy
    case ("{", _): wanted = true
    case ("[", _): wanted = scalar == "[" ? brackets.dropLast().last ?? false : innermost(for: scalar)
    case (",", _), (":", _): wanted = true
    default: wanted = hasGap
    }
    if wanted { code.append(" ") }
  }

  /// The bracket that was opened last, seen from what comes next: that may itself have just opened one.
  private func innermost(for scalar: Unicode.Scalar?) -> Bool {
    (scalar == "{" ? brackets.dropLast().last : brackets.last) ?? false
  }

  /// After an alias a colon needs its space (`*a : 1`).
  private func isColonAlone(_ code: String.UnicodeScalarView) -> Bool {
    guard let word = String(code).split(separator: " ").last else { return false }
    return word.hasPrefix("*")
  }
}
