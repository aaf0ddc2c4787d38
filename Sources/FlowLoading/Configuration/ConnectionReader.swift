//! Reads one connection: the host's own keys, and the plugin's settings by its manifest.
internal import FlowModel
internal import SwitchboardSDK

enum ConnectionReader {
  /// Keys that the host understands for every plugin.
  private static let hostKeys = ["plugin", "receive", "webhook_secret", "unknown", "limits"]

  static func read(_ entry: YAMLEntry, with reader: inout ConfigurationReader) -> ConnectionConfiguration? {
    guard case .map(let given) = entry.value.content else {
      reader.log.wrongType(entry.value, "a connection", "a mapping")
      return nil
    }
    guard let pluginNode = given.first(where: { $0.key == "plugin" })?.value else {
      reader.log.add(.missingKey, entry.keySpan, "a connection needs 'plugin'")
      return nil
    }
    guard let plugin = reader.log.text(pluginNode, "'plugin'") else { return nil }
    guard let manifests = reader.manifests else { return nil }
    guard let manifest = manifests[plugin] else {
      let hint =
        Suggestion.hint(for: plugin, among: manifests.keys)
        ?? "loaded: \(manifests.keys.sorted().joined(separator: ", "))"
      reader.log.add(.unknownPlugin, pluginNode.span, "no plugin '\(plugin)' is loaded", hint: hint)
      return nil
    }
    let known = hostKeys + manifest.settings.map(\.name)
    guard let fields = reader.log.fields(entry.value, "a connection", known: known) else { return nil }
    let receiving = receiving(fields, manifest, &reader)
    var settings: [String: Value] = ["receive": .text(receiving.rawValue)]
    for field in manifest.settings {
      guard let node = fields[field.name] else {
        if field.isRequired, !fields.has(field.name) {
          reader.log.add(.missingKey, entry.keySpan, "'\(plugin)' needs '\(field.name)'", hint: field.help)
        }
        if !field.defaultValue.isNull { settings[field.name] = field.defaultValue }
        continue
      }
      settings[field.name] = setting(node, field, &reader)
    }
    return ConnectionConfiguration(
      name: entry.key, plugin: plugin, span: entry.keySpan, settings: .map(settings), receiving: receiving,
      webhookSecret: webhookSecret(fields, plugin, &reader),
      unknownPolicy: fields["unknown"].flatMap { reader.log.choice($0, "'unknown'") } ?? .resend,
      pacing: fields["limits"].map { LimitsReader.read($0, over: manifest, &reader.log) } ?? manifest.pacing)
  }

  private static func receiving(
    _ fields: Fields, _ manifest: PluginManifest, _ reader: inout ConfigurationReader
  ) -> ConnectionConfiguration.Receiving {
    let usual: ConnectionConfiguration.Receiving = manifest.capabilities.receivesByPolling ? .polling : .webhook
    guard let node = fields["receive"],
      let wanted = reader.log.choice(node, "'receive'", ConnectionConfiguration.Receiving.self)
    else { return usual }
    let can = wanted == .polling ? manifest.capabilities.receivesByPolling : manifest.capabilities.receivesByWebhook
    if !can {
      reader.log.add(.missingCapability, node.span, "plugin '\(manifest.name)' does not receive by \(wanted.rawValue)")
    }
    return wanted
  }

  private static func webhookSecret(
    _ fields: Fields, _ plugin: String, _ reader: inout ConfigurationReader
  ) -> ConnectionConfiguration.WebhookSecret {
    guard let node = fields["webhook_secret"] else { return .made }
    if case .scalar(.text("none")) = node.content, node.style == .plain {
      // The gateway opens no other door without a secret: the webhook could not be called at all.
      if plugin != "avito" {
        reader.log.add(
          .wrongValue, node.span, "'webhook_secret: none' is for Avito's old addresses only",
          hint: "leave it out, and one is made and kept")
      }
      return .open
    }
    guard let text = reader.resolved(node, isSecret: true).textValue else { return .made }
    let isFit = text.utf8.allSatisfy { isURLSafe($0) }
    if !isFit || !(16...256).contains(text.utf8.count) {
      reader.log.add(
        .wrongValue, node.span, "'webhook_secret' must be 16 to 256 letters, digits, '-' or '_'",
        hint: "leave it out, and one is made and kept")
      return .made
    }
    return .fixed(text)
  }

  private static func isURLSafe(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// A setting by its declared kind. A text that should be a number is refused with its place, never guessed.
  private static func setting(
    _ written: YAMLNode, _ field: SettingField, _ reader: inout ConfigurationReader
  ) -> Value? {
    let what = "'\(field.name)'"
    guard let node = dereferenced(written, field, &reader) else { return nil }
    switch field.kind {
    case .text, .secret:
      let isSecret = field.kind == .secret
      if case .map = node.content { return reader.resolvedText(node, what, isSecret: isSecret) }
      guard let text = reader.log.text(node, what) else { return nil }
      if isSecret {
        reader.secrets.append(text)
        if SecretWords.looksLikeSecret(text) {
          reader.log.add(
            .secretInClear, severity: .warning, node.span, "\(what) stands in the file in clear",
            hint: "write { env: NAME } or { secret: path }")
        }
      }
      return .text(text)
    case .int:
      return reader.log.int(node, what, minimum: field.minimum, maximum: field.maximum).map(Value.int)
    case .bool: return reader.log.bool(node, what).map(Value.bool)
    case .duration:
      guard let milliseconds = reader.log.duration(node, what),
        reader.log.within(
          milliseconds, node, what, minimum: field.minimum, maximum: field.maximum, unit: " milliseconds")
      else { return nil }
      return .int(milliseconds)
    case .textList:
      return (reader.log.list(node, what)).map { .list($0.compactMap { reader.log.text($0, what).map(Value.text) }) }
    case .choice(let words):
      guard let text = reader.log.text(node, what) else { return nil }
      guard words.contains(text) else {
        reader.log.add(
          .wrongValue, node.span, "\(what) cannot be '\(text)'",
          hint: Suggestion.hint(for: text, among: words) ?? "one of: \(words.joined(separator: ", "))")
        return nil
      }
      return .text(text)
    @unknown default: return node.value
    }
  }
}

extension ConnectionReader {
  /// What stands in the environment is text; a number or true/false is read out of it as the field asks.
  /// Nil when there is no such variable or secret, which has been reported.
  private static func dereferenced(
    _ node: YAMLNode, _ field: SettingField, _ reader: inout ConfigurationReader
  ) -> YAMLNode? {
    guard field.kind != .text, field.kind != .secret, case .map(let entries) = node.content,
      entries.contains(where: { $0.key == "env" || $0.key == "secret" })
    else { return node }
    let value = reader.resolved(node)
    guard let text = value.textValue else { return nil }
    var read = node
    read.content = .scalar(value)
    switch field.kind {
    case .int: if let number = Int64(text) { read.content = .scalar(.int(number)) }
    case .bool: if let flag = Bool(text) { read.content = .scalar(.bool(flag)) }
    default: break
    }
    return read
  }
}

extension ConfigurationReader {
  /// A value with every `{ env: … }` and `{ secret: … }` in it replaced by what it leads to.
  mutating func resolved(_ node: YAMLNode, isSecret: Bool = false) -> Value {
    switch node.content {
    case .scalar(let value):
      if isSecret, let text = value.textValue { secrets.append(text) }
      return value
    case .list(let elements): return .list(elements.map { resolved($0, isSecret: isSecret) })
    case .map(let entries):
      if entries.contains(where: { $0.key == "env" || $0.key == "secret" }) {
        return reference(node, entries, isSecret: isSecret)
      }
      return .map(
        Dictionary(
          entries.map { ($0.key, resolved($0.value, isSecret: isSecret)) }, uniquingKeysWith: { first, _ in first }))
    }
  }

  mutating func resolvedText(_ node: YAMLNode, _ what: String, isSecret: Bool) -> Value? {
    guard case .map(let entries) = node.content, entries.contains(where: { $0.key == "env" || $0.key == "secret" })
    else {
      log.wrongType(node, what, "a text, { env: NAME } or { secret: path }")
      return nil
    }
    let value = reference(node, entries, isSecret: isSecret)
    return value.isNull ? nil : value
  }

  private mutating func reference(_ node: YAMLNode, _ entries: [YAMLEntry], isSecret: Bool) -> Value {
    guard let fields = log.fields(node, "the reference", known: ["env", "default", "secret"]) else { return .null }
    if let name = fields["env"], fields["secret"] == nil {
      guard let variable = log.text(name, "'env'") else { return .null }
      let found = resolver.environment(variable) ?? fields["default"]?.value.textValue
      if let found {
        if isSecret { secrets.append(found) }
        return .text(found)
      }
      log.add(
        .missingVariable, name.span, "environment variable \(variable) is not set",
        hint: "set it, or write { env: \(variable), default: … }")
      return .null
    }
    if let path = fields["secret"], fields["env"] == nil {
      guard let place = log.text(path, "'secret'") else { return .null }
      if place.hasPrefix("/") || ConfigurationPath.climbs(place) {
        log.add(
          .pathLeaves, path.span, "a secret's path cannot leave the folder of secrets", hint: "for instance tg/desk")
        return .null
      }
      if let found = resolver.secret(place) {
        secrets.append(found)
        return .text(found)
      }
      log.add(.missingSecret, path.span, "there is no secret '\(place)'")
      return .null
    }
    log.add(.conflictingKeys, node.span, "write either 'env' or 'secret'")
    return .null
  }
}
