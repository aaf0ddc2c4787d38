//! Cuts the source of an expression into tokens.
package import SwitchboardSDK

package struct ExpressionToken: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    case word(String)
    case text(String)
    case number(Value)
    /// An operator or a bracket.
    case sign(String)
    case end
  }
  package var kind: Kind
  package var range: Range<Int>
}

package struct ExpressionLexer {
  private let scalars: [Unicode.Scalar]
  private var at = 0

  package init(_ source: String) { scalars = Array(source.unicodeScalars) }

  /// All tokens, with `.end` as the last.
  package mutating func tokens() throws(ExpressionError) -> [ExpressionToken] {
    guard scalars.count <= Limits.expressionScalarsMax else {
      throw ExpressionError(
        0..<1, "an expression may have \(Limits.expressionScalarsMax) characters; put this into a rule")
    }
    var tokens: [ExpressionToken] = []
    while true {
      while at < scalars.count, scalars[at].properties.isWhitespace { at += 1 }
      guard at < scalars.count else {
        tokens.append(ExpressionToken(kind: .end, range: at..<at))
        return tokens
      }
      tokens.append(try next())
    }
  }

  private mutating func next() throws(ExpressionError) -> ExpressionToken {
    let start = at
    let scalar = scalars[at]
    let kind: ExpressionToken.Kind
    if Self.isWordStart(scalar) {
      kind = .word(word())
    } else if Self.isDigit(scalar) {
      kind = try number()
    } else if scalar == "\"" || scalar == "'" {
      kind = .text(try text(closing: scalar))
    } else {
      kind = .sign(try sign())
    }
    return ExpressionToken(kind: kind, range: start..<at)
  }

  /// A `-` belongs to a word when a letter or digit follows it at once: `avito-main` is a name, `a - b` a difference.
  private mutating func word() -> String {
    var word = String.UnicodeScalarView()
    while at < scalars.count {
      let scalar = scalars[at]
      let joins = scalar == "-" && at + 1 < scalars.count && Self.isWordPart(scalars[at + 1])
      guard Self.isWordPart(scalar) || joins else { break }
      word.append(scalar)
      at += 1
    }
    return String(word)
  }

  private mutating func number() throws(ExpressionError) -> ExpressionToken.Kind {
    let start = at
    while at < scalars.count, Self.isDigit(scalars[at]) { at += 1 }
    var isWhole = true
    if at + 1 < scalars.count, scalars[at] == ".", Self.isDigit(scalars[at + 1]) {
      isWhole = false
      at += 1
      while at < scalars.count, Self.isDigit(scalars[at]) { at += 1 }
    }
    if at < scalars.count, Self.isWordPart(scalars[at]) {
      while at < scalars.count, Self.isWordPart(scalars[at]) { at += 1 }
      let written = slice(start..<at)
      let hint = DurationText.milliseconds(written).map { "durations in expressions are milliseconds: \($0)" }
      throw ExpressionError(start..<at, "'\(written)' is no number", hint: hint)
    }
    let written = slice(start..<at)
    if isWhole {
      guard let whole = Int64(written) else { throw ExpressionError(start..<at, "\(written) does not fit in 64 bits") }
      return .number(.int(whole))
    }
    guard let double = Double(written), double.isFinite else {
      throw ExpressionError(start..<at, "\(written) is out of range")
    }
    return .number(.double(double))
  }

  private mutating func text(closing quote: Unicode.Scalar) throws(ExpressionError) -> String {
    let start = at
    var text = String.UnicodeScalarView()
    at += 1
    while at < scalars.count {
      let scalar = scalars[at]
      at += 1
      if scalar == quote { return String(text) }
      guard scalar == "\\" else {
        text.append(scalar)
        continue
      }
      guard at < scalars.count else { break }
      switch scalars[at] {
      case "n": text.append("\n")
      case "t": text.append("\t")
      case "\\", "\"", "'": text.append(scalars[at])
      default:
        throw ExpressionError(at - 1..<at + 1, "unknown escape", hint: #"known are \n \t \\ \" \'"#)
      }
      at += 1
    }
    throw ExpressionError(start..<scalars.count, "a text without its closing \(quote)")
  }

  private mutating func sign() throws(ExpressionError) -> String {
    let start = at
    if at + 1 < scalars.count, ["==", "!=", "<=", ">="].contains(slice(at..<at + 2)) {
      at += 2
      return slice(start..<at)
    }
    at += 1
    let written = slice(start..<at)
    if ["<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",", "."].contains(written) { return written }
    let hint: String? =
      switch written {
      case "=": "comparison is '=='"
      case "&": "write 'and'"
      case "|": "write 'or'"
      case "!": "write 'not'"
      case "{", "}": "holes belong into texts; in an expression write the path alone"
      case "«", "»", "“", "”": "texts stand in plain quotes: \"…\""
      default: nil
      }
    throw ExpressionError(start..<at, "unexpected '\(written)'", hint: hint)
  }

  private func slice(_ range: Range<Int>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[range])
    return String(text)
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
  private static func isWordStart(_ scalar: Unicode.Scalar) -> Bool { scalar == "_" || scalar.properties.isAlphabetic }
  private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool { isWordStart(scalar) || isDigit(scalar) }
}
