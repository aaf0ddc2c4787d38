//! `in:` of a case: a message, an edit, a pressed button, as one of the connections would bring it.
internal import FlowModel
internal import SwitchboardSDK

extension CaseReader {
  private static let eventKeys = [
    "connection", "chat", "thread", "from", "text", "id", "edit", "delete", "callback", "command", "event", "message",
    "attachments", "item", "name", "reply_to", "echo", "chat_kind", "title", "details", "external_id",
  ]

  /// Chats that write are known before the first step is read: `conversation(c1)` may stand before c1 has written.
  mutating func noteWriter(_ node: YAMLNode) {
    guard case .map(let entries) = node.content, let entry = entries.first else { return }
    if entry.key == "replay" { hasRecording = true }
    guard entry.key == "in", case .map(let members) = entry.value.content,
      let connection = members.first(where: { $0.key == "connection" })?.value.text,
      let chat = members.first(where: { $0.key == "chat" })?.value.text
    else { return }
    writers[chat, default: []].insert(connection)
  }

  mutating func event(_ node: YAMLNode) -> CaseEvent? {
    guard
      let fields = log.fields(
        node, "'in'", known: Self.eventKeys, required: ["connection"], mayBeEmpty: ["item", "details"]),
      let connection = fields["connection"].flatMap({ connectionName($0) })
    else { return nil }
    var event = CaseEvent(connection: connection)
    event.chat = fields["chat"].flatMap { label($0, "'chat'") }
    event.thread = fields["thread"].flatMap { thread($0) }
    if !fields.has("chat"), !fields.has("thread") {
      log.add(
        .missingKey, SourceSpan(line: node.span.line, column: node.span.column), "'in' needs 'chat' or 'thread'",
        hint: "thread: conversation(CHAT) is where an operator answers CHAT")
    }
    event.sender = fields["from"].flatMap { person($0) }
    readKind(fields, into: &event)
    event.text = fields["text"].flatMap { log.text($0, "'text'") } ?? event.text
    if let node = fields["attachments"] { event.attachments = attachments(node) }
    event.replyTo = fields["reply_to"].flatMap { label($0, "'reply_to'") }
    event.isEcho = fields["echo"].flatMap { log.bool($0, "'echo'") } ?? false
    event.chatKind = fields["chat_kind"]
      .flatMap { log.choice($0, "'chat_kind'", ChatKind.self) }.flatMap { Chat.Kind(rawValue: $0.rawValue) }
    event.chatTitle = fields["title"].flatMap { log.text($0, "'title'") }
    event.externalID = fields["external_id"].flatMap { label($0, "'external_id'") }
    if let node = fields["details"] { event.details = mapping(node, "'details'") }
    var facts: [String: Value] = [:]
    if let node = fields["item"] { facts["item"] = mapping(node, "'item'") }
    if let node = fields["name"] { facts["name"] = log.text(node, "'name'").map(Value.text) }
    if !facts.isEmpty { event.facts = .map(facts) }
    return event
  }

  /// What kind of event it is; at most one of the keys may say so.
  private mutating func readKind(_ fields: Fields, into event: inout CaseEvent) {
    let kinds = ["edit", "delete", "callback", "command", "event"].filter { fields.has($0) }
    if kinds.count > 1 {
      log.add(
        .conflictingKeys, fields.keySpan(kinds[1]), "'\(kinds[0])' and '\(kinds[1])' are two different events")
    }
    event.messageID = fields["id"].flatMap { label($0, "'id'") }
    if let node = fields["edit"] {
      event.kind = .edit
      event.messageID = label(node, "'edit'")
    } else if let node = fields["delete"] {
      event.kind = .delete
      event.messageID = label(node, "'delete'")
    } else if let node = fields["callback"] {
      event.kind = .callback
      event.callbackData = label(node, "'callback'")
      event.messageID = fields["message"].flatMap { label($0, "'message'") }
    } else if let node = fields["command"], let text = log.text(node, "'command'") {
      event.text = text.hasPrefix("/") ? text : "/" + text
    } else if let node = fields["event"], let kind = log.choice(node, "'event'", Event.Kind.self) {
      event.kind = kind
    }
  }

  /// A thread's own id, or `conversation(CHAT)`, or `conversation(CONNECTION/CHAT)`.
  mutating func thread(_ node: YAMLNode) -> CaseEvent.Thread? {
    guard let text = label(node, "'thread'") else { return nil }
    guard text.hasPrefix("conversation(") else { return .named(text) }
    guard text.hasSuffix(")"), case let inside = text.dropFirst(13).dropLast(), !inside.isEmpty else {
      log.add(.wrongValue, node.span, "'\(text)' is no thread", hint: "write conversation(CHAT)")
      return nil
    }
    if let slash = inside.firstIndex(of: "/"), case let connection = String(inside[..<slash]),
      surroundings.connections?.contains(connection) ?? true
    {
      return .conversation(connection: connection, chat: String(inside[inside.index(after: slash)...]))
    }
    let chat = String(inside)
    guard isWriter(chat, node) else { return nil }
    return .conversation(connection: writers[chat].flatMap { $0.count == 1 ? $0.first : nil }, chat: chat)
  }

  /// Reports a chat that nobody writes in, and one that writes on several connections.
  mutating func isWriter(_ chat: String, _ node: YAMLNode) -> Bool {
    guard !hasRecording else { return true }
    guard let connections = writers[chat] else {
      log.add(
        .unknownConversation, node.span, "nobody writes in chat '\(chat)' in this case",
        hint: Suggestion.hint(for: chat, among: writers.keys)
          ?? (writers.isEmpty ? nil : "there is: \(writers.keys.sorted().joined(separator: ", "))"))
      return false
    }
    guard connections.count > 1 else { return true }
    log.add(
      .unknownConversation, node.span, "chat '\(chat)' writes on \(connections.sorted().joined(separator: " and "))",
      hint: "write conversation(CONNECTION/\(chat))")
    return false
  }
}
