//! Expressions that can be computed and hardly mean what was meant: patterns written as for another language, words
//! that a value never is, comparisons that come out the same every time.
internal import FlowModel
internal import SwitchboardSDK

struct ExpressionDoubts {
  typealias Problem = ExpressionChecker.Problem

  /// Ids of the steps that ask a rule: their `action` is one of a few words.
  let decisions: Set<String>
  let connections: Set<String>
  private(set) var problems: [Problem] = []
  /// Every path that is read, with its place.
  private(set) var reads: [(path: [String], range: Range<Int>)] = []

  init(decisions: Set<String>, connections: Set<String>) {
    self.decisions = decisions
    self.connections = connections
  }

  mutating func look(at node: ExpressionNode) {
    switch node.kind {
    case .literal: return
    case .path(let path): reads.append((path, node.range))
    case .list(let elements): for element in elements { look(at: element) }
    case .not(let operand), .negate(let operand): look(at: operand)
    case .membership(let left, let right, _):
      look(at: left)
      look(at: right)
      if case .list(let elements) = right.kind {
        if elements.isEmpty { add(.emptyList, right.range, "nothing is in an empty list: this is always false") }
        for element in elements { checkWord(left, element) }
      }
    case .call(let name, let arguments):
      for argument in arguments { look(at: argument) }
      checkWords(name, arguments)
    case .binary(let operation, let left, let right):
      look(at: left)
      look(at: right)
      check(operation, left, right, node.range)
    }
  }

  private mutating func add(_ code: DiagnosticCode, _ range: Range<Int>, _ message: String, hint: String? = nil) {
    problems.append(Problem(code: code, range: range, message: message, hint: hint, severity: .warning))
  }

  private mutating func check(
    _ operation: BinaryOperator, _ left: ExpressionNode, _ right: ExpressionNode, _ range: Range<Int>
  ) {
    switch operation {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      if left.expression == right.expression, case .path = left.kind {
        add(.comparedWithItself, range, "both sides are the same: the answer never changes")
      }
      if operation == .equal || operation == .notEqual {
        checkWord(left, right)
        checkWord(right, left)
        checkCase(left, right)
        checkCase(right, left)
      }
    case .divide, .remainder:
      if case .literal(let value) = right.kind, value.doubleValue == 0 {
        add(.divisionByZero, right.range, "a division by zero gives nothing")
      }
    case .matches:
      guard case .literal(.text(let pattern)) = right.kind, Self.looksLikeRegularExpression(pattern) else { return }
      add(
        .foreignPattern, right.range, "a pattern knows '*' (anything) and '?' (one character) only",
        hint: "everything else stands for itself")
    case .or, .and, .in, .add, .subtract, .multiply: return
    }
  }

  /// Signs that hardly any message holds, in the way regular expressions use them.
  private static func looksLikeRegularExpression(_ pattern: String) -> Bool {
    let marks = [".*", ".+", "\\d", "\\w", "\\s", "\\b", "[a-", "[0-", "[а-", "(?", ")?", "]+", "]*", "|"]
    return pattern.hasPrefix("^") || pattern.hasSuffix("$") || marks.contains { pattern.contains($0) }
  }

  // MARK: Words

  /// `event.kind == "mesage"`: values that are one of a few words.
  private mutating func checkWord(_ path: ExpressionNode, _ literal: ExpressionNode) {
    guard case .path(let path) = path.kind, case .literal(.text(let word)) = literal.kind, let known = words(path),
      !known.contains(word)
    else { return }
    let shown = path.joined(separator: ".")
    let hint = Suggestion.hint(for: word, among: known) ?? "it is one of: \(known.joined(separator: ", "))"
    add(.unknownWord, literal.range, "'\(shown)' is never '\(word)'", hint: hint)
  }

  private func words(_ path: [String]) -> [String]? {
    switch path {
    case ["event", "kind"]: Event.Kind.allCases.map(\.rawValue)
    case ["chat", "kind"]: ["private", "group", "channel"]
    case ["event", "connection"], ["conversation", "origin", "connection"]:
      connections.isEmpty ? nil : connections.sorted()
    case _ where path.count == 2 && decisions.contains(path[0]) && path[1] == "action":
      ["pass", "reply", "route", "block", "drop"]
    default: nil
    }
  }

  /// `lower(message.text) == "Цена"`
  private mutating func checkCase(_ call: ExpressionNode, _ literal: ExpressionNode) {
    guard case .call(let name, _) = call.kind, case .literal(.text(let text)) = literal.kind else { return }
    let folded = name == "lower" ? text.lowercased() : name == "upper" ? text.uppercased() : text
    guard folded != text else { return }
    add(.caseNeverEqual, literal.range, "'\(name)' never gives '\(text)'", hint: "write '\(folded)'")
  }

  private mutating func checkWords(_ name: String, _ arguments: [ExpressionNode]) {
    guard ["text.has_any", "text.has_word"].contains(name) else { return }
    for argument in arguments.dropFirst() {
      switch argument.kind {
      case .list(let elements) where elements.isEmpty:
        add(.emptyList, argument.range, "there is no word to look for: this is always false")
      case .list(let elements): for element in elements { checkNotEmpty(element, name) }
      default: checkNotEmpty(argument, name)
      }
    }
  }

  private mutating func checkNotEmpty(_ node: ExpressionNode, _ name: String) {
    guard case .literal(.text(let word)) = node.kind, word.allSatisfy(\.isWhitespace) else { return }
    add(.emptyWord, node.range, "'\(name)' cannot look for an empty word", hint: "take it out of the list")
  }
}
