//! Expressions and texts. One rule decides which is which: in quotes (or as a block) it is a text with holes,
//! without quotes an expression.
internal import FlowModel
internal import SwitchboardSDK

extension FlowReader {
  mutating func addExpression(_ error: ExpressionError, _ code: DiagnosticCode, _ node: YAMLNode) {
    let span = log.source?.span(of: error.range, in: node) ?? node.span
    log.add(code, span, error.message, hint: error.hint)
  }

  /// A condition: quotes around the whole of it make no difference.
  mutating func condition(
    _ node: YAMLNode, _ what: String, constant code: DiagnosticCode = .constantCondition
  ) -> Expression? {
    switch node.content {
    case .scalar(.bool(let flag)):
      addConstant(node, what, code)
      return .literal(.bool(flag))
    case .scalar(.text(let text)):
      let condition = expression(text, node, meansText: false)
      if condition?.isConstant == true { addConstant(node, what, code) }
      return condition
    case .scalar, .list, .map:
      log.wrongType(node, what, "an expression")
      return nil
    }
  }

  private mutating func addConstant(_ node: YAMLNode, _ what: String, _ code: DiagnosticCode) {
    let hints: [DiagnosticCode: String] = [
      .constantLane: "all conversations would wait for each other",
      .constantKey: "after the first, every message would count as its repetition",
    ]
    log.add(
      code, severity: code == .constantKey ? .error : .warning, node.span, "\(what) is the same for every message",
      hint: hints[code] ?? "ask for something of the message, the conversation or the project")
  }

  /// An expression where a value of some type is wanted.
  mutating func expression(_ text: String, _ node: YAMLNode, meansText: Bool) -> Expression? {
    let parsed: ExpressionNode
    do throws(ExpressionError) { parsed = try ExpressionParser.parse(text) } catch {
      if meansText {
        log.add(
          .textNotQuoted, node.span, "without quotes this is an expression: \(error.message)",
          hint: "if a text is meant, put it in quotes")
      } else {
        addExpression(error, .expressionSyntax, node)
      }
      return nil
    }
    var checker = ExpressionChecker(roots: roots, labels: labels)
    checker.check(parsed)
    add(checker.problems, node, hint: meansText ? "if a text is meant, put it in quotes" : nil)
    var doubts = ExpressionDoubts(decisions: decisionNames, connections: Set(catalogue.connections.keys))
    doubts.look(at: parsed)
    add(doubts.problems, node, hint: nil)
    note(doubts.reads, node)
    return parsed.expression
  }

  private mutating func add(_ problems: [ExpressionChecker.Problem], _ node: YAMLNode, hint: String?) {
    for problem in problems {
      let span = log.source?.span(of: problem.range, in: node) ?? node.span
      let isUnknown = problem.code == .unknownPath && problem.hint?.hasPrefix("did you mean") != true
      log.add(
        problem.code, severity: problem.severity, span, problem.message,
        hint: isUnknown ? hint ?? problem.hint : problem.hint)
    }
  }

  /// Keeps what is read for later, and says what no event or no earlier step can have left there.
  private mutating func note(_ reads: [(path: [String], range: Range<Int>)], _ node: YAMLNode) {
    for (path, range) in reads {
      pathsRead.insert(path)
      guard let root = path.first else { continue }
      let span = log.source?.span(of: range, in: node) ?? node.span
      if resultNames.contains(root), stepIDs[root] == nil, roots["each"] == nil {
        log.add(
          .resultBeforeStep, severity: .warning, span, "the step '\(root)' comes later: here it has no result yet",
          hint: "put the step above this one")
      }
      if let missing = pathsNeverGiven[root] {
        log.add(
          .pathNeverGiven, severity: .warning, span, "'\(path.joined(separator: "."))' is always empty in this flow",
          hint: missing)
      }
    }
  }

  /// A text with holes, quoted or not.
  mutating func template(_ node: YAMLNode, _ what: String) -> Template? {
    guard let text = log.text(node, what) else { return nil }
    if node.style == .plain, looksComputed(text) {
      log.add(
        .textLooksComputed, severity: .warning, node.span, "\(what) is a text: this path would be shown as it stands",
        hint: "write \"{\(text)}\"")
    }
    return parsedTemplate(text, node)
  }

  private mutating func parsedTemplate(_ text: String, _ node: YAMLNode) -> Template? {
    do throws(ExpressionError) {
      let (template, holes) = try TemplateParser.parse(text)
      var checker = ExpressionChecker(roots: roots, labels: labels)
      for hole in holes { _ = checker.check(path: hole.path, hole.range) }
      add(checker.problems, node, hint: nil)
      note(holes.map { ($0.path, $0.range) }, node)
      return template
    } catch {
      addExpression(error, .templateSyntax, node)
      return nil
    }
  }

  /// Whether a text, taken as an expression, would read known values.
  private func looksComputed(_ text: String) -> Bool {
    guard text.contains("."), let parsed = try? ExpressionParser.parse(text) else { return false }
    var checker = ExpressionChecker(roots: roots, labels: labels)
    checker.check(parsed)
    return checker.problems.isEmpty && parsed.readsPath
  }

  /// A text that may also be computed.
  mutating func textSource(_ node: YAMLNode, _ what: String) -> TextSource? {
    switch node.content {
    case .scalar(.text(let text)) where node.style != .plain:
      if looksComputed(text) {
        log.add(
          .textLooksComputed, severity: .warning, node.span, "in quotes this is a text, sent as it stands",
          hint: "take the quotes away to compute it")
      }
      return parsedTemplate(text, node).map(TextSource.template)
    case .scalar(.text(let text)): return expression(text, node, meansText: true).map(TextSource.expression)
    case .scalar(.null), .list, .map:
      log.wrongType(node, what, "a text or an expression")
      return nil
    case .scalar(let value): return .expression(.literal(value))
    }
  }

  /// A text that a customer gets: none of the channels takes an empty one.
  mutating func sentText(_ node: YAMLNode, _ what: String) -> TextSource? {
    let source = textSource(node, what)
    if case .template(let template)? = source, template.parts.allSatisfy(\.isBlank) {
      log.add(.emptyText, node.span, "\(what) is empty: no channel sends that")
    }
    return source
  }

  /// A value of any type: lists are taken element by element.
  mutating func computed(_ node: YAMLNode, _ what: String) -> Expression? {
    switch node.content {
    case .scalar(.null): return .literal(.null)
    case .scalar(.text):
      switch textSource(node, what) {
      case .expression(let expression): return expression
      case .template(let template): return template.expression
      case nil: return nil
      }
    case .scalar(let value): return .literal(value)
    case .list(let elements):
      var parts: [Expression] = []
      for element in elements {
        guard let part = computed(element, what) else { return nil }
        parts.append(part)
      }
      return .list(parts)
    case .map(let entries):
      var members: [String: Expression] = [:]
      for entry in entries {
        guard let member = computed(entry.value, "'\(entry.key)'") else { return nil }
        members[entry.key] = member
      }
      return .map(members)
    }
  }

  /// `75s`, or an expression over settings.
  mutating func durationSource(_ node: YAMLNode, _ what: String) -> DurationSource? {
    if case .scalar(.text(let text)) = node.content, node.style == .plain, DurationText.milliseconds(text) == nil,
      let first = text.unicodeScalars.first, first.properties.isAlphabetic
    {
      return expression(text, node, meansText: false).map(DurationSource.expression)
    }
    return log.duration(node, what).map(DurationSource.milliseconds)
  }
}

extension ExpressionNode {
  fileprivate var readsPath: Bool {
    switch kind {
    case .literal: false
    case .path(let path): path.count > 1
    case .list(let elements): elements.contains(where: \.readsPath)
    case .not(let operand), .negate(let operand): operand.readsPath
    case .binary(_, let left, let right), .membership(let left, let right, _): left.readsPath || right.readsPath
    case .call(_, let arguments): arguments.contains(where: \.readsPath)
    }
  }
}

extension Template.Part {
  fileprivate var isBlank: Bool {
    guard case .literal(let literal) = self else { return false }
    return literal.allSatisfy(\.isWhitespace)
  }
}

extension Template {
  /// The same as an expression: literals and `string(path)` joined.
  fileprivate var expression: Expression {
    let pieces: [Expression] = parts.map { part in
      switch part {
      case .literal(let literal): .literal(.text(literal))
      case .hole(let path): .call("string", [.path(path)])
      }
    }
    guard let first = pieces.first else { return .literal("") }
    return pieces.dropFirst().reduce(first) { .binary(.add, $0, $1) }
  }
}

extension Expression {
  /// Neither a path nor a function in it.
  fileprivate var isConstant: Bool {
    switch self {
    case .literal: true
    case .path, .call: false
    case .list(let elements): elements.allSatisfy(\.isConstant)
    case .map(let members): members.values.allSatisfy(\.isConstant)
    case .not(let operand), .negate(let operand): operand.isConstant
    case .binary(_, let left, let right): left.isConstant && right.isConstant
    }
  }
}
