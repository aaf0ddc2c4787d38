//! What paths there are and what stands at their ends: the static side of `RunScope`.
internal import FlowModel
internal import SwitchboardSDK

indirect enum ScopeShape: Sendable {
  case leaf(ValueType)
  /// These members and no others; as a whole it is a mapping.
  case members([String: ScopeShape])
  /// Members that only the running flow knows.
  case open

  /// Settings with a meaning of their own, known even when the project does not set them.
  static let standardSettings: [String: ScopeShape] = [
    "stop_words": .leaf(.list), "greeting": .leaf(.text), "auto_reply_after": .leaf(.any), "hours": .open,
  ]

  static let decision: ScopeShape = .members([
    "action": .leaf(.text), "reply": .leaf(.text), "route": .leaf(.text), "reason": .leaf(.text), "tags": .leaf(.list),
    "values": .open,
  ])

  static func roots(
    settings: Value, vars: [String: ValueType], holes: Set<String>, results: [String: ScopeShape]
  ) -> [String: ScopeShape] {
    var project = standardSettings
    for (name, value) in settings.mapValue ?? [:] {
      project[name] = value.mapValue == nil ? .leaf(value.isNull ? .any : ValueType(of: value)) : .open
    }
    var callback: [String: ScopeShape] = ["id": .leaf(.text), "data": .leaf(.text), "message_id": .leaf(.text)]
    for hole in holes { callback[hole] = .leaf(.text) }
    var roots = fixed
    roots["project"] = .members(project)
    roots["vars"] = .members(vars.mapValues { .leaf($0) })
    roots["callback"] = .members(callback)
    return roots.merging(results) { fixed, _ in fixed }
  }

  static let reserved: Set<String> = Set(fixed.keys).union([
    "project", "vars", "callback", "error", "each", "true", "false", "null",
  ])

  private static let fixed: [String: ScopeShape] = [
    "event": .members([
      "from": .leaf(.text), "kind": .leaf(.text), "connection": .leaf(.text), "external_id": .leaf(.text),
      "thread": .leaf(.text), "is_echo": .leaf(.bool), "occurred_at": .leaf(.text), "received_at": .leaf(.text),
      "details": .open, "topic": .leaf(.text), "data": .open,
    ]),
    "message": .members([
      "id": .leaf(.text), "text": .leaf(.text), "attachments": .leaf(.list), "reply_to": .leaf(.text),
    ]),
    "sender": .members([
      "id": .leaf(.text), "name": .leaf(.text), "username": .leaf(.text), "is_bot": .leaf(.bool),
    ]),
    "chat": .members(["id": .leaf(.text), "kind": .leaf(.text), "title": .leaf(.text)]),
    "conversation": .members([
      "key": .leaf(.text), "name": .leaf(.text), "answered": .leaf(.bool), "known": .leaf(.bool),
      "thread": .leaf(.text), "origin": .members(["connection": .leaf(.text), "chat": .leaf(.text)]), "state": .open,
      "item": .members([
        "id": .leaf(.any), "title": .leaf(.text), "price": .leaf(.number), "price_text": .leaf(.text),
        "url": .leaf(.text),
      ]),
    ]),
    "command": .members(["name": .leaf(.text), "arguments": .leaf(.text)]),
  ]
}
