//! One piece of plain data, the only untyped thing that crosses between engine, rules and plugins.

/// A JSON-like value. Integers keep all 64 bits: Telegram chat ids do not survive a trip through a double.
@frozen
public enum Value: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case text(String)
  case list([Value])
  case map([String: Value])
}

extension Value {
  /// The member of a map; `.null` when this is no map or has no such member.
  public subscript(_ key: String) -> Value {
    guard case .map(let members) = self else { return .null }
    return members[key] ?? .null
  }

  /// The element of a list, from 0; `.null` when this is no list or is shorter.
  public subscript(_ index: Int) -> Value {
    guard case .list(let elements) = self, elements.indices.contains(index) else { return .null }
    return elements[index]
  }

  public var isNull: Bool {
    guard case .null = self else { return false }
    return true
  }

  public var textValue: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  /// An integer, also when it was written as a double without a fraction. Never traps on NaN, infinity or 2^63.
  public var intValue: Int64? {
    switch self {
    case .int(let number): number
    case .double(let number): Int64(exactly: number)
    case .null, .bool, .text, .list, .map: nil
    }
  }

  public var doubleValue: Double? {
    switch self {
    case .int(let number): Double(number)
    case .double(let number): number
    case .null, .bool, .text, .list, .map: nil
    }
  }

  public var boolValue: Bool? {
    guard case .bool(let flag) = self else { return nil }
    return flag
  }

  public var listValue: [Value]? {
    guard case .list(let elements) = self else { return nil }
    return elements
  }

  public var mapValue: [String: Value]? {
    guard case .map(let members) = self else { return nil }
    return members
  }

  /// What a person would call the type, for diagnostics.
  public var typeName: String {
    switch self {
    case .null: "nothing"
    case .bool: "true/false"
    case .int: "whole number"
    case .double: "number"
    case .text: "text"
    case .list: "list"
    case .map: "mapping"
    }
  }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral
{
  public init(stringLiteral value: String) { self = .text(value) }
  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(nilLiteral: ()) { self = .null }
  public init(arrayLiteral elements: Value...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (String, Value)...) {
    var members = [String: Value](minimumCapacity: elements.count)
    for (key, value) in elements { members[key] = value }
    self = .map(members)
  }
}
