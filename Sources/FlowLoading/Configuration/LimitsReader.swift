//! Reads `limits:` of a connection: `none`, or `{ connection: 30/s, chat: 3/3s, group: 20/m }`; each may be `none` too.
internal import FlowModel
internal import SwitchboardSDK

enum LimitsReader {
  private static let known = ["connection", "chat", "group"]

  /// The plugin's limits with those of the configuration in their place. What is wrong stays as the plugin has it.
  static func read(
    _ node: YAMLNode, over manifest: PluginManifest, _ log: inout DiagnosticLog
  ) -> ConnectorPacing {
    var pacing = manifest.pacing
    if isNone(node) {
      (pacing.connection, pacing.chat, pacing.group) = (nil, nil, nil)
      return pacing
    }
    guard case .map = node.content else {
      log.wrongType(node, "'limits'", "none, or a mapping such as { connection: 30/s, chat: 3/3s }")
      return pacing
    }
    guard let fields = log.fields(node, "'limits'", known: known) else { return pacing }
    if let limit = limit("connection", fields, &log) { pacing.connection = limit }
    if let limit = limit("chat", fields, &log) { pacing.chat = limit }
    if let limit = limit("group", fields, &log) {
      if manifest.pacing.groupPrefix.isEmpty {
        log.add(
          .missingCapability, fields.keySpan("group"),
          "plugin '\(manifest.name)' does not tell groups from other chats",
          hint: "'chat' counts for every chat")
      }
      pacing.group = limit
    }
    return pacing
  }

  /// Of the requests that a project makes.
  static func requests(_ node: YAMLNode, _ log: inout DiagnosticLog) -> RateLimit? {
    guard let fields = log.fields(node, "'http'", known: ["allow", "limit"]), fields.has("limit") else { return nil }
    return limit("limit", fields, &log) ?? nil
  }

  private static func isNone(_ node: YAMLNode) -> Bool { node.content == .scalar(.text("none")) }

  /// Nil when it is not given or cannot be read; nil inside for `none`.
  private static func limit(_ key: String, _ fields: Fields, _ log: inout DiagnosticLog) -> RateLimit?? {
    guard let node = fields[key] else { return nil }
    if isNone(node) { return .some(nil) }
    guard let text = log.text(node, "'\(key)'") else { return nil }
    guard let limit = parsed(text) else {
      log.add(
        .wrongValue, node.span, "'\(key)' must be a number of calls and a time",
        hint: "for instance 30/s, 3/3s or 20/m; none lifts the limit")
      return nil
    }
    guard (1...RateLimit.callsMax).contains(limit.calls),
      (1...RateLimit.perMillisecondsMax).contains(limit.perMilliseconds)
    else {
      log.add(.outOfBounds, node.span, "'\(key)' must be 1 to \(RateLimit.callsMax) calls in 1ms to 1h")
      return nil
    }
    return limit
  }

  /// `20/m` is `20/1m`.
  private static func parsed(_ text: String) -> RateLimit? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let calls = Int(parts[0])
    else { return nil }
    let time = String(parts[1])
    guard let milliseconds = DurationText.milliseconds(time) ?? DurationText.milliseconds("1" + time)
    else { return nil }
    return RateLimit(calls: calls, perMilliseconds: milliseconds)
  }
}
