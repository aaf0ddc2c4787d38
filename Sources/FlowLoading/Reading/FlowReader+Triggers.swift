//! `listen:`
internal import FlowModel
internal import SwitchboardSDK

extension FlowReader {
  private static let words = [
    "connection", "events", "chats", "command", "callback", "every", "cron", "time_zone", "missed", "event",
  ]
  /// Words of which an entry has one at most; the label of an entry that stands alone.
  static let specialWords = ["command", "callback", "every", "cron", "event"]
  private static let later: Set<String> = ["webhook", "api"]

  mutating func readTriggers(_ node: YAMLNode?) -> [Trigger] {
    guard let node, let elements = log.list(node, "'listen'") else { return [] }
    if elements.isEmpty { log.add(.emptyValue, node.span, "'listen' is empty: nothing would start this flow") }
    let outer = log.trail
    defer { log.trail = outer }
    return elements.enumerated().compactMap { index, element in
      log.trail = outer + ["listen[\(index)]"]
      return trigger(element)
    }
  }

  /// `- customer: { connection: … }`, or bare `- command: /code` whose label is the word itself.
  private mutating func trigger(_ node: YAMLNode) -> Trigger? {
    guard case .map(let entries) = node.content, let first = entries.first else {
      log.wrongType(node, "an entry of 'listen'", "a mapping")
      return nil
    }
    if let entry = entries.first(where: { Self.later.contains($0.key) }), entries.count == 1 {
      log.add(.notYet, entry.keySpan, "the trigger '\(entry.key)' is not part of this version")
      return nil
    }
    if Self.words.contains(first.key) {
      let label = entries.first { Self.specialWords.contains($0.key) }?.key ?? "message"
      return source(node, label: label, at: first.keySpan)
    }
    guard entries.count == 1 else {
      log.add(
        .unknownTrigger, first.keySpan,
        "an entry of 'listen' has one name, or one of \(Self.words.joined(separator: ", "))",
        hint: Suggestion.hint(for: first.key, among: Self.words))
      return nil
    }
    guard log.isName(first.key, first.keySpan, "the name") else { return nil }
    guard case .map = first.value.content else {
      log.add(
        .unknownTrigger, first.keySpan, "'\(first.key)' starts no flow",
        hint: Suggestion.hint(for: first.key, among: Self.words) ?? "write '\(first.key): { connection: … }'")
      return nil
    }
    return source(first.value, label: first.key, at: first.keySpan)
  }

  private mutating func source(_ node: YAMLNode, label: String, at span: SourceSpan) -> Trigger? {
    guard let fields = log.fields(node, "'\(label)'", known: Self.words) else { return nil }
    let connection = fields["connection"].flatMap { connectionName($0) }
    let kinds = fields["events"].map { eventKinds($0) } ?? []
    let chats = fields["chats"].flatMap { node -> Chat.Kind? in
      log.choice(node, "'chats'", ChatChoice.self).flatMap { Chat.Kind(rawValue: $0.rawValue) }
    }
    let special = Self.specialWords.filter { fields.has($0) }
    if let second = special.dropFirst().first {
      log.add(.conflictingKeys, fields.keySpan(second), "'\(second)' and '\(special[0])' exclude each other")
    }
    if let word = special.first, let other = ["events", "chats"].first(where: { fields.has($0) }) {
      log.add(.conflictingKeys, fields.keySpan(other), "'\(other)' says nothing beside '\(word)'")
    }
    for word in ["time_zone", "missed"] where fields.has(word) && !fields.has("cron") {
      log.add(.conflictingKeys, fields.keySpan(word), "'\(word)' belongs to 'cron'")
    }
    let place = SourcePlace(file: log.file, line: span.line, column: span.column)
    func trigger(_ source: Trigger.Source) -> Trigger { Trigger(label: label, source: source, place: place) }
    switch special.first {
    case "command":
      guard let node = fields["command"], let name = command(node) else { return nil }
      return trigger(.command(connection: connection, name: name))
    case "callback":
      guard let node = fields["callback"], let pattern = callbackPattern(node) else { return nil }
      return trigger(.callback(connection: connection, pattern: pattern))
    case "every":
      if fields.has("connection") {
        log.add(.conflictingKeys, fields.keySpan("connection"), "a schedule belongs to no connection")
      }
      guard let node = fields["every"], let milliseconds = log.duration(node, "'every'"),
        log.within(milliseconds, node, "'every'", minimum: 1_000, maximum: nil, unit: " ms")
      else { return nil }
      return trigger(.every(milliseconds: milliseconds))
    case "cron": return cron(fields).map(trigger)
    case "event":
      if fields.has("connection") {
        log.add(
          .conflictingKeys, fields.keySpan("connection"), "the connection stands under 'event'",
          hint: "write 'event: { connection: NAME, topic: NAME }'")
      }
      return fields["event"].flatMap { topic($0) }.map { trigger(.topic(connection: $0.connection, name: $0.name)) }
    default:
      guard let connection else {
        if !fields.has("connection") {
          log.add(
            .missingKey, SourceSpan(line: node.span.line, column: node.span.column), "'\(label)' needs 'connection'")
        }
        return nil
      }
      return trigger(.events(connection: connection, kinds: kinds.isEmpty ? [.message] : kinds, chats: chats))
    }
  }

  private enum ChatChoice: String, CaseIterable { case `private`, group, channel }

  mutating func connectionName(_ node: YAMLNode) -> String? {
    guard let name = log.text(node, "the connection") else { return nil }
    if catalogue.connections[name] != nil { return name }
    let known = catalogue.connections.keys
    let hint = Suggestion.hint(for: name, among: known) ?? "the project has: \(known.sorted().joined(separator: ", "))"
    log.add(
      .unknownConnection, node.span, "project '\(catalogue.project)' has no connection '\(name)'",
      hint: known.isEmpty ? nil : hint)
    return nil
  }

  mutating func eventKinds(_ node: YAMLNode) -> [Event.Kind] {
    guard let elements = log.list(node, "'events'") else { return [] }
    return elements.compactMap { log.choice($0, "an event", Event.Kind.self) }
  }

  private mutating func command(_ node: YAMLNode) -> String? {
    guard let text = log.text(node, "'command'") else { return nil }
    let name = text.hasPrefix("/") ? String(text.dropFirst()) : text
    // Telegram Bot API, BotCommand: 1–32 characters of lower-case English letters, digits and underscores.
    let isFit = name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    if isFit, (1...32).contains(name.utf8.count) { return name }
    log.add(
      .wrongValue, node.span, "'\(text)' is no command",
      hint: "write /name: small Latin letters, digits, '_', at most 32")
    return nil
  }

  private mutating func callbackPattern(_ node: YAMLNode) -> CallbackPattern? {
    guard let text = log.text(node, "'callback'") else { return nil }
    do throws(ExpressionError) {
      let (template, holes) = try TemplateParser.parse(text)
      if let long = holes.first(where: { $0.path.count != 1 }) {
        throw ExpressionError(long.range, "a hole of a callback takes one name: it becomes callback.<name>")
      }
      return CallbackPattern(
        parts: template.parts.map { part in
          switch part {
          case .literal(let literal): .literal(literal)
          case .hole(let path): .hole(path.first ?? "")
          }
        })
    } catch {
      addExpression(error, .templateSyntax, node)
      return nil
    }
  }
}
