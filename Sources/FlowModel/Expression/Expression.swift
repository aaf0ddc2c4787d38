//! The small total language of `filter`, `when`, `if` and computed values: no loops, no I/O, always an answer.
package import SwitchboardSDK

package indirect enum Expression: Sendable, Hashable {
  case literal(Value)
  case list([Expression])
  /// Written as a mapping in the flow, never in an expression's own text.
  case map([String: Expression])
  case path([String])
  case not(Expression)
  case negate(Expression)
  case binary(BinaryOperator, Expression, Expression)
  /// A function of the fixed library, by its full name (`text.has_any`, `len`).
  case call(String, [Expression])
}

package enum BinaryOperator: String, Sendable, Hashable, CaseIterable {
  case or, and
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  /// Membership in a list, key in a mapping, or part of a text.
  case `in`
  /// A text against a simple pattern with `*` and `?`, letter case and ё/е aside.
  case matches
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
}

/// Where paths are looked up: `message.text`, `conversation.item.title`, `rules.action`, `vars.x`,
/// `project.stop_words`.
package protocol ExpressionScope {
  /// `.null` for a path that leads nowhere.
  func value(at path: [String]) -> Value
  /// How far the clocks of the project's zone are ahead at a moment.
  func utcOffsetSeconds(at moment: Timestamp) -> Int
}

extension ExpressionScope {
  package func utcOffsetSeconds(at moment: Timestamp) -> Int { 0 }
}
