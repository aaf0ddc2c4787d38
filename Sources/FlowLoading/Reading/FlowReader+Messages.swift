//! The steps that say or change something: relay, reply, send, auto_reply, set, call.
internal import FlowModel
internal import SwitchboardSDK

extension FlowReader {
  private static let origin = "conversation.origin"

  /// `to` with `thread` or `chat`.
  private mutating func target(_ fields: Fields, _ what: String) -> Relay.Target? {
    guard let node = fields["to"] else { return nil }
    if case .scalar(.text(Self.origin)) = node.content {
      for key in ["thread", "chat"] where fields.has(key) {
        log.add(.conflictingKeys, fields.keySpan(key), "the conversation's origin has no other '\(key)'")
      }
      return .origin
    }
    let name = connectionName(node)
    if fields.has("thread"), fields.has("chat") {
      log.add(.conflictingKeys, fields.keySpan("chat"), "'chat' and 'thread' exclude each other")
    }
    if let thread = fields["thread"] {
      guard thread.content == .scalar("conversation") else {
        log.add(
          .wrongValue, thread.span, "'thread' can only be 'conversation'", hint: "did you mean 'thread: conversation'?")
        return nil
      }
      guard let name else { return nil }
      if let capabilities = catalogue.capabilities(name), !capabilities.hasThreads {
        log.add(.missingCapability, node.span, "the connection '\(name)' has no threads", hint: "name a 'chat' instead")
        return nil
      }
      return .thread(connection: name)
    }
    if let chat = fields["chat"] {
      if case .scalar(.int(let number)) = chat.content, let name {
        return .chat(connection: name, chat: Template(literal: String(number)))
      }
      let template = template(chat, "'chat'")
      guard let name, let template else { return nil }
      return .chat(connection: name, chat: template)
    }
    if !fields.has("thread"), !fields.has("chat") {
      log.add(
        .missingKey, fields.keySpan("to"), "\(what) to a connection needs 'thread: conversation' or 'chat'",
        hint: "the answer to a customer goes 'to: conversation.origin'")
    }
    return nil
  }

  mutating func relay(_ node: YAMLNode, id: String) -> StepBody? {
    guard
      let fields = log.fields(
        node, "'relay'", FlowKeys.relay)
    else { return nil }
    let target = target(fields, "a relay")
    for key in ["title", "intro"] where fields.has(key) && !fields.has("thread") {
      log.add(.conflictingKeys, fields.keySpan(key), "'\(key)' is for a new thread: it needs 'thread: conversation'")
    }
    let title = fields["title"].flatMap { template($0, "'title'") }
    let intro = fields["intro"].flatMap { template($0, "'intro'") }
    let prefix = fields["prefix"].flatMap { template($0, "'prefix'") }
    for key in ["title", "intro", "prefix"] where fields.has(key) { textSpans["\(id)/\(key)"] = fields.place(key) }
    return target.map { .relay(Relay(target: $0, title: title, intro: intro, prefix: prefix)) }
  }

  /// A text alone, or a text with buttons.
  mutating func outgoing(_ node: YAMLNode, _ what: String, id: String) -> Outgoing? {
    guard case .map = node.content else {
      textSpans["\(id)/text"] = node.span
      return sentText(node, what).map { Outgoing(text: $0) }
    }
    guard let fields = log.fields(node, what, FlowKeys.outgoing) else { return nil }
    return outgoing(fields, id: id)
  }

  private mutating func outgoing(_ fields: Fields, id: String) -> Outgoing? {
    textSpans["\(id)/text"] = fields.place("text")
    let text = fields["text"].flatMap { sentText($0, "'text'") }
    let rows = fields["buttons"].map { buttons($0) } ?? []
    return text.map { Outgoing(text: $0, buttons: rows) }
  }

  /// A list of rows; a button that stands alone is a row of its own.
  private mutating func buttons(_ node: YAMLNode) -> [[ButtonTemplate]] {
    guard let rows = log.list(node, "'buttons'") else { return [] }
    return rows.map { row in
      guard case .list(let elements) = row.content else { return button(row).map { [$0] } ?? [] }
      return elements.compactMap { button($0) }
    }
  }

  private mutating func button(_ node: YAMLNode) -> ButtonTemplate? {
    guard let fields = log.fields(node, "a button", FlowKeys.button) else {
      return nil
    }
    guard let text = fields["text"].flatMap({ template($0, "'text'") }),
      let data = fields["data"].flatMap({ template($0, "'data'") })
    else { return nil }
    return ButtonTemplate(text: text, data: data)
  }

  mutating func send(_ node: YAMLNode, id: String) -> StepBody? {
    guard
      let fields = log.fields(
        node, "'send'", FlowKeys.send)
    else { return nil }
    let target = target(fields, "a message")
    guard let outgoing = outgoing(fields, id: id), let target else { return nil }
    return .send(Send(target: target, outgoing: outgoing))
  }

  private enum Unless: String, CaseIterable {
    case operatorAnswered = "operator_answered"
    case never
  }

  mutating func autoReply(_ node: YAMLNode, id: String) -> StepBody? {
    guard
      let fields = log.fields(
        node, "'auto_reply'", FlowKeys.autoReply)
    else { return nil }
    textSpans["\(id)/text"] = fields.place("text")
    textSpans["\(id)/once_per"] = fields.place("once_per")
    let after = fields["after"].flatMap { durationSource($0, "'after'") }
    let from = fields["from"].flatMap { log.choice($0, "'from'", AutoReply.CountFrom.self) } ?? .first
    let unless = fields["unless"].flatMap { log.choice($0, "'unless'", Unless.self) } ?? .operatorAnswered
    let oncePer = fields["once_per"].flatMap { durationSource($0, "'once_per'") }
    let active = fields["active"].flatMap { activeHours($0) }
    guard let text = fields["text"].flatMap({ sentText($0, "'text'") }), let after else { return nil }
    return .autoReply(
      AutoReply(
        after: after, from: from, unlessOperatorAnswered: unless == .operatorAnswered, oncePer: oncePer,
        active: active, text: text))
  }

  mutating func assignments(_ node: YAMLNode) -> [Assignment]? {
    guard case .map(let entries) = node.content else {
      log.wrongType(node, "'set'", "a mapping such as { vars.name: value }")
      return nil
    }
    return entries.compactMap { entry in
      let path = entry.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      let value = computed(entry.value, "'\(entry.key)'")
      guard isAssignable(path, entry) else { return nil }
      return value.map { Assignment(path: path, value: $0) }
    }
  }

  private mutating func isAssignable(_ path: [String], _ entry: YAMLEntry) -> Bool {
    if path.count == 2, path[0] == "vars" {
      varsSet.insert(path[1])
      if varTypes[path[1]] != nil { return true }
      let hint = Suggestion.nearest(to: path[1], among: varTypes.keys).map { "did you mean 'vars.\($0)'?" }
      log.add(.unknownVariable, entry.keySpan, "'vars' has no '\(path[1])'", hint: hint ?? "declare it under 'vars'")
      return false
    }
    if path.count == 3, path[0] == "conversation", path[1] == "state", !path[2].isEmpty { return true }
    log.add(
      .wrongValue, entry.keySpan, "'\(entry.key)' cannot be set",
      hint: "only vars.<name> and conversation.state.<name> can")
    return false
  }

  mutating func call(_ node: YAMLNode) -> StepBody? {
    guard
      let fields = log.fields(
        node, "'call'", FlowKeys.call)
    else { return nil }
    let connection = fields["connection"].flatMap { connectionName($0) }
    let chat = fields["chat"].flatMap { computed($0, "'chat'") }
    var arguments: [String: TextSource] = [:]
    var written: [YAMLEntry] = []
    if let node = fields["arguments"] {
      if case .map(let entries) = node.content {
        written = entries
      } else {
        log.wrongType(node, "'arguments'", "a mapping")
      }
    }
    for entry in written where !entry.value.isNull {
      arguments[entry.key] = textSource(entry.value, "'\(entry.key)'")
    }
    guard let actionNode = fields["action"], let action = log.text(actionNode, "'action'"), let connection else {
      return nil
    }
    guard let manifest = catalogue.connections[connection].flatMap({ $0 }) else {
      return .call(Call(connection: connection, action: action, chat: chat, arguments: arguments))
    }
    guard let declared = manifest.actions.first(where: { $0.name == action }) else {
      let known = manifest.actions.map(\.name)
      let hint = Suggestion.hint(for: action, among: known) ?? "it has: \(known.joined(separator: ", "))"
      log.add(
        .unknownAction, actionNode.span, "the connection '\(connection)' has no action '\(action)'",
        hint: known.isEmpty ? nil : hint)
      return nil
    }
    check(written, declared, fields)
    return .call(Call(connection: connection, action: action, chat: chat, arguments: arguments))
  }

  private mutating func check(_ written: [YAMLEntry], _ declared: ActionDeclaration, _ fields: Fields) {
    let known = declared.arguments.map(\.name)
    for entry in written {
      guard let field = declared.arguments.first(where: { $0.name == entry.key }) else {
        log.add(
          .unknownKey, entry.keySpan, "the action '\(declared.name)' has no argument '\(entry.key)'",
          hint: Suggestion.hint(for: entry.key, among: known))
        continue
      }
      if field.kind == .bool, case .scalar(let value) = entry.value.content, value.doubleValue != nil {
        log.wrongType(entry.value, "'\(entry.key)'", "true or false")
      }
    }
    let span = fields.has("arguments") ? fields.keySpan("arguments") : fields.keySpan("action")
    for field in declared.arguments where field.isRequired && !written.contains(where: { $0.key == field.name }) {
      log.add(.missingKey, span, "the action '\(declared.name)' needs '\(field.name)'")
    }
  }
}
