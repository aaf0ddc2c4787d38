//! A mapping whose keys have been checked, and the reading of plain values out of it.
internal import FlowModel
internal import SwitchboardSDK

struct Fields {
  let span: SourceSpan
  private let entries: [String: YAMLEntry]

  fileprivate init(span: SourceSpan, entries: [String: YAMLEntry]) {
    self.span = span
    self.entries = entries
  }

  subscript(_ name: String) -> YAMLNode? {
    guard let entry = entries[name], !entry.value.isNull else { return nil }
    return entry.value
  }

  func has(_ name: String) -> Bool { entries[name] != nil }
  func keySpan(_ name: String) -> SourceSpan { entries[name]?.keySpan ?? span }
  func place(_ name: String) -> SourceSpan { entries[name]?.value.span ?? span }
}

extension DiagnosticLog {
  /// Reports what is no mapping, unknown keys, empty values (but for those in `mayBeEmpty`) and missing keys.
  mutating func fields(
    _ node: YAMLNode, _ what: String, known: [String], required: [String] = [], mayBeEmpty: Set<String> = []
  ) -> Fields? {
    guard case .map(let entries) = node.content else {
      wrongType(node, what, "a mapping")
      return nil
    }
    var found: [String: YAMLEntry] = [:]
    for entry in entries {
      guard known.contains(entry.key) else {
        add(
          .unknownKey, entry.keySpan, "unknown key '\(entry.key)'", hint: Suggestion.hint(for: entry.key, among: known))
        continue
      }
      found[entry.key] = entry
      if entry.value.isNull, !mayBeEmpty.contains(entry.key) {
        add(.emptyValue, entry.keySpan, "'\(entry.key)' is empty")
      }
    }
    for name in required where found[name] == nil {
      add(.missingKey, SourceSpan(line: node.span.line, column: node.span.column), "\(what) needs '\(name)'")
    }
    return Fields(span: node.span, entries: found)
  }

  /// Says nothing of the value: it may be a secret.
  mutating func wrongType(_ node: YAMLNode, _ what: String, _ wanted: String) {
    if node.isNull {
      add(.emptyValue, node.span, "\(what) is empty, expected \(wanted)")
      return
    }
    var hint: String?
    if wanted.hasPrefix("a text"), case .scalar = node.content { hint = "put it in quotes" }
    if wanted.hasPrefix("a list"), case .map(let entries) = node.content, let first = entries.first {
      hint = "put \"- \" before \"\(first.key)\""
    }
    let shown = SourceSpan(
      line: node.span.line, column: node.span.column, endLine: node.span.endLine, endColumn: node.span.endColumn)
    add(.wrongType, shown, "\(what) must be \(wanted), got \(Self.article(node))", hint: hint)
  }

  private static func article(_ node: YAMLNode) -> String {
    switch node.typeName {
    case "nothing", "true/false": node.typeName
    case let name: "a " + name
    }
  }

  mutating func text(_ node: YAMLNode, _ what: String) -> String? {
    guard case .scalar(.text(let text)) = node.content else {
      wrongType(node, what, "a text")
      return nil
    }
    return text
  }

  mutating func bool(_ node: YAMLNode, _ what: String) -> Bool? {
    guard case .scalar(.bool(let flag)) = node.content else {
      wrongType(node, what, "true or false")
      return nil
    }
    return flag
  }

  /// A double without a fraction is refused too: `1e3` is no way to write a count.
  mutating func int(_ node: YAMLNode, _ what: String, minimum: Int64? = nil, maximum: Int64? = nil) -> Int64? {
    guard case .scalar(.int(let number)) = node.content else {
      wrongType(node, what, "a whole number")
      return nil
    }
    return within(number, node, what, minimum: minimum, maximum: maximum) ? number : nil
  }

  mutating func within(
    _ number: Int64, _ node: YAMLNode, _ what: String, minimum: Int64?, maximum: Int64?, unit: String = ""
  ) -> Bool {
    if let minimum, number < minimum {
      add(.outOfBounds, node.span, "\(what) must be at least \(minimum)\(unit)")
      return false
    }
    if let maximum, number > maximum {
      add(.outOfBounds, node.span, "\(what) must be at most \(maximum)\(unit)")
      return false
    }
    return true
  }

  mutating func duration(_ node: YAMLNode, _ what: String) -> Int64? {
    guard case .scalar(let value) = node.content else {
      wrongType(node, what, "a duration such as 75s")
      return nil
    }
    if let milliseconds = value.textValue.flatMap(DurationText.milliseconds) { return milliseconds }
    add(
      .wrongValue, node.span, "\(what) must be a duration",
      hint: "write a whole number and a unit: 500ms, 75s, 5m, 12h, 30d")
    return nil
  }

  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ node: YAMLNode, _ what: String, _ type: Choice.Type = Choice.self
  ) -> Choice? where Choice.RawValue == String {
    let known = Choice.allCases.map(\.rawValue)
    guard let text = text(node, what) else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    let hint = Suggestion.hint(for: text, among: known) ?? "one of: \(known.joined(separator: ", "))"
    add(.wrongValue, node.span, "\(what) cannot be '\(text)'", hint: hint)
    return nil
  }

  mutating func list(_ node: YAMLNode, _ what: String) -> [YAMLNode]? {
    guard case .list(let elements) = node.content else {
      wrongType(node, what, "a list")
      return nil
    }
    return elements
  }

  /// Letters of any script, digits, `_` and `-`, beginning with a letter; so that logs, paths and ids stay readable.
  mutating func name(_ node: YAMLNode, _ what: String) -> String? {
    guard let text = text(node, what) else { return nil }
    return isName(text, node.span, what) ? text : nil
  }

  mutating func isName(_ text: String, _ span: SourceSpan, _ what: String) -> Bool {
    let scalars = text.unicodeScalars
    let isFit = scalars.allSatisfy { $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-" }
    if isFit, scalars.first?.properties.isAlphabetic == true, scalars.count <= 64, scalars.last != "-" { return true }
    if scalars.contains("\n") || scalars.contains("\r") {
      add(.badName, span, "\(what) contains a line break: '\(text)'")
    } else {
      add(
        .badName, span, "\(what) '\(text)' is no name", hint: "a letter, then letters, digits, '_' or '-', at most 64")
    }
    return false
  }
}
