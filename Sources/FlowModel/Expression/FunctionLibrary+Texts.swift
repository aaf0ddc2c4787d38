//! Functions that take texts and lists apart and put them together. What would grow over a message's limit is nothing.
internal import SwitchboardSDK

extension FunctionLibrary {
  static let pieces: [LibraryFunction] = [
    LibraryFunction(
      name: "text.stem", parameters: [.text], result: .text, summary: "the part that a Russian word's forms share"
    ) { .text(TextMatching.stem($0.value(0).displayText)) },
    LibraryFunction(name: "text.fold", parameters: [.text], result: .text, summary: "in small letters, ё as е") {
      .text(TextMatching.folded($0.value(0).displayText))
    },
    LibraryFunction(name: "text.words", parameters: [.text], result: .list, summary: "its words, as written") {
      .list(TextMatching.words($0.value(0).displayText).map(Value.text))
    },
    LibraryFunction(
      name: "text.phone", parameters: [.text], result: .text, summary: "the first telephone number (`+79…`), or nothing"
    ) { TextMatching.phone(in: $0.value(0).displayText).map(Value.text) ?? .null },
    LibraryFunction(
      name: "text.price", parameters: [.text], result: .number, summary: "the first amount of money, or nothing"
    ) { arguments in
      guard let written = TextMatching.price(in: arguments.value(0).displayText) else { return .null }
      if let whole = Int64(written) { return .int(whole) }
      return Double(written).map(Value.double) ?? .null
    },
    LibraryFunction(
      name: "split", parameters: [.text, .text], result: .list, summary: "the parts between the separators"
    ) { split($0.value(0).displayText, by: $0.value(1).displayText) },
    LibraryFunction(
      name: "join", parameters: [.list, .text], optionalCount: 1, result: .text,
      summary: "the elements as one text, with the separator between them (a comma and a space)"
    ) { arguments in
      let separator = arguments.value(1).textValue ?? ", "
      return joined((arguments.value(0).listValue ?? []).map(\.displayText), by: separator)
    },
    LibraryFunction(
      name: "replace", parameters: [.text, .text, .text], result: .text,
      summary: "each part, exactly as written, by another"
    ) { arguments in
      let part = arguments.value(1).displayText
      guard !part.isEmpty else { return .text(arguments.value(0).displayText) }
      let parts = split(arguments.value(0).displayText, by: part).listValue ?? []
      return joined(parts.map(\.displayText), by: arguments.value(2).displayText)
    },
    LibraryFunction(
      name: "cut", parameters: [.text, .number], result: .text, summary: "the first so many characters"
    ) { arguments in
      let count = min(max(arguments.value(1).intValue ?? 0, 0), Int64(Limits.messageTextBytesMax))
      return .text(String(arguments.value(0).displayText.unicodeScalars.prefix(Int(count))))
    },
    LibraryFunction(name: "unique", parameters: [.list], result: .list, summary: "each element once, the first kept") {
      var seen: Set<Value> = []
      return .list(($0.value(0).listValue ?? []).filter { seen.insert($0).inserted })
    },
    LibraryFunction(
      name: "sum", parameters: [.list], result: .number, summary: "the numbers of the list together"
    ) { arguments in
      (arguments.value(0).listValue ?? []).filter { $0.doubleValue != nil }.reduce(.int(0), ValueArithmetic.add)
    },
    LibraryFunction(name: "abs", parameters: [.number], result: .number, summary: "without its sign") { arguments in
      let value = arguments.value(0)
      guard let double = value.doubleValue else { return .null }
      return double < 0 ? ValueArithmetic.subtract(.int(0), value) : value
    },
  ]

  private static func split(_ text: String, by separator: String) -> Value {
    let needle = Array(separator.utf8)
    guard let first = needle.first else { return .list([.text(text)]) }
    let bytes = Array(text.utf8)
    guard needle.count <= Limits.patternBytesMax else { return .list([.text(text)]) }
    var parts: [Value] = []
    var start = 0
    var at = 0
    while at < bytes.count {
      if bytes[at] == first, bytes[at...].starts(with: needle) {
        parts.append(.text(String(decoding: bytes[start..<at], as: UTF8.self)))
        at += needle.count
        start = at
      } else {
        at += 1
      }
    }
    parts.append(.text(String(decoding: bytes[start...], as: UTF8.self)))
    return .list(parts)
  }

  private static func joined(_ parts: [String], by separator: String) -> Value {
    let between = separator.utf8.count.multipliedReportingOverflow(by: max(parts.count - 1, 0))
    guard !between.overflow, between.partialValue <= Limits.messageTextBytesMax,
      parts.reduce(between.partialValue, { $0 + $1.utf8.count }) <= Limits.messageTextBytesMax
    else { return .null }
    return .text(parts.joined(separator: separator))
  }
}

extension [Value] {
  /// Nothing where an argument has been left out.
  func value(_ index: Int) -> Value { indices.contains(index) ? self[index] : .null }
}
