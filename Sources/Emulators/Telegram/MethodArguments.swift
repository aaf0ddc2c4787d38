//! The parameters of one call after every check that needs no state.

internal import SwitchboardSDK

struct MethodArguments: Sendable {
  private var values: [String: Value]
  private var files: [UploadedFile]

  /// Throws at the first parameter that is unknown, of a wrong type, out of range or missing.
  init(_ method: BotMethod, _ parameters: RequestParameters) throws(BotAPIError) {
    let rules = method.rules
    var checked: [String: Value] = [:]
    for (name, value) in parameters.values {
      guard let rule = rules[name] else { throw .badRequest("unknown parameter '\(name)'") }
      if value.isNull { continue }
      checked[name] = try rule.check(name, value)
    }
    for (name, rule) in rules where rule.isRequired && checked[name] == nil {
      if case .file = rule.kind, parameters.file(name) != nil { continue }
      throw Self.missing(name, method)
    }
    self.values = checked
    self.files = parameters.files
    try checkFiles(rules, method)
  }

  /// Every uploaded part must be a file parameter or be named by an `attach://`.
  private func checkFiles(_ rules: [String: ParameterRule], _ method: BotMethod) throws(BotAPIError) {
    guard !files.isEmpty else { return }
    var attached: Set<String> = []
    for value in values.values { Self.collectAttached(value, into: &attached) }
    for file in files where !attached.contains(file.field) {
      guard case .file? = rules[file.field]?.kind else { throw .badRequest("unknown parameter '\(file.field)'") }
    }
  }

  private static func collectAttached(_ value: Value, into names: inout Set<String>) {
    switch value {
    case .text(let text) where text.hasPrefix("attach://"): names.insert(String(text.dropFirst(9)))
    case .list(let list): for element in list { collectAttached(element, into: &names) }
    case .map(let map): for member in map.values { collectAttached(member, into: &names) }
    default: break
    }
  }

  private static func missing(_ name: String, _ method: BotMethod) -> BotAPIError {
    switch name {
    case "chat_id": .badRequest("chat_id is empty")
    case "text": .badRequest("message text is empty")
    case _ where name == method.fileParameter: .badRequest("there is no \(name) in the request")
    default: .badRequest("parameter '\(name)' is required")
    }
  }

  subscript(_ name: String) -> Value { values[name] ?? .null }

  func text(_ name: String) -> String { values[name]?.textValue ?? "" }
  func integer(_ name: String) -> Int64? { values[name]?.intValue }
  func flag(_ name: String) -> Bool { values[name]?.boolValue ?? false }
  func has(_ name: String) -> Bool { values[name] != nil }

  /// The upload that a file parameter means, or nil when it is a `file_id` or an address.
  func upload(_ name: String) throws(BotAPIError) -> UploadedFile? {
    guard let text = values[name]?.textValue else { return files.first { $0.field == name } }
    return try upload(reference: text)
  }

  /// Puts fetched content in the place of an address.
  mutating func replace(_ name: String, with file: UploadedFile) {
    values[name] = nil
    files.append(file)
  }

  func upload(reference text: String) throws(BotAPIError) -> UploadedFile? {
    guard text.hasPrefix("attach://") else { return nil }
    let field = text.dropFirst(9)
    guard let file = files.first(where: { $0.field == field }) else {
      throw .badRequest("there is no part '\(field)' in the request")
    }
    return file
  }
}
