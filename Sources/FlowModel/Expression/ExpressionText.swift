//! An expression as a person would write it, with no more parentheses than it needs.
import SwitchboardSDK

extension Expression {
  /// Read by the parser, it is this expression again.
  package var text: String { text(within: 0) }

  private func text(within outer: Int) -> String {
    let written: String
    switch self {
    case .literal(let value): written = Self.literal(value)
    case .list(let elements): written = "[" + elements.map { $0.text(within: 0) }.joined(separator: ", ") + "]"
    case .map(let members):
      // Stands in YAML only: no expression can hold one.
      let pairs = members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text(within: 0))" }
      written = "{ " + pairs.joined(separator: ", ") + " }"
    case .path(let path): written = path.joined(separator: ".")
    case .not(let inner): written = "not " + inner.text(within: Self.notRank)
    case .negate(let inner): written = "-" + inner.text(within: Self.negateRank)
    case .binary(let sign, let left, let right):
      // Comparisons do not chain; everything else groups to the left.
      let leftRank = sign.rank == BinaryOperator.comparisonRank ? sign.rank + 1 : sign.rank
      written = "\(left.text(within: leftRank)) \(sign.rawValue) \(right.text(within: sign.rank + 1))"
    case .call(let name, let arguments):
      written = "\(name)(" + arguments.map { $0.text(within: 0) }.joined(separator: ", ") + ")"
    }
    return rank < outer ? "(\(written))" : written
  }

  private static let notRank = 3
  private static let negateRank = 7

  private var rank: Int {
    switch self {
    case .binary(let sign, _, _): sign.rank
    case .not: Self.notRank
    case .negate: Self.negateRank
    case .literal, .list, .map, .path, .call: 9
    }
  }

  private static func literal(_ value: Value) -> String {
    switch value {
    case .text(let text): quoted(text)
    case .list(let elements): "[" + elements.map(literal).joined(separator: ", ") + "]"
    case .null: "null"
    default: value.displayText
    }
  }

  private static func quoted(_ text: String) -> String {
    var written = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": written += "\\\""
      case "\\": written += "\\\\"
      case "\n": written += "\\n"
      case "\t": written += "\\t"
      default: written.unicodeScalars.append(scalar)
      }
    }
    return written + "\""
  }
}

extension BinaryOperator {
  fileprivate static let comparisonRank = 4

  /// How strongly it binds; more is stronger.
  fileprivate var rank: Int {
    switch self {
    case .or: 1
    case .and: 2
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in, .matches: Self.comparisonRank
    case .add, .subtract: 5
    case .multiply, .divide, .remainder: 6
    }
  }
}

extension Template {
  /// As it stands in a flow, braces doubled.
  package var source: String {
    parts.map { part in
      switch part {
      case .literal(let text): text.replacing("{", with: "{{").replacing("}", with: "}}")
      case .hole(let path): "{" + path.joined(separator: ".") + "}"
      }
    }.joined()
  }
}
