//! Arithmetic that always answers: what overflows, divides by zero or makes no sense is `.null`.
package import SwitchboardSDK

package enum ValueArithmetic {
  package static func add(_ left: Value, _ right: Value) -> Value {
    switch (left, right) {
    case (.int(let first), .int(let second)): whole(first.addingReportingOverflow(second))
    case (.text(let first), .text(let second)): .text(first + second)
    case (.list(let first), .list(let second)): .list(first + second)
    default: doubles(left, right) { $0 + $1 }
    }
  }

  package static func subtract(_ left: Value, _ right: Value) -> Value {
    if case (.int(let first), .int(let second)) = (left, right) {
      return whole(first.subtractingReportingOverflow(second))
    }
    return doubles(left, right) { $0 - $1 }
  }

  package static func multiply(_ left: Value, _ right: Value) -> Value {
    if case (.int(let first), .int(let second)) = (left, right) {
      return whole(first.multipliedReportingOverflow(by: second))
    }
    return doubles(left, right) { $0 * $1 }
  }

  /// Whole when both are whole and it comes out even.
  package static func divide(_ left: Value, _ right: Value) -> Value {
    if case (.int(let first), .int(let second)) = (left, right), second != 0 {
      let (remainder, _) = first.remainderReportingOverflow(dividingBy: second)
      if remainder == 0 { return whole(first.dividedReportingOverflow(by: second)) }
    }
    return doubles(left, right) { $0 / $1 }
  }

  package static func remainder(_ left: Value, _ right: Value) -> Value {
    if case (.int(let first), .int(let second)) = (left, right) {
      guard second != 0 else { return .null }
      return .int(first.remainderReportingOverflow(dividingBy: second).partialValue)
    }
    return doubles(left, right) { $0.truncatingRemainder(dividingBy: $1) }
  }

  private static func whole(_ outcome: (partialValue: Int64, overflow: Bool)) -> Value {
    outcome.overflow ? .null : .int(outcome.partialValue)
  }

  private static func doubles(_ left: Value, _ right: Value, _ combine: (Double, Double) -> Double) -> Value {
    guard let first = left.doubleValue, let second = right.doubleValue else { return .null }
    let result = combine(first, second)
    return result.isFinite ? .double(result) : .null
  }
}
