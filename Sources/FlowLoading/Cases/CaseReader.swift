//! Reads the tree of a file of cases: its head, and each case. Verbs of `play` and `expect` have files of their own.
internal import FlowModel
internal import SwitchboardSDK

struct CaseReader {
  var log: DiagnosticLog
  var surroundings = CaseSurroundings()
  /// Chats that write in the case under way, with their connections.
  var writers: [String: Set<String>] = [:]
  /// A recording may bring chats that the file does not name.
  var hasRecording = false

  init(log: DiagnosticLog) { self.log = log }

  private static let keys = [
    "switchboard", "flow", "rule", "project", "description", "connections", "rules", "time_zone", "settings", "chats",
    "pace", "cases",
  ]

  mutating func file(_ root: YAMLNode, surroundings: (CaseFile) -> CaseSurroundings) -> CaseFile? {
    guard
      let fields = log.fields(
        root, "the file of cases", known: Self.keys, required: ["cases"], mayBeEmpty: ["settings", "chats"]),
      let (subject, span) = subject(fields)
    else { return nil }
    var file = CaseFile(file: log.file, subject: subject, subjectSpan: span)
    readHead(fields, into: &file)
    file.source = log.source
    self.surroundings = surroundings(file)
    checkSubject(file)
    guard let nodes = fields["cases"].flatMap({ log.list($0, "'cases'") }) else { return nil }
    var names: [String: SourceSpan] = [:]
    for (index, node) in nodes.enumerated() {
      log.trail = ["cases[\(index)]"]
      guard let one = testCase(node, of: file) else { continue }
      if let first = names[one.name] {
        log.add(
          .duplicateName, one.span, "a case of this name stands in line \(first.line) already: '\(one.name)'")
      }
      names[one.name] = one.span
      file.cases.append(one)
    }
    log.trail = []
    return file
  }

  // MARK: Head

  private mutating func subject(_ fields: Fields) -> (CaseFile.Subject, SourceSpan)? {
    if let node = fields["flow"] {
      if fields.has("rule") {
        log.add(.conflictingKeys, fields.keySpan("rule"), "cases are of a 'flow' or of a 'rule', not of both")
      }
      return log.text(node, "'flow'").map { (.flow($0), node.span) }
    }
    if let node = fields["rule"] { return log.text(node, "'rule'").map { (.rule($0), node.span) } }
    if !fields.has("flow"), !fields.has("rule") {
      log.add(
        .missingKey, SourceSpan(line: fields.span.line, column: fields.span.column),
        "the file of cases needs 'flow' or 'rule'", hint: "say what is tested: flow: NAME")
    }
    return nil
  }

  private mutating func checkSubject(_ file: CaseFile) {
    let (what, known): (String, Set<String>?) =
      switch file.subject {
      case .flow: ("flow", surroundings.flows)
      case .rule: ("rule", surroundings.rules)
      }
    guard let known, !known.contains(file.subject.name) else { return }
    log.add(
      .unknownSubject, file.subjectSpan, "there is no \(what) '\(file.subject.name)' beside these cases",
      hint: Suggestion.hint(for: file.subject.name, among: known)
        ?? (known.isEmpty ? nil : "there is: \(known.sorted().joined(separator: ", "))"))
  }

  private mutating func readHead(_ fields: Fields, into file: inout CaseFile) {
    if let node = fields["switchboard"], node.content != .scalar(.int(1)) {
      log.add(.version, node.span, "this program knows version 1 of the language", hint: "write 'switchboard: 1'")
    }
    file.project = fields["project"].flatMap { log.text($0, "'project'") }
    if let node = fields["description"] { _ = log.text(node, "'description'") }
    file.rulesFolder = fields["rules"].flatMap { log.text($0, "'rules'") }
    file.timeZone = fields["time_zone"].flatMap { log.text($0, "'time_zone'") }
    file.timeZoneSpan = fields["time_zone"]?.span
    file.isPaced = fields["pace"].flatMap { log.bool($0, "'pace'") } ?? false
    if let node = fields["settings"] { file.settings = mapping(node, "'settings'") }
    if let node = fields["connections"] { file.connections = connections(node) }
    guard let node = fields["chats"] else { return }
    guard case .map(let entries) = node.content else { return log.wrongType(node, "'chats'", "a mapping") }
    for entry in entries {
      for chat in log.list(entry.value, "'\(entry.key)'") ?? [] {
        guard let name = label(chat, "a chat") else { continue }
        file.chats.insert(CaseFile.ChatPlace(connection: entry.key, chat: name))
      }
    }
  }

  private mutating func connections(_ node: YAMLNode) -> [CaseFile.Connection] {
    guard case .map(let entries) = node.content else {
      log.wrongType(node, "'connections'", "a mapping")
      return []
    }
    return entries.compactMap { entry in
      guard log.isName(entry.key, entry.keySpan, "the connection's name") else { return nil }
      if case .scalar(.text(let plugin)) = entry.value.content {
        return CaseFile.Connection(
          name: entry.key, plugin: plugin, pluginSpan: entry.value.span, unknownPolicy: .resend)
      }
      guard
        let fields = log.fields(
          entry.value, "a connection", known: ["plugin", "group", "unknown"], required: ["plugin"]),
        let plugin = fields["plugin"], let name = log.text(plugin, "'plugin'")
      else { return nil }
      return CaseFile.Connection(
        name: entry.key, plugin: name, pluginSpan: plugin.span,
        group: fields["group"].flatMap { label($0, "'group'") },
        unknownPolicy: fields["unknown"].flatMap { log.choice($0, "'unknown'") } ?? .resend)
    }
  }

  // MARK: Cases

  private mutating func testCase(_ node: YAMLNode, of file: CaseFile) -> TestCase? {
    var known = ["name", "clock", "settings"]
    let isOfRule = if case .rule = file.subject { true } else { false }
    known += isOfRule ? ["in", "conversation", "expect"] : ["play", "expect", "snapshot"]
    guard
      let fields = log.fields(
        node, "a case", known: known, required: isOfRule ? ["name", "in", "expect"] : ["name", "play"],
        mayBeEmpty: ["settings"]),
      let nameNode = fields["name"], let name = log.text(nameNode, "'name'")
    else { return nil }
    log.trail = ["case '\(name)'"]
    var one = TestCase(name: name, span: nameNode.span)
    one.clock = fields["clock"].flatMap { moment($0, "'clock'") }
    if let node = fields["settings"] { one.settings = mapping(node, "'settings'") }
    if isOfRule {
      one.question = question(fields)
      if let node = fields["expect"] { one.expectations = decisions(node) }
    } else {
      writers = [:]
      let steps = fields["play"].flatMap { log.list($0, "'play'") } ?? []
      for step in steps { noteWriter(step) }
      for (index, step) in steps.enumerated() {
        log.trail.append("play[\(index)]")
        if let read = playStep(step) { one.play.append(read) }
        log.trail.removeLast()
      }
      if let node = fields["expect"] { one.expectations = expectations(node) }
      one.isSnapshot = fields["snapshot"].flatMap { log.bool($0, "'snapshot'") } ?? false
    }
    checkCanFail(one, fields)
    return one
  }

  private mutating func checkCanFail(_ one: TestCase, _ fields: Fields) {
    let expectsInPlay = one.play.contains {
      if case .expect = $0.body { true } else { false }
    }
    guard one.expectations.isEmpty, !expectsInPlay, !one.isSnapshot, !log.hasErrors else { return }
    log.add(
      .expectsNothing, one.span, "the case expects nothing: it could not fail",
      hint: "say under 'expect' what must come of it")
  }

  private mutating func question(_ fields: Fields) -> RuleQuestion {
    var message: [String: Value] = ["kind": "message", "from": "customer", "text": "", "id": "1", "channel": ""]
    var sender: [String: Value] = ["id": "1", "name": ""]
    var chat: [String: Value] = ["id": "1", "kind": "private"]
    if let node = fields["in"],
      let given = log.fields(
        node, "'in'",
        known: ["text", "from", "sender", "chat", "chat_kind", "id", "kind", "attachments", "reply_to", "connection"])
    {
      for (key, member) in [
        ("text", "text"), ("from", "from"), ("id", "id"), ("kind", "kind"), ("reply_to", "reply_to"),
        ("connection", "channel"),
      ] {
        if let node = given[key], let text = label(node, "'\(key)'") { message[member] = .text(text) }
      }
      if let node = given["sender"], let person = person(node) {
        sender = person.value.mapValue ?? sender
      }
      if let node = given["chat"], let id = label(node, "'chat'") { chat["id"] = .text(id) }
      if let node = given["chat_kind"] {
        chat["kind"] = log.choice(node, "'chat_kind'", ChatKind.self).map { .text($0.rawValue) }
      }
      if let node = given["attachments"] {
        message["attachments"] = .list(attachments(node).map(\.value))
      }
    }
    message["sender"] = .map(sender)
    message["chat"] = .map(chat)
    message["attachments"] = message["attachments"] ?? .list([])
    var conversation: [String: Value] = ["key": "project/connection/1", "name": "", "state": .null]
    if let node = fields["conversation"],
      let given = log.fields(
        node, "'conversation'", known: ["name", "item", "state", "key"], mayBeEmpty: ["item", "state"])
    {
      for key in ["name", "key"] {
        if let node = given[key], let text = log.text(node, "'\(key)'") { conversation[key] = .text(text) }
      }
      for key in ["item", "state"] { if let node = given[key] { conversation[key] = mapping(node, "'\(key)'") } }
    }
    return RuleQuestion(message: .map(message), conversation: .map(conversation))
  }

  // MARK: Small things

  enum ChatKind: String, CaseIterable { case `private`, group, channel }

  /// A text, or a whole number as ids of chats often are.
  mutating func label(_ node: YAMLNode, _ what: String) -> String? {
    if case .scalar(.int(let number)) = node.content { return String(number) }
    return log.text(node, what)
  }

  mutating func mapping(_ node: YAMLNode, _ what: String) -> Value {
    guard case .map = node.content else {
      log.wrongType(node, what, "a mapping")
      return .null
    }
    return node.value
  }

  mutating func moment(_ node: YAMLNode, _ what: String) -> ClockText? {
    guard let text = log.text(node, what) else { return nil }
    if let moment = ClockText(text) { return moment }
    log.add(.wrongValue, node.span, "\(what) is no moment", hint: "write 2026-03-02T10:00:00+03:00")
    return nil
  }

  mutating func connectionName(_ node: YAMLNode) -> String? {
    guard let name = log.text(node, "the connection") else { return nil }
    guard let known = surroundings.connections, !known.contains(name) else { return name }
    log.add(
      .unknownConnection, node.span, "there is no connection '\(name)'",
      hint: Suggestion.hint(for: name, among: known)
        ?? (known.isEmpty ? nil : "there is: \(known.sorted().joined(separator: ", "))"))
    return nil
  }

  /// `anna`, or `{ id, name, username, is_bot }`.
  mutating func person(_ node: YAMLNode) -> Sender? {
    if case .scalar(.text(let name)) = node.content { return Sender(id: name, name: name) }
    guard let fields = log.fields(node, "the sender", known: ["id", "name", "username", "is_bot"], required: ["id"]),
      let id = fields["id"].flatMap({ label($0, "'id'") })
    else { return nil }
    return Sender(
      id: id, name: fields["name"].flatMap { log.text($0, "'name'") } ?? "",
      username: fields["username"].flatMap { log.text($0, "'username'") },
      isBot: fields["is_bot"].flatMap { log.bool($0, "'is_bot'") } ?? false)
  }

  /// A list of kinds, or of mappings with kind, label, url, name and size.
  mutating func attachments(_ node: YAMLNode) -> [Attachment] {
    let nodes: [YAMLNode]
    if case .list(let elements) = node.content { nodes = elements } else { nodes = [node] }
    return nodes.compactMap { node in
      if case .scalar = node.content {
        return log.choice(node, "an attachment", Attachment.Kind.self).map { Attachment(kind: $0, label: $0.rawValue) }
      }
      guard
        let fields = log.fields(
          node, "an attachment", known: ["kind", "label", "url", "name", "mime_type", "size", "file_id"],
          required: ["kind"]),
        let kindNode = fields["kind"], let kind = log.choice(kindNode, "'kind'", Attachment.Kind.self)
      else { return nil }
      return Attachment(
        kind: kind, label: fields["label"].flatMap { log.text($0, "'label'") } ?? kind.rawValue,
        url: fields["url"].flatMap { log.text($0, "'url'") },
        fileID: fields["file_id"].flatMap { label($0, "'file_id'") },
        fileName: fields["name"].flatMap { log.text($0, "'name'") },
        mimeType: fields["mime_type"].flatMap { log.text($0, "'mime_type'") },
        sizeBytes: fields["size"].flatMap { log.int($0, "'size'", minimum: 0) })
    }
  }
}
