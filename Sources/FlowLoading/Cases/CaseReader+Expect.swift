//! The verbs of `expect`: what must have come of the play.
internal import FlowModel
internal import SwitchboardSDK

extension CaseReader {
  private static let verbs = ["out", "none", "pending", "run", "path", "conversation", "decision"]

  /// A list of expectations, or a single one.
  mutating func expectations(_ node: YAMLNode) -> [Expectation] {
    let nodes: [YAMLNode]
    if case .list(let elements) = node.content { nodes = elements } else { nodes = [node] }
    return nodes.enumerated().compactMap { index, node in
      log.trail.append("expect[\(index)]")
      defer { log.trail.removeLast() }
      return expectation(node)
    }
  }

  private mutating func expectation(_ node: YAMLNode) -> Expectation? {
    guard case .map(let entries) = node.content else {
      log.wrongType(node, "an expectation", "a mapping with one verb")
      return nil
    }
    let verbs = entries.filter { $0.key != "times" }
    guard let entry = verbs.first else {
      log.add(.emptyValue, node.span, "an expectation is empty")
      return nil
    }
    if verbs.count > 1 {
      log.add(
        .conflictingKeys, verbs[1].keySpan, "an expectation has one verb; this one has '\(entry.key)' already",
        hint: "begin a new line with \"- \"")
    }
    guard let body = body(entry) else { return nil }
    var expectation = Expectation(body: body, span: entry.keySpan)
    if let times = entries.first(where: { $0.key == "times" }) {
      switch body {
      case .out, .run, .decision, .pending(.some):
        expectation.times = log.int(times.value, "'times'", minimum: 0, maximum: 1_000_000).map { Int($0) }
      case .none, .path, .conversation, .pending(nil):
        log.add(.conflictingKeys, times.keySpan, "'\(entry.key)' is not counted")
      }
    }
    return expectation
  }

  private mutating func body(_ entry: YAMLEntry) -> Expectation.Body? {
    let node = entry.value
    switch entry.key {
    case "out": return out(node, "'out'").map { .out($0) }
    case "none": return node.isNull ? Expectation.Body.none(OutPattern()) : out(node, "'none'").map { .none($0) }
    case "pending":
      if case .scalar(.text("none")) = node.content { return .pending(nil) }
      return pending(node).map { .pending($0) }
    case "run": return run(node).map { .run($0) }
    case "path":
      guard let nodes = log.list(node, "'path'") else { return nil }
      return .path(nodes.compactMap { step($0) })
    case "conversation": return conversation(node).map { .conversation($0) }
    case "decision": return decision(node, "'decision'").map { .decision($0) }
    default:
      log.add(
        .unknownVerb, entry.keySpan, "'expect' has no verb '\(entry.key)'",
        hint: Suggestion.hint(for: entry.key, among: Self.verbs) ?? "one of: \(Self.verbs.joined(separator: ", "))")
      return nil
    }
  }

  /// `expect:` of a rule's case: the members of one decision, or a list of them.
  mutating func decisions(_ node: YAMLNode) -> [Expectation] {
    let nodes: [YAMLNode]
    if case .list(let elements) = node.content { nodes = elements } else { nodes = [node] }
    return nodes.compactMap { node in
      decision(node, "'expect'").map { Expectation(body: .decision($0), span: node.span) }
    }
  }

  // MARK: Patterns

  private mutating func out(_ node: YAMLNode, _ what: String) -> OutPattern? {
    let known = ["connection", "chat", "thread", "text", "step", "attachments", "buttons", "action", "arguments"]
    guard let fields = log.fields(node, what, known: known, mayBeEmpty: ["attachments"]) else { return nil }
    var pattern = OutPattern()
    pattern.connection = fields["connection"].flatMap { connectionName($0) }
    pattern.chat = fields["chat"].flatMap { label($0, "'chat'") }
    pattern.thread = fields["thread"].flatMap { thread($0) }
    pattern.text = fields["text"].flatMap { textPattern($0, "'text'") }
    pattern.step = fields["step"].flatMap { step($0) }
    if let node = fields["action"], let action = log.text(node, "'action'") {
      pattern.action = action == "any" ? nil : action
    }
    if let node = fields["attachments"] {
      pattern.attachments = (log.list(node, "'attachments'") ?? []).compactMap {
        log.choice($0, "an attachment", Attachment.Kind.self)
      }
    }
    if let node = fields["buttons"] {
      pattern.buttons = (log.list(node, "'buttons'") ?? []).compactMap { log.text($0, "a button") }
    }
    if let node = fields["arguments"] { pattern.arguments = mapping(node, "'arguments'").mapValue ?? [:] }
    return pattern
  }

  private mutating func pending(_ node: YAMLNode) -> PendingPattern? {
    guard let fields = log.fields(node, "'pending'", known: ["step", "chat", "text", "in"]) else { return nil }
    return PendingPattern(
      step: fields["step"].flatMap { step($0) }, chat: fields["chat"].flatMap { label($0, "'chat'") },
      text: fields["text"].flatMap { textPattern($0, "'text'") },
      inMilliseconds: fields["in"].flatMap { log.duration($0, "'in'") })
  }

  private mutating func run(_ node: YAMLNode) -> RunPattern? {
    guard let fields = log.fields(node, "'run'", known: ["flow", "from", "status", "outcome"]) else { return nil }
    return RunPattern(
      flow: fields["flow"].flatMap { log.text($0, "'flow'") }, label: fields["from"].flatMap { log.text($0, "'from'") },
      status: fields["status"].flatMap { log.choice($0, "'status'") },
      outcome: fields["outcome"].flatMap { textPattern($0, "'outcome'") })
  }

  private mutating func conversation(_ node: YAMLNode) -> ConversationPattern? {
    guard
      let fields = log.fields(
        node, "'conversation'", known: ["connection", "chat", "name", "answered", "state", "item"], required: ["chat"],
        mayBeEmpty: ["state", "item"]),
      let chatNode = fields["chat"], let chat = label(chatNode, "'chat'")
    else { return nil }
    let connection = fields["connection"].flatMap { connectionName($0) }
    if connection == nil, !fields.has("connection"), !isWriter(chat, chatNode) { return nil }
    return ConversationPattern(
      connection: connection ?? writers[chat]?.first, chat: chat,
      name: fields["name"].flatMap { textPattern($0, "'name'") },
      isAnswered: fields["answered"].flatMap { log.bool($0, "'answered'") },
      state: fields["state"].flatMap { mapping($0, "'state'").mapValue } ?? [:],
      item: fields["item"].flatMap { mapping($0, "'item'").mapValue } ?? [:])
  }

  private mutating func decision(_ node: YAMLNode, _ what: String) -> DecisionPattern? {
    let known = ["rule", "action", "reply", "route", "reason", "tags", "state", "error", "printed"]
    guard let fields = log.fields(node, what, known: known, mayBeEmpty: ["tags", "state"]) else { return nil }
    var pattern = DecisionPattern()
    pattern.rule = fields["rule"].flatMap { log.text($0, "'rule'") }
    pattern.action = fields["action"].flatMap { log.text($0, "'action'") }
    pattern.reply = fields["reply"].flatMap { textPattern($0, "'reply'") }
    pattern.route = fields["route"].flatMap { log.text($0, "'route'") }
    pattern.reason = fields["reason"].flatMap { textPattern($0, "'reason'") }
    if let node = fields["tags"] {
      pattern.tags = (log.list(node, "'tags'") ?? []).compactMap { log.text($0, "a tag") }
    }
    if let node = fields["state"] { pattern.state = mapping(node, "'state'").mapValue ?? [:] }
    pattern.error = fields["error"].flatMap { textPattern($0, "'error'") }
    pattern.printed = fields["printed"].flatMap { textPattern($0, "'printed'") }
    return pattern
  }

  /// A text that must be met as it stands, or `{ contains, lacks, starts_with, matches }`.
  private mutating func textPattern(_ node: YAMLNode, _ what: String) -> TextPattern? {
    guard case .map = node.content else { return label(node, what).map { TextPattern(exact: $0) } }
    let known = ["contains", "lacks", "starts_with", "matches", "is"]
    guard let fields = log.fields(node, what, known: known) else { return nil }
    var pattern = TextPattern()
    pattern.exact = fields["is"].flatMap { label($0, "'is'") }
    pattern.contains = fields["contains"].map { texts($0, "'contains'") } ?? []
    pattern.lacks = fields["lacks"].map { texts($0, "'lacks'") } ?? []
    pattern.startsWith = fields["starts_with"].flatMap { log.text($0, "'starts_with'") }
    pattern.matches = fields["matches"].flatMap { log.text($0, "'matches'") }
    return pattern
  }

  private mutating func texts(_ node: YAMLNode, _ what: String) -> [String] {
    guard case .list(let nodes) = node.content else { return label(node, what).map { [$0] } ?? [] }
    return nodes.compactMap { label($0, what) }
  }

  /// A step that is not there would never be met: an expectation of its silence would always hold.
  private mutating func step(_ node: YAMLNode) -> String? {
    guard let id = log.text(node, "a step") else { return nil }
    guard let known = surroundings.steps, !known.contains(id) else { return id }
    log.add(
      .unknownCaseStep, node.span, "the flow has no step '\(id)'",
      hint: Suggestion.hint(for: id, among: known)
        ?? "there is: \(known.filter { !$0.contains("[") }.sorted().joined(separator: ", "))")
    return nil
  }
}
