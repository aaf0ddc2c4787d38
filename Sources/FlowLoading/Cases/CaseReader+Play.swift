//! The verbs of `play`: what happens to the flow.
internal import FlowModel
internal import SwitchboardSDK

extension CaseReader {
  private static let verbs = [
    "in", "advance", "clock", "crash", "restart", "fault", "replay", "publish", "set", "expect",
  ]

  mutating func playStep(_ node: YAMLNode) -> PlayStep? {
    guard case .map(let entries) = node.content else {
      log.wrongType(node, "a step of 'play'", "a mapping with one verb")
      return nil
    }
    guard let entry = entries.first else {
      log.add(.emptyValue, node.span, "a step of 'play' is empty")
      return nil
    }
    if entries.count > 1 {
      log.add(
        .conflictingKeys, entries[1].keySpan, "a step of 'play' has one verb; this one has '\(entry.key)' already",
        hint: "begin a new line with \"- \"")
    }
    guard let body = body(entry) else { return nil }
    return PlayStep(body: body, span: entry.keySpan)
  }

  private mutating func body(_ entry: YAMLEntry) -> PlayStep.Body? {
    let node = entry.value
    switch entry.key {
    case "in": return event(node).map { .come($0) }
    case "advance": return log.duration(node, "'advance'").map { .advance(milliseconds: $0) }
    case "clock": return moment(node, "'clock'").map { .clock($0) }
    case "crash": return crash(node).map { .crash($0) }
    case "restart":
      if !node.isNull { log.add(.wrongType, node.span, "'restart' takes nothing", hint: "write 'restart:'") }
      return .restart
    case "fault": return fault(node).map { .fault($0) }
    case "replay": return log.text(node, "'replay'").map { .replay(path: $0) }
    case "publish": return log.text(node, "'publish'").map { .publish(path: $0) }
    case "set": return settings(node)
    case "expect": return .expect(expectations(node))
    default:
      log.add(
        .unknownVerb, entry.keySpan, "'play' has no verb '\(entry.key)'",
        hint: Suggestion.hint(for: entry.key, among: Self.verbs) ?? "one of: \(Self.verbs.joined(separator: ", "))")
      return nil
    }
  }

  private mutating func crash(_ node: YAMLNode) -> CrashOrder? {
    if node.isNull { return CrashOrder(point: .now) }
    if case .scalar = node.content {
      return log.choice(node, "'crash'", CrashOrder.Point.self).map { CrashOrder(point: $0) }
    }
    guard let fields = log.fields(node, "'crash'", known: ["at", "connection", "number"], required: ["at"]),
      let at = fields["at"], let point = log.choice(at, "'at'", CrashOrder.Point.self)
    else { return nil }
    var order = CrashOrder(point: point)
    order.connection = fields["connection"].flatMap { connectionName($0) }
    if let node = fields["number"], let number = log.int(node, "'number'", minimum: 1, maximum: 1_000_000) {
      order.number = Int(number)
    }
    return order
  }

  private mutating func settings(_ node: YAMLNode) -> PlayStep.Body? {
    guard case .map(let entries) = node.content else {
      log.wrongType(node, "'set'", "a mapping")
      return nil
    }
    var values: [String: Value] = [:]
    for entry in entries {
      let path = entry.key.split(separator: ".", omittingEmptySubsequences: false)
      guard path.count == 2, path[0] == "project", !path[1].isEmpty else {
        log.add(
          .unknownKey, entry.keySpan, "a case can set settings of the project, not '\(entry.key)'",
          hint: "write project.NAME")
        continue
      }
      values[String(path[1])] = entry.value.value
    }
    return .set(values)
  }

  // MARK: Faults

  private mutating func fault(_ node: YAMLNode) -> CaseFault? {
    guard
      let fields = log.fields(
        node, "'fault'", known: ["connection", "reply", "retry_after", "times", "for", "action", "new_chat"],
        required: ["connection", "reply"]),
      let connection = fields["connection"].flatMap({ connectionName($0) }), let reply = fields["reply"],
      let (answered, isDone) = answer(reply)
    else { return nil }
    var error = answered
    error.retryAfterMilliseconds = fields["retry_after"].flatMap { log.duration($0, "'retry_after'") }
    error.newChat = fields["new_chat"].flatMap { label($0, "'new_chat'") }
    var fault = CaseFault(connection: connection, error: error, isDone: isDone)
    fault.action = fields["action"].flatMap { log.text($0, "'action'") }
    if let node = fields["for"] { fault.milliseconds = log.duration(node, "'for'") }
    if let node = fields["times"] {
      fault.times = log.int(node, "'times'", minimum: 1, maximum: 1_000_000).map { Int($0) }
    } else if !fields.has("for") {
      fault.times = 1
    }
    return fault
  }

  /// What connectors make of an HTTP status, or of a word.
  private mutating func answer(_ node: YAMLNode) -> (ActionError, isDone: Bool)? {
    if case .scalar(.int(let status)) = node.content {
      switch status {
      case 429: return (ActionError(.rateLimited, "429 Too Many Requests"), false)
      case 500...599: return (ActionError(.transient, "\(status) from the channel"), false)
      case 401: return (ActionError(.unauthorized, "401 Unauthorized"), false)
      case 403: return (ActionError(.recipientGone, "403 Forbidden"), false)
      case 400...499: return (ActionError(.invalid, "\(status) from the channel"), false)
      default:
        log.add(.wrongValue, node.span, "'reply' \(status) is no failure", hint: "400 to 599, or a word: timeout")
        return nil
      }
    }
    guard let word = log.text(node, "'reply'") else { return nil }
    switch word {
    case "timeout": return (ActionError(.unknown, "no answer"), false)
    case "timeout_after": return (ActionError(.unknown, "no answer, though it was done"), true)
    case "transient": return (ActionError(.transient, "the channel is away"), false)
    case "rate_limited": return (ActionError(.rateLimited, "429 Too Many Requests"), false)
    case "thread_gone": return (ActionError(.threadGone, "the thread is gone"), false)
    case "recipient_gone": return (ActionError(.recipientGone, "the recipient is gone"), false)
    case "migrated": return (ActionError(.migrated, "the chat has a new id"), false)
    case "unauthorized": return (ActionError(.unauthorized, "credentials refused"), false)
    case "unsupported": return (ActionError(.unsupported, "not taken by this channel"), false)
    case "invalid": return (ActionError(.invalid, "the request is wrong"), false)
    default:
      let words = [
        "timeout", "timeout_after", "transient", "rate_limited", "thread_gone", "recipient_gone", "migrated",
        "unauthorized", "unsupported", "invalid",
      ]
      log.add(
        .wrongValue, node.span, "'reply' cannot be '\(word)'",
        hint: Suggestion.hint(for: word, among: words)
          ?? "a status such as 429, or one of: \(words.joined(separator: ", "))")
      return nil
    }
  }
}
