//! An expression as it stands in the source: every part knows where it was written, for diagnostics.
package import SwitchboardSDK

package struct ExpressionNode: Sendable, Hashable {
  package indirect enum Kind: Sendable, Hashable {
    case literal(Value)
    case list([ExpressionNode])
    case path([String])
    case not(ExpressionNode)
    case negate(ExpressionNode)
    case binary(BinaryOperator, ExpressionNode, ExpressionNode)
    /// `isNegated` is `not in`.
    case membership(ExpressionNode, ExpressionNode, isNegated: Bool)
    case call(String, [ExpressionNode])
  }
  package var kind: Kind
  /// In Unicode scalars from the start of the source.
  package var range: Range<Int>

  package init(_ kind: Kind, _ range: Range<Int>) {
    self.kind = kind
    self.range = range
  }

  /// The same without places, as the run machine evaluates it.
  package var expression: Expression {
    switch kind {
    case .literal(let value): .literal(value)
    case .list(let elements): .list(elements.map(\.expression))
    case .path(let path): .path(path)
    case .not(let operand): .not(operand.expression)
    case .negate(let operand): .negate(operand.expression)
    case .binary(let operation, let left, let right): .binary(operation, left.expression, right.expression)
    case .membership(let left, let right, let isNegated):
      isNegated
        ? .not(.binary(.in, left.expression, right.expression)) : .binary(.in, left.expression, right.expression)
    case .call(let name, let arguments): .call(name, arguments.map(\.expression))
    }
  }
}

/// Why a source is no expression, and where.
package struct ExpressionError: Error, Sendable, Hashable {
  /// In Unicode scalars from the start of the source.
  package var range: Range<Int>
  package var message: String
  package var hint: String?

  package init(_ range: Range<Int>, _ message: String, hint: String? = nil) {
    self.range = range
    self.message = message
    self.hint = hint
  }
}
