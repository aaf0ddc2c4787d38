//! When two values are the same, and which comes first: numbers by size whatever their type, texts by code points.
package import SwitchboardSDK

package enum ValueOrder {
  package static func areEqual(_ left: Value, _ right: Value) -> Bool {
    switch (left, right) {
    case (.int, .double), (.double, .int), (.double, .double): compare(left, right) == 0
    case (.list(let first), .list(let second)):
      first.count == second.count && zip(first, second).allSatisfy { areEqual($0, $1) }
    case (.map(let first), .map(let second)):
      first.count == second.count && first.allSatisfy { key, value in second[key].map { areEqual(value, $0) } ?? false }
    default: left == right
    }
  }

  /// Negative, zero or positive; nil when the two cannot be ordered.
  package static func compare(_ left: Value, _ right: Value) -> Int? {
    switch (left, right) {
    case (.int(let first), .int(let second)): sign(first, second)
    case (.double(let first), .double(let second)): sign(first, second)
    case (.int(let whole), .double(let double)): order(whole, double)
    case (.double(let double), .int(let whole)): order(whole, double).map { -$0 }
    case (.text(let first), .text(let second)):
      first == second ? 0 : (first.unicodeScalars.lexicographicallyPrecedes(second.unicodeScalars) ? -1 : 1)
    default: nil
    }
  }

  private static func sign<Number: Comparable>(_ first: Number, _ second: Number) -> Int? {
    first < second ? -1 : (first > second ? 1 : (first == second ? 0 : nil))
  }

  /// Exact: a whole number is never rounded to a double (Telegram chat ids have 13 digits and more).
  private static func order(_ whole: Int64, _ double: Double) -> Int? {
    if double.isNaN { return nil }
    guard let floor = Int64(exactly: double.rounded(.down)) else { return double > 0 ? -1 : 1 }
    if whole != floor { return whole < floor ? -1 : 1 }
    return double > double.rounded(.down) ? -1 : 0
  }
}
