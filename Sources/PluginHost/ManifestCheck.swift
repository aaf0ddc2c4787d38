//! A manifest is parser, defaults and manual of a plugin's settings: what is wrong in it is found at loading,
//! not when the first owner writes a configuration.

internal import SwitchboardSDK

enum ManifestCheck {
  static let nameBytesMax = 40

  /// The first flaw, in words; nil when the manifest can be worked with.
  static func flaw(in manifest: PluginManifest) -> String? {
    guard isPluginName(manifest.name) else {
      return "the name '\(manifest.name)' is not made of 1 to \(nameBytesMax) lower-case letters, digits and '-'"
    }
    if manifest.version.isEmpty || manifest.version.utf8.count > nameBytesMax {
      return "the version must have 1 to \(nameBytesMax) bytes"
    }
    if let flaw = flaw(in: manifest.settings, of: "setting") { return flaw }
    if manifest.settings.contains(where: { $0.name == "plugin" }) {
      return "the setting 'plugin' belongs to the program"
    }
    if let flaw = flaw(in: manifest.capabilities) ?? flaw(in: manifest.pacing) { return flaw }
    var seen: Set<String> = ["send", "open_thread", "pin"]
    for action in manifest.actions {
      guard isMemberName(action.name) else { return "the action name '\(action.name)' is no lower-case word" }
      if !seen.insert(action.name).inserted { return "the action '\(action.name)' is declared twice or built in" }
      if let flaw = flaw(in: action.arguments, of: "argument") { return "in action '\(action.name)': \(flaw)" }
    }
    return nil
  }

  private static func flaw(in fields: [SettingField], of word: String) -> String? {
    var seen: Set<String> = []
    for field in fields {
      guard isMemberName(field.name) else { return "the \(word) name '\(field.name)' is no lower-case word" }
      guard seen.insert(field.name).inserted else { return "the \(word) '\(field.name)' is declared twice" }
      if case .choice(let words) = field.kind, words.isEmpty || Set(words).count != words.count {
        return "the \(word) '\(field.name)' needs a choice of different words"
      }
      if let minimum = field.minimum, let maximum = field.maximum, minimum > maximum {
        return "the \(word) '\(field.name)' has a minimum above its maximum"
      }
      if !field.defaultValue.isNull, !fits(field.defaultValue, field) {
        return "the default of \(word) '\(field.name)' does not fit its kind or bounds"
      }
    }
    return nil
  }

  private static func fits(_ value: Value, _ field: SettingField) -> Bool {
    switch field.kind {
    case .text: return value.textValue != nil
    case .secret: return false
    case .bool: return value.boolValue != nil
    case .textList: return value.listValue?.allSatisfy { $0.textValue != nil } ?? false
    case .choice(let words): return value.textValue.map(words.contains) ?? false
    case .int, .duration:
      guard case .int(let number) = value else { return false }
      return number >= field.minimum ?? .min && number <= field.maximum ?? .max
    @unknown default: return true
    }
  }

  private static func flaw(in capabilities: ConnectorCapabilities) -> String? {
    if capabilities.textScalarsMax < 1 { return "'textScalarsMax' must be at least 1" }
    if capabilities.captionScalarsMax < 0 { return "'captionScalarsMax' must not be negative" }
    if capabilities.fileBytesMax < 0 { return "'fileBytesMax' must not be negative" }
    if capabilities.concurrentActionsMax < 1 { return "'concurrentActionsMax' must be at least 1" }
    if capabilities.hasThreads, capabilities.threadTitleScalarsMax < 1 {
      return "'threadTitleScalarsMax' must be at least 1 where there are threads"
    }
    return nil
  }

  private static func flaw(in pacing: ConnectorPacing) -> String? {
    for (name, limit) in [("connection", pacing.connection), ("chat", pacing.chat), ("group", pacing.group)] {
      guard let limit else { continue }
      guard (1...RateLimit.callsMax).contains(limit.calls),
        (1...RateLimit.perMillisecondsMax).contains(limit.perMilliseconds)
      else { return "the limit '\(name)' must be 1 to \(RateLimit.callsMax) calls in at most an hour" }
    }
    return nil
  }

  private static func isPluginName(_ name: String) -> Bool {
    let letters = name.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    return letters && (1...nameBytesMax).contains(name.utf8.count)
  }

  private static func isMemberName(_ name: String) -> Bool {
    guard let first = name.utf8.first, isLower(first), name.utf8.count <= nameBytesMax else { return false }
    return name.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
  }

  private static func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
