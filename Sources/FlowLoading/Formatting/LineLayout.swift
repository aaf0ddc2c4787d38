//! Lays a file out line by line: two spaces a level, lists one level deeper than their key.

/// A line as it will stand, its comment apart.
struct LaidLine: Hashable {
  var code: String
  /// With its `#`; a line of nothing but a comment has it in `code`.
  var comment: String?
  /// Part of a text over several lines: no white space of it may be touched any more.
  var isFixed = false
}

struct LineLayout {
  /// A list or mapping that is not in brackets: where its entries stood, and where they will.
  private struct Level {
    var isList: Bool
    var old: Int
    var new: Int
  }
  private enum Role {
    case structure
    /// Inside brackets, or a text in quotes over several lines: moves along with the line that began it.
    case continuation(of: Int)
    /// A line of a `|` or `>` text, which began in another line.
    case block(of: Int)
  }

  private let source: SourceText
  private let marks: FormatMarks
  private var spacing: TokenSpacing
  private var roles: [Int: Role] = [:]
  private var levels: [Level] = []
  /// By line: how far it moves to the right.
  private var shifts: [Int: Int] = [:]
  /// By the line in which a `|` text began: how far its lines move.
  private var blockShifts: [Int: Int] = [:]

  init(source: SourceText, marks: FormatMarks) {
    self.source = source
    self.marks = marks
    spacing = TokenSpacing(marks: marks)
    for scalar in marks.scalars where scalar.span.endLine > scalar.span.line {
      let span = scalar.span
      let last = span.endColumn == 1 ? span.endLine - 1 : span.endLine
      guard last > span.line else { continue }
      for line in span.line + 1...last {
        roles[line] = scalar.style == .block ? .block(of: span.line) : .continuation(of: span.line)
      }
    }
    for lines in marks.brackets {
      for line in lines.dropFirst() where roles[line] == nil { roles[line] = .continuation(of: lines.lowerBound) }
    }
  }

  mutating func lines() -> [LaidLine] {
    var laid: [LaidLine] = []
    /// Comments that wait for the line they stand above: index in `laid`, and their old column.
    var waiting: [(index: Int, column: Int)] = []
    var before = levels
    for number in 1...max(source.lineCount, 1) {
      let scalars = Array((source.line(number) ?? "").unicodeScalars)
      let indent = scalars.prefix { $0 == " " }.count
      if case .block(let first) = roles[number] {
        laid.append(LaidLine(code: shifted(scalars, by: blockShifts[first] ?? 0), isFixed: true))
        continue
      }
      guard let first = scalars.dropFirst(indent).first(where: { $0 != "\t" }) else {
        laid.append(LaidLine(code: ""))
        continue
      }
      if case .continuation(let began) = roles[number] {
        let column = max(indent + (shifts[began] ?? 0), (levels.last?.new ?? 0) + 1, 0)
        shifts[number] = column - indent
        laid.append(spacing.line(number, scalars, from: indent, column: column))
        continue
      }
      if first == "#" {
        waiting.append((laid.count, indent))
        laid.append(LaidLine(code: String(String.UnicodeScalarView(scalars[indent...])).trimmedAtEnd))
        continue
      }
      before = levels
      let column = place(number, scalars, at: indent)
      shifts[number] = column - indent
      settle(&waiting, above: indent, column, before, &laid)
      laid.append(spacing.line(number, scalars, from: indent, column: column))
      noteBlockText(in: number)
    }
    settle(&waiting, above: nil, 0, levels, &laid)
    return laid
  }

  /// A comment goes with the line below it, or with the level at whose end it stands.
  private func settle(
    _ waiting: inout [(index: Int, column: Int)], above indent: Int?, _ column: Int, _ before: [Level],
    _ laid: inout [LaidLine]
  ) {
    for (index, old) in waiting {
      var new = column
      if old != indent {
        new = before.last { $0.old <= old }?.new ?? 0
        if let indent, old < indent, before.last(where: { $0.old == old }) == nil { new = column }
      }
      laid[index].code = String(repeating: " ", count: new) + laid[index].code
    }
    waiting = []
  }

  /// Takes a line of structure to its level; answers the column (from 0) in which it begins from now on.
  private mutating func place(_ number: Int, _ scalars: [Unicode.Scalar], at indent: Int) -> Int {
    // `---`, `...` and `%YAML` belong to the left edge.
    if indent == 0, ["---", "...", "%"].contains(where: { String(String.UnicodeScalarView(scalars)).hasPrefix($0) }) {
      levels = []
      return 0
    }
    while let top = levels.last, top.old > indent { levels.removeLast() }
    var column: Int?
    var at = indent
    var inner = levels.last.map { $0.new + 2 } ?? 0
    while scalars[at] == "-", at + 1 == scalars.count || scalars[at + 1] == " " {
      let level = listLevel(at: at, isFirst: column == nil, inner: inner)
      column = column ?? level
      inner = level + 2
      at += 1
      while at < scalars.count, scalars[at] == " " { at += 1 }
      guard at < scalars.count else { return column ?? 0 }
    }
    guard marks.keys.contains(FormatMarks.Place(line: number, column: at + 1)) else { return column ?? inner }
    return column.map { list in
      levels.append(Level(isList: false, old: at, new: inner))
      return list
    } ?? mappingLevel(at: at, inner: inner)
  }

  private mutating func listLevel(at column: Int, isFirst: Bool, inner: Int) -> Int {
    if isFirst, let top = levels.last, top.isList, top.old == column { return top.new }
    levels.append(Level(isList: true, old: column, new: inner))
    return inner
  }

  private mutating func mappingLevel(at column: Int, inner: Int) -> Int {
    // A list may stand as far left as its key; the next key ends it.
    if let top = levels.last, top.isList, top.old == column { levels.removeLast() }
    if let top = levels.last, !top.isList, top.old == column { return top.new }
    let new = levels.last.map { $0.new + 2 } ?? inner
    levels.append(Level(isList: false, old: column, new: new))
    return new
  }

  /// A `|` text that begins in this line moves as a whole, to one level below its key.
  private mutating func noteBlockText(in number: Int) {
    guard let scalar = marks.scalars.first(where: { $0.span.line == number && $0.style == .block }) else { return }
    let head = (source.line(number) ?? "").unicodeScalars.dropFirst(scalar.span.column - 1).prefix { $0 != "#" }
    guard let level = levels.last else { return }
    if head.contains(where: { ("1"..."9").contains($0) }) {
      // Its depth is written out, counted from its parent's.
      blockShifts[number] = level.new - level.old
      return
    }
    var line = number + 1
    while case .block(number) = roles[line], let text = source.line(line) {
      let indent = text.unicodeScalars.prefix { $0 == " " }.count
      if indent < text.unicodeScalars.count {
        blockShifts[number] = level.new + 2 - indent
        return
      }
      line += 1
    }
  }

  private func shifted(_ scalars: [Unicode.Scalar], by shift: Int) -> String {
    let spaces = scalars.prefix { $0 == " " }.count
    let kept = String(String.UnicodeScalarView(scalars[min(spaces, max(-shift, 0))...]))
    if spaces == scalars.count, shift > 0 { return kept }
    return String(repeating: " ", count: max(shift, 0)) + kept
  }
}

extension String {
  var trimmedAtEnd: String {
    var scalars = unicodeScalars
    while let last = scalars.last, last == " " || last == "\t" { scalars.removeLast() }
    return String(scalars)
  }
}
