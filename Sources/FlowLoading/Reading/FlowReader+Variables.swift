//! `vars:`, values of a flow's own: plain, typed, or from the environment and the secrets.
internal import FlowModel
internal import SwitchboardSDK

extension FlowReader {
  enum VarType: String, CaseIterable {
    case text, int, number, bool, duration, list, map, any

    var valueType: ValueType {
      switch self {
      case .text: .text
      case .int, .number, .duration: .number
      case .bool: .bool
      case .list: .list
      case .map: .map
      case .any: .any
      }
    }
  }

  mutating func readVars(_ node: YAMLNode?) {
    guard let node else { return }
    guard case .map(let entries) = node.content else { return log.wrongType(node, "'vars'", "a mapping") }
    log.trail.append("vars")
    defer { log.trail.removeLast() }
    for entry in entries where log.isName(entry.key, entry.keySpan, "the variable") { readVar(entry) }
  }

  private mutating func readVar(_ entry: YAMLEntry) {
    let node = entry.value
    varSpans[entry.key] = entry.keySpan
    guard case .map(let members) = node.content else {
      vars[entry.key] = node.value
      varTypes[entry.key] = node.isNull ? .any : ValueType(of: node.value)
      return
    }
    varTypes[entry.key] = .any
    if Self.isReference(members) {
      vars[entry.key] = reference(node, .text, "'\(entry.key)'") ?? .null
      varTypes[entry.key] = .text
      return
    }
    guard
      let fields = log.fields(
        node, "a variable", FlowKeys.typedVariable)
    else { return }
    if let text = fields["description"] { _ = log.text(text, "'description'") }
    guard let typeNode = fields["type"], let type: VarType = log.choice(typeNode, "'type'") else { return }
    varTypes[entry.key] = type.valueType
    if fields.has("env") || fields.has("secret") {
      vars[entry.key] = reference(fields, node, type, "'\(entry.key)'") ?? .null
    } else if let written = fields["default"] {
      vars[entry.key] = initial(written, type, "'default'") ?? .null
    } else {
      vars[entry.key] = .null
      requiredVars.insert(entry.key)
    }
  }

  private mutating func initial(_ node: YAMLNode, _ type: VarType, _ what: String) -> Value? {
    if case .map(let members) = node.content, Self.isReference(members) { return reference(node, type, what) }
    switch type {
    case .text: return log.text(node, what).map(Value.text)
    case .bool: return log.bool(node, what).map(Value.bool)
    case .duration: return log.duration(node, what).map(Value.int)
    case .list: return log.list(node, what).map { .list($0.map(\.value)) }
    case .int: return log.int(node, what).map(Value.int)
    case .any: return node.value
    case .map:
      if case .map = node.content { return node.value }
      log.wrongType(node, what, "a mapping")
      return nil
    case .number:
      guard node.value.doubleValue == nil else { return node.value }
      log.wrongType(node, what, "a number")
      return nil
    }
  }

  // MARK: Environment and secrets

  private static func isReference(_ members: [YAMLEntry]) -> Bool {
    !members.contains { $0.key == "type" } && members.contains { $0.key == "env" || $0.key == "secret" }
  }

  private mutating func reference(_ node: YAMLNode, _ type: VarType, _ what: String) -> Value? {
    guard let fields = log.fields(node, "the reference", FlowKeys.reference) else { return nil }
    return reference(fields, node, type, what)
  }

  /// What is found there is text, read as the type asks.
  private mutating func reference(_ fields: Fields, _ node: YAMLNode, _ type: VarType, _ what: String) -> Value? {
    if fields.has("env"), fields.has("secret") {
      log.add(.conflictingKeys, fields.keySpan("secret"), "write either 'env' or 'secret'")
      return nil
    }
    if let place = fields["secret"] {
      guard let path = log.text(place, "'secret'") else { return nil }
      guard !path.hasPrefix("/"), !ConfigurationPath.climbs(path) else {
        log.add(
          .pathLeaves, place.span, "a secret's path cannot leave the folder of secrets", hint: "for instance tg/desk")
        return nil
      }
      guard let resolver = catalogue.resolver else { return nil }
      guard let found = resolver.secret(path) else {
        log.add(.missingSecret, place.span, "there is no secret '\(path)'")
        return nil
      }
      return read(found, type, place, what)
    }
    guard let name = fields["env"], let variable = log.text(name, "'env'") else { return nil }
    guard let resolver = catalogue.resolver else { return nil }
    if let found = resolver.environment(variable) { return read(found, type, name, what) }
    if let written = fields["default"] { return initial(written, type, "'default'") }
    log.add(
      .missingVariable, name.span, "environment variable \(variable) is not set",
      hint: "set it, or write { env: \(variable), default: … }")
    return nil
  }

  /// Says nothing of the value: it may be a secret.
  private mutating func read(_ text: String, _ type: VarType, _ node: YAMLNode, _ what: String) -> Value? {
    let value: Value?
    switch type {
    case .text, .any: value = .text(text)
    case .int: value = Int64(text).map(Value.int)
    case .number: value = Int64(text).map(Value.int) ?? Double(text).flatMap { $0.isFinite ? .double($0) : nil }
    case .bool: value = Bool(text).map(Value.bool)
    case .duration: value = DurationText.milliseconds(text).map(Value.int)
    case .list, .map:
      let parsed = try? JSON.parse(Array(text.utf8))
      value = parsed.flatMap { type == .list ? ($0.listValue == nil ? nil : $0) : ($0.mapValue == nil ? nil : $0) }
    }
    if value == nil {
      log.add(.wrongValue, node.span, "what stands there is no \(type.rawValue), as \(what) wants it")
    }
    return value
  }
}
