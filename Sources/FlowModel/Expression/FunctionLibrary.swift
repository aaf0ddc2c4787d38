//! The functions of the expression language: what they are called, take and give.
package import SwitchboardSDK

/// What a value may be, as far as it is known when a flow is loaded.
package enum ValueType: String, Sendable, Hashable {
  case any, nothing, bool, number, text, list, map

  package init(of value: Value) {
    switch value {
    case .null: self = .nothing
    case .bool: self = .bool
    case .int, .double: self = .number
    case .text: self = .text
    case .list: self = .list
    case .map: self = .map
    }
  }

  /// Whether a value of this type can stand where the other is asked for; an absent value can stand anywhere.
  package func fits(_ wanted: ValueType) -> Bool {
    self == wanted || self == .any || wanted == .any || self == .nothing
  }

  package var noun: String {
    switch self {
    case .any: "a value"
    case .nothing: "nothing"
    case .bool: "true or false"
    case .number: "a number"
    case .text: "a text"
    case .list: "a list"
    case .map: "a mapping"
    }
  }
}

package struct LibraryFunction: Sendable {
  package var name: String
  package var parameters: [ValueType]
  /// How many of the parameters may be left out, from the end.
  package var optionalCount = 0
  /// The last parameter may come again and again.
  package var isVariadic = false
  package var result: ValueType
  package var summary: String
  /// The parameter that names a zone: `apply` gets that zone's offset in seconds instead, or the project's.
  package var zoneParameter: Int?
  package var apply: @Sendable ([Value]) -> Value
}

package enum FunctionLibrary {
  package static func named(_ name: String) -> LibraryFunction? { byName[name] }
  package static let all: [LibraryFunction] = text + collections + numbers + pieces + moments

  private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  private static let text: [LibraryFunction] = [
    LibraryFunction(
      name: "text.has_any", parameters: [.text, .any], isVariadic: true, result: .bool,
      summary: "whether one of the words or phrases occurs, letter case and ё/е aside"
    ) { arguments in
      .bool(TextMatching.hasAny(argument(arguments, 0).displayText, words(arguments.dropFirst())))
    },
    LibraryFunction(
      name: "text.has_word", parameters: [.text, .any], isVariadic: true, result: .bool,
      summary: "whether one of the words occurs as a word, endings, letter case and ё/е aside"
    ) { arguments in
      .bool(TextMatching.hasWord(argument(arguments, 0).displayText, words(arguments.dropFirst())))
    },
    LibraryFunction(name: "lower", parameters: [.text], result: .text, summary: "in small letters") { arguments in
      .text(argument(arguments, 0).displayText.lowercased())
    },
    LibraryFunction(name: "upper", parameters: [.text], result: .text, summary: "in capitals") { arguments in
      .text(argument(arguments, 0).displayText.uppercased())
    },
    LibraryFunction(name: "trim", parameters: [.text], result: .text, summary: "without white space at both ends") {
      .text(trimmed(argument($0, 0).displayText))
    },
    LibraryFunction(
      name: "contains", parameters: [.any, .any], result: .bool, summary: "the same as `in`, the other way round"
    ) { .bool(ValueSearch.isMember(argument($0, 1), of: argument($0, 0))) },
    LibraryFunction(name: "starts_with", parameters: [.text, .text], result: .bool, summary: "exactly as written") {
      .bool(argument($0, 0).displayText.utf8.starts(with: argument($0, 1).displayText.utf8))
    },
    LibraryFunction(name: "ends_with", parameters: [.text, .text], result: .bool, summary: "exactly as written") {
      .bool(argument($0, 0).displayText.utf8.reversed().starts(with: argument($0, 1).displayText.utf8.reversed()))
    },
    LibraryFunction(name: "string", parameters: [.any], result: .text, summary: "as a hole in a text would show it") {
      .text(argument($0, 0).displayText)
    },
  ]

  private static let collections: [LibraryFunction] = [
    LibraryFunction(
      name: "len", parameters: [.any], result: .number, summary: "characters of a text, elements of a list or mapping"
    ) { .int(Int64(length(argument($0, 0)))) },
    LibraryFunction(name: "count", parameters: [.any], result: .number, summary: "the same as `len`") {
      .int(Int64(length(argument($0, 0))))
    },
    LibraryFunction(name: "first", parameters: [.list], result: .any, summary: "the first element, or nothing") {
      argument($0, 0).listValue?.first ?? .null
    },
    LibraryFunction(name: "last", parameters: [.list], result: .any, summary: "the last element, or nothing") {
      argument($0, 0).listValue?.last ?? .null
    },
    LibraryFunction(
      name: "default", parameters: [.any, .any], result: .any, summary: "the first, or the second when that is nothing"
    ) { argument($0, 0).isNull ? argument($0, 1) : argument($0, 0) },
  ]

  private static let numbers: [LibraryFunction] = [
    LibraryFunction(name: "min", parameters: [.number], isVariadic: true, result: .number, summary: "the smallest") {
      extreme($0, -1)
    },
    LibraryFunction(name: "max", parameters: [.number], isVariadic: true, result: .number, summary: "the largest") {
      extreme($0, 1)
    },
    LibraryFunction(
      name: "round", parameters: [.number, .number], optionalCount: 1, result: .number,
      summary: "to a whole number, or to so many (0–9) places"
    ) { rounded(argument($0, 0), places: argument($0, 1).intValue ?? 0) },
    LibraryFunction(name: "number", parameters: [.any], result: .number, summary: "a text read as a number, or nothing")
    {
      number(argument($0, 0))
    },
  ]

  private static func argument(_ arguments: [Value], _ index: Int) -> Value {
    arguments.indices.contains(index) ? arguments[index] : .null
  }

  private static func words(_ values: some Sequence<Value>) -> [String] {
    values.flatMap { value in value.listValue?.map(\.displayText) ?? (value.isNull ? [] : [value.displayText]) }
  }

  private static func length(_ value: Value) -> Int {
    switch value {
    case .text(let text): text.unicodeScalars.count
    case .list(let elements): elements.count
    case .map(let members): members.count
    case .null, .bool, .int, .double: 0
    }
  }

  private static func trimmed(_ text: String) -> String {
    var view = Substring(text).unicodeScalars
    while let first = view.first, first.properties.isWhitespace { view.removeFirst() }
    while let last = view.last, last.properties.isWhitespace { view.removeLast() }
    return String(view)
  }

  private static func extreme(_ values: [Value], _ direction: Int) -> Value {
    let candidates = values.flatMap { $0.listValue ?? [$0] }.filter { $0.doubleValue != nil }
    return candidates.reduce(.null) { best, value in
      guard let order = ValueOrder.compare(value, best) else { return best.isNull ? value : best }
      return order * direction > 0 ? value : best
    }
  }

  private static func rounded(_ value: Value, places: Int64) -> Value {
    if case .int = value { return value }
    guard let double = value.doubleValue, double.isFinite else { return .null }
    guard places > 0 else {
      let whole = double.rounded(.toNearestOrAwayFromZero)
      return Int64(exactly: whole).map(Value.int) ?? .double(whole)
    }
    let scale = (0..<min(places, 9)).reduce(1.0) { scale, _ in scale * 10 }
    let result = (double * scale).rounded(.toNearestOrAwayFromZero) / scale
    return result.isFinite ? .double(result) : .double(double)
  }

  private static func number(_ value: Value) -> Value {
    switch value {
    case .int, .double: return value
    case .bool(let flag): return .int(flag ? 1 : 0)
    case .text(let text):
      let text = trimmed(text)
      if let whole = Int64(text) { return .int(whole) }
      guard let double = Double(text), double.isFinite else { return .null }
      return .double(double)
    case .null, .list, .map: return .null
    }
  }
}
