//! What an expression comes to. Total: no input makes it throw or trap; nonsense (text minus list) is `.null`.
package import SwitchboardSDK

extension Expression {
  /// `a or b` is the first of both that is true, as a value; `a and b` the first that is false, else `b`.
  package func evaluate(in scope: some ExpressionScope) -> Value {
    switch self {
    case .literal(let value): return value
    case .path(let path): return scope.value(at: path)
    case .list(let elements): return .list(elements.map { $0.evaluate(in: scope) })
    case .map(let members): return .map(members.mapValues { $0.evaluate(in: scope) })
    case .not(let operand): return .bool(!operand.evaluate(in: scope).isTruthy)
    case .negate(let operand): return ValueArithmetic.subtract(.int(0), operand.evaluate(in: scope))
    case .call(let name, let arguments):
      guard let function = FunctionLibrary.named(name) else { return .null }
      var values = arguments.map { $0.evaluate(in: scope) }
      if let zone = function.zoneParameter { values.fillZone(at: zone, in: scope) }
      return function.apply(values)
    case .binary(let operation, let left, let right):
      let first = left.evaluate(in: scope)
      switch operation {
      case .or: return first.isTruthy ? first : right.evaluate(in: scope)
      case .and: return first.isTruthy ? right.evaluate(in: scope) : first
      default: return operation.apply(first, right.evaluate(in: scope))
      }
    }
  }
}

extension [Value] {
  /// Puts the offset of the zone in its place, as it is at the moment that the first argument names.
  fileprivate mutating func fillZone(at index: Int, in scope: some ExpressionScope) {
    guard count >= index, let milliseconds = first.flatMap({ MomentText.milliseconds($0.displayText) }) else { return }
    let moment = Timestamp(milliseconds: milliseconds)
    let offset: Int64? =
      count == index
      ? Int64(scope.utcOffsetSeconds(at: moment)) : MomentText.offsetSeconds(self[index].displayText)
    self = Array(prefix(index)) + [offset.map(Value.int) ?? .null]
  }
}

extension BinaryOperator {
  fileprivate func apply(_ left: Value, _ right: Value) -> Value {
    switch self {
    case .or: left.isTruthy ? left : right
    case .and: left.isTruthy ? right : left
    case .equal: .bool(ValueOrder.areEqual(left, right))
    case .notEqual: .bool(!ValueOrder.areEqual(left, right))
    case .less: .bool(ValueOrder.compare(left, right).map { $0 < 0 } ?? false)
    case .lessOrEqual: .bool(ValueOrder.compare(left, right).map { $0 <= 0 } ?? false)
    case .greater: .bool(ValueOrder.compare(left, right).map { $0 > 0 } ?? false)
    case .greaterOrEqual: .bool(ValueOrder.compare(left, right).map { $0 >= 0 } ?? false)
    case .in: .bool(ValueSearch.isMember(left, of: right))
    case .matches: .bool(ValueSearch.matches(left.displayText, pattern: right.textValue ?? ""))
    case .add: ValueArithmetic.add(left, right)
    case .subtract: ValueArithmetic.subtract(left, right)
    case .multiply: ValueArithmetic.multiply(left, right)
    case .divide: ValueArithmetic.divide(left, right)
    case .remainder: ValueArithmetic.remainder(left, right)
    }
  }
}
