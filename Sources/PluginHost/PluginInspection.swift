//! What `switchboard plugin list` and `plugin inspect FILE` show.

package import SwitchboardSDK

package struct PluginInspection: Sendable, Hashable {
  package let file: String
  package let handshake: PluginHandshake
  package let manifest: PluginManifest

  package init(_ plugin: LoadedPlugin) {
    file = plugin.file
    handshake = plugin.handshake
    manifest = plugin.manifest
  }

  /// One line for `list`: name, version, summary, file.
  package var line: String { "\(manifest.name) \(manifest.version) – \(manifest.summary) (\(file))" }

  /// For `inspect`, one fact a line.
  package var text: String {
    var lines = [
      "plugin       \(manifest.name) \(manifest.version)", "summary      \(manifest.summary)", "file         \(file)",
      "ABI          \(handshake.abi)", "SDK          \(handshake.sdkVersion)",
      "compiler     Swift \(handshake.compilerVersion)",
    ]
    for (name, value) in capabilityMembers { lines.append("\(name): \(JSON.text(value))") }
    lines.append(contentsOf: ["", "settings"])
    lines.append(contentsOf: manifest.settings.map { "  " + Self.text(of: $0) })
    if !manifest.actions.isEmpty { lines.append(contentsOf: ["", "actions"]) }
    for action in manifest.actions {
      lines.append("  \(action.name): \(action.summary)")
      lines.append(contentsOf: action.arguments.map { "    " + Self.text(of: $0) })
    }
    return lines.joined(separator: "\n")
  }

  /// For `--json`.
  package var value: Value {
    .map([
      "name": .text(manifest.name), "version": .text(manifest.version), "summary": .text(manifest.summary),
      "file": .text(file), "abi": .int(Int64(handshake.abi)), "sdk_version": .text(handshake.sdkVersion),
      "compiler_version": .text(handshake.compilerVersion),
      "capabilities": .map(Dictionary(uniqueKeysWithValues: capabilityMembers)),
      "settings": .list(manifest.settings.map(Self.value(of:))),
      "actions": .list(
        manifest.actions.map { action in
          .map([
            "name": .text(action.name), "summary": .text(action.summary),
            "arguments": .list(action.arguments.map(Self.value(of:))),
          ])
        }),
    ])
  }

  private var capabilityMembers: [(String, Value)] {
    let capabilities = manifest.capabilities
    return [
      ("text_scalars_max", .int(Int64(capabilities.textScalarsMax))),
      ("caption_scalars_max", .int(Int64(capabilities.captionScalarsMax))),
      ("attachment_kinds", .list(capabilities.attachmentKinds.map { .text($0.rawValue) })),
      ("file_bytes_max", .int(capabilities.fileBytesMax)),
      ("has_threads", .bool(capabilities.hasThreads)),
      ("thread_title_scalars_max", .int(Int64(capabilities.threadTitleScalarsMax))),
      ("receives_by_polling", .bool(capabilities.receivesByPolling)),
      ("receives_by_webhook", .bool(capabilities.receivesByWebhook)),
      ("concurrent_actions_max", .int(Int64(capabilities.concurrentActionsMax))),
      ("can_reconcile", .bool(capabilities.canReconcile)),
      ("limits", Self.value(of: manifest.pacing)),
    ]
  }

  /// Calls and milliseconds of each limit.
  private static func value(of pacing: ConnectorPacing) -> Value {
    func value(_ limit: RateLimit?) -> Value {
      limit.map { ["calls": .int(Int64($0.calls)), "per_ms": .int($0.perMilliseconds)] } ?? .null
    }
    return ["connection": value(pacing.connection), "chat": value(pacing.chat), "group": value(pacing.group)]
  }

  private static func text(of field: SettingField) -> String {
    var notes = [kindName(field.kind)]
    if field.isRequired { notes.append("required") }
    if !field.defaultValue.isNull { notes.append("default \(JSON.text(field.defaultValue))") }
    if let minimum = field.minimum { notes.append("at least \(minimum)") }
    if let maximum = field.maximum { notes.append("at most \(maximum)") }
    return "\(field.name) (\(notes.joined(separator: ", "))): \(field.help)"
  }

  private static func value(of field: SettingField) -> Value {
    .map([
      "name": .text(field.name), "kind": .text(kindName(field.kind)), "help": .text(field.help),
      "required": .bool(field.isRequired), "default": field.defaultValue,
      "minimum": field.minimum.map(Value.int) ?? .null, "maximum": field.maximum.map(Value.int) ?? .null,
    ])
  }

  private static func kindName(_ kind: SettingField.Kind) -> String {
    switch kind {
    case .text: "text"
    case .int: "int"
    case .bool: "bool"
    case .duration: "duration in milliseconds"
    case .textList: "list of texts"
    case .choice(let words): "one of " + words.joined(separator: ", ")
    case .secret: "secret"
    @unknown default: "unknown kind"
    }
  }
}
