//! Reads an expression: precedence climbing over a handful of operators, with a bound on nesting.
internal import SwitchboardSDK

package struct ExpressionParser {
  private var tokens: [ExpressionToken] = []
  private var at = 0
  private var depth = 0

  private init() {}

  /// Reads the whole source as one expression.
  package static func parse(_ source: String) throws(ExpressionError) -> ExpressionNode {
    var lexer = ExpressionLexer(source)
    var parser = ExpressionParser()
    parser.tokens = try lexer.tokens()
    guard parser.tokens.count > 1 else { throw ExpressionError(0..<1, "the expression is empty") }
    let node = try parser.or()
    guard case .end = parser.kind else { throw parser.unexpected("after the end of the expression") }
    return node
  }

  private var token: ExpressionToken { tokens[min(at, tokens.count - 1)] }
  private var kind: ExpressionToken.Kind { token.kind }

  private mutating func take(word: String) -> Bool {
    guard kind == .word(word) else { return false }
    at += 1
    return true
  }

  private mutating func take(sign: String) -> Bool {
    guard kind == .sign(sign) else { return false }
    at += 1
    return true
  }

  private func unexpected(_ place: String) -> ExpressionError {
    let range = token.range.isEmpty ? token.range.lowerBound..<token.range.lowerBound + 1 : token.range
    switch kind {
    case .end: return ExpressionError(range, "the expression ends too early")
    case .word(let word): return ExpressionError(range, "unexpected '\(word)' \(place)")
    case .text: return ExpressionError(range, "unexpected text \(place)")
    case .number: return ExpressionError(range, "unexpected number \(place)")
    case .sign(let sign): return ExpressionError(range, "unexpected '\(sign)' \(place)")
    }
  }

  private mutating func or() throws(ExpressionError) -> ExpressionNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Limits.expressionDepthMax else {
      throw ExpressionError(token.range, "an expression may be nested \(Limits.expressionDepthMax) deep")
    }
    var left = try and()
    while take(word: "or") { left = join(.or, left, try and()) }
    return left
  }

  private mutating func and() throws(ExpressionError) -> ExpressionNode {
    var left = try not()
    while take(word: "and") { left = join(.and, left, try not()) }
    return left
  }

  private mutating func not() throws(ExpressionError) -> ExpressionNode {
    var starts: [Int] = []
    while kind == .word("not") {
      starts.append(token.range.lowerBound)
      at += 1
    }
    guard starts.count <= Limits.expressionDepthMax else {
      throw ExpressionError(token.range, "an expression may be nested \(Limits.expressionDepthMax) deep")
    }
    var node = try comparison()
    for start in starts.reversed() { node = ExpressionNode(.not(node), start..<node.range.upperBound) }
    return node
  }

  private mutating func comparison() throws(ExpressionError) -> ExpressionNode {
    let left = try sum()
    guard let node = try compared(left) else { return left }
    if isComparison { throw ExpressionError(token.range, "comparisons do not chain", hint: "join them with 'and'") }
    return node
  }

  private var isComparison: Bool {
    switch kind {
    case .sign(let sign): ["==", "!=", "<", "<=", ">", ">="].contains(sign)
    case .word(let word): word == "in" || word == "matches"
    case .text, .number, .end: false
    }
  }

  private mutating func compared(_ left: ExpressionNode) throws(ExpressionError) -> ExpressionNode? {
    if kind == .word("not"), at + 1 < tokens.count, tokens[at + 1].kind == .word("in") {
      at += 2
      let right = try sum()
      return ExpressionNode(
        .membership(left, right, isNegated: true), left.range.lowerBound..<right.range.upperBound)
    }
    guard isComparison else { return nil }
    let name: String
    switch kind {
    case .sign(let sign): name = sign
    case .word(let word): name = word
    case .text, .number, .end: return nil
    }
    at += 1
    let right = try sum()
    let range = left.range.lowerBound..<right.range.upperBound
    if name == "in" { return ExpressionNode(.membership(left, right, isNegated: false), range) }
    guard let operation = BinaryOperator(rawValue: name) else { return nil }
    return ExpressionNode(.binary(operation, left, right), range)
  }

  private mutating func sum() throws(ExpressionError) -> ExpressionNode {
    var left = try product()
    while true {
      if take(sign: "+") {
        left = join(.add, left, try product())
      } else if take(sign: "-") {
        left = join(.subtract, left, try product())
      } else {
        return left
      }
    }
  }

  private mutating func product() throws(ExpressionError) -> ExpressionNode {
    var left = try negated()
    while true {
      if take(sign: "*") {
        left = join(.multiply, left, try negated())
      } else if take(sign: "/") {
        left = join(.divide, left, try negated())
      } else if take(sign: "%") {
        left = join(.remainder, left, try negated())
      } else {
        return left
      }
    }
  }

  private func join(_ operation: BinaryOperator, _ left: ExpressionNode, _ right: ExpressionNode) -> ExpressionNode {
    ExpressionNode(.binary(operation, left, right), left.range.lowerBound..<right.range.upperBound)
  }

  private mutating func negated() throws(ExpressionError) -> ExpressionNode {
    let start = token.range.lowerBound
    guard take(sign: "-") else { return try primary() }
    if case .sign("-") = kind { throw unexpected("after '-'") }
    let operand = try primary()
    return ExpressionNode(.negate(operand), start..<operand.range.upperBound)
  }

  private mutating func primary() throws(ExpressionError) -> ExpressionNode {
    let start = token
    switch start.kind {
    case .text(let text):
      at += 1
      return ExpressionNode(.literal(.text(text)), start.range)
    case .number(let number):
      at += 1
      return ExpressionNode(.literal(number), start.range)
    case .sign("("):
      at += 1
      var node = try or()
      guard kind == .sign(")") else { throw unexpected("where ')' was expected") }
      node.range = start.range.lowerBound..<token.range.upperBound
      at += 1
      return node
    case .sign("["):
      at += 1
      let elements = try arguments(closing: "]")
      return ExpressionNode(.list(elements), start.range.lowerBound..<tokens[at - 1].range.upperBound)
    case .word(let word): return try named(word)
    case .sign, .end: throw unexpected("where a value was expected")
    }
  }

  private mutating func named(_ first: String) throws(ExpressionError) -> ExpressionNode {
    let start = token.range
    switch first {
    case "true", "false":
      at += 1
      return ExpressionNode(.literal(.bool(first == "true")), start)
    case "null":
      at += 1
      return ExpressionNode(.literal(.null), start)
    case "and", "or", "in", "matches", "not": throw unexpected("where a value was expected")
    default: break
    }
    at += 1
    var path = [first]
    while kind == .sign(".") || kind == .sign("[") {
      if take(sign: "[") {
        guard case .number(.int(let index)) = kind else { throw unexpected("where a number was expected") }
        path.append(String(index))
        at += 1
        guard take(sign: "]") else { throw unexpected("where ']' was expected") }
        continue
      }
      at += 1
      switch kind {
      case .word(let word): path.append(word)
      case .number(.int(let index)): path.append(String(index))
      case .number, .text, .sign, .end: throw unexpected("after '.'")
      }
      at += 1
    }
    guard take(sign: "(") else {
      return ExpressionNode(.path(path), start.lowerBound..<tokens[at - 1].range.upperBound)
    }
    let arguments = try arguments(closing: ")")
    let name = path.joined(separator: ".")
    return ExpressionNode(.call(name, arguments), start.lowerBound..<tokens[at - 1].range.upperBound)
  }

  private mutating func arguments(closing sign: String) throws(ExpressionError) -> [ExpressionNode] {
    var elements: [ExpressionNode] = []
    if take(sign: sign) { return elements }
    while true {
      elements.append(try or())
      if take(sign: sign) { return elements }
      guard take(sign: ",") else { throw unexpected("where ',' or '\(sign)' was expected") }
    }
  }
}
