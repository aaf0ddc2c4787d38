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
  mutating func condition(_ node: YAMLNode, _ what: String) -> Expression? {
    switch node.content {
    case .scalar(.bool(let flag)):
      addConstant(node, what)
      return .literal(.bool(flag))
    case .scalar(.text(let text)):
      let condition = expression(text, node, meansText: false)
      if condition?.isConstant == true { addConstant(node, what) }
      return condition
    case .scalar, .list, .map:
      log.wrongType(node, what, "an expression")
      return nil
    }
  }

  private mutating func addConstant(_ node: YAMLNode, _ what: String) {
    log.add(
      .constantCondition, severity: .warning, node.span, "\(what) is the same for every message",
      hint: "ask for something of the message, the conversation or the project")
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
    return parsed.expression
  }

  private mutating func add(_ problems: [ExpressionChecker.Problem], _ node: YAMLNode, hint: String?) {
    for problem in problems {
      let span = log.source?.span(of: problem.range, in: node) ?? node.span
      let isUnknown = problem.code == .unknownPath && problem.hint?.hasPrefix("did you mean") != true
      log.add(problem.code, span, problem.message, hint: isUnknown ? hint ?? problem.hint : problem.hint)
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
