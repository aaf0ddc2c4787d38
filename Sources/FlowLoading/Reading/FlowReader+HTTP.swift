//! The `http` step.
internal import FlowModel
internal import SwitchboardSDK

extension FlowReader {
  /// They frame the message: the transport alone knows what they must say.
  private static let framing: Set<String> = [
    "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te", "trailer", "host",
  ]

  /// `http: URL`, or a mapping.
  mutating func http(_ node: YAMLNode) -> StepBody? {
    guard case .map = node.content else {
      return url(node).map { .http(HTTPCall(method: "GET", url: $0, unknownPolicy: .resend)) }
    }
    guard let fields = log.fields(node, "'http'", FlowKeys.http) else { return nil }
    let hasBody = fields.has("json") || fields.has("text")
    let method = fields["method"].flatMap { self.method($0) } ?? (hasBody ? "POST" : "GET")
    for key in ["json", "text"] where fields.has(key) && (method == "GET" || method == "HEAD") {
      log.add(.conflictingKeys, fields.keySpan(key), "\(method) has no body", hint: "write 'method: POST'")
    }
    if fields.has("json"), fields.has("text") {
      log.add(.conflictingKeys, fields.keySpan("text"), "'json' and 'text' exclude each other")
    }
    let url = fields["url"].flatMap { self.url($0) }
    let query = fields["query"].map { texts($0, "'query'") } ?? [:]
    let headers = fields["headers"].map { self.headers($0) } ?? [:]
    var body: HTTPCall.Body?
    if let node = fields["json"] { body = json(node, "'json'").map(HTTPCall.Body.json) }
    if let node = fields["text"] { body = textSource(node, "'text'").map(HTTPCall.Body.text) }
    let expected = fields["expect"].map { statuses($0) } ?? [200...299]
    let usual: ConnectionFacts.UnknownPolicy = HTTPCall.isIdempotent(method) ? .resend : .hold
    let unknown = fields["unknown"].flatMap { log.choice($0, "'unknown'", ConnectionFacts.UnknownPolicy.self) } ?? usual
    return url.map {
      .http(
        HTTPCall(
          method: method, url: $0, query: query, headers: headers, body: body, expected: expected,
          unknownPolicy: unknown))
    }
  }

  private mutating func method(_ node: YAMLNode) -> String? {
    guard let text = log.text(node, "'method'") else { return nil }
    if HTTPCall.methods.contains(text) { return text }
    let hint = Suggestion.hint(for: text.uppercased(), among: HTTPCall.methods)
    log.add(
      .wrongValue, node.span, "'method' cannot be '\(text)'",
      hint: hint ?? "one of: \(HTTPCall.methods.joined(separator: ", "))")
    return nil
  }

  private mutating func url(_ node: YAMLNode) -> TextSource? {
    guard let source = textSource(node, "'url'") else { return nil }
    guard case .template(let template) = source, case .literal(let start)? = template.parts.first,
      !start.hasPrefix("http://"), !start.hasPrefix("https://")
    else { return source }
    log.add(.wrongValue, node.span, "'url' must be a whole address", hint: "https://example.com/path")
    return nil
  }

  private mutating func texts(_ node: YAMLNode, _ what: String) -> [String: TextSource] {
    guard case .map(let entries) = node.content else {
      log.wrongType(node, what, "a mapping")
      return [:]
    }
    var texts: [String: TextSource] = [:]
    for entry in entries { texts[entry.key] = textSource(entry.value, "'\(entry.key)'") }
    return texts
  }

  private mutating func headers(_ node: YAMLNode) -> [String: TextSource] {
    if case .map(let entries) = node.content {
      for entry in entries {
        let isToken = entry.key.utf8.allSatisfy { byte in
          (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
        }
        if !isToken || entry.key.isEmpty {
          log.add(.badName, entry.keySpan, "'\(entry.key)' is no name of a header", hint: "for instance X-Source")
        } else if Self.framing.contains(entry.key.lowercased()) {
          log.add(.wrongValue, entry.keySpan, "the header '\(entry.key)' is set by the program")
        }
      }
    }
    return texts(node, "'headers'")
  }

  private mutating func json(_ node: YAMLNode, _ what: String) -> JSONTemplate? {
    switch node.content {
    case .scalar: return computed(node, what).map(JSONTemplate.value)
    case .list(let elements):
      let parts = elements.compactMap { json($0, what) }
      return parts.count == elements.count ? .list(parts) : nil
    case .map(let entries):
      var members: [String: JSONTemplate] = [:]
      for entry in entries { members[entry.key] = json(entry.value, "'\(entry.key)'") }
      return members.count == entries.count ? .map(members) : nil
    }
  }

  /// `200`, `2xx`, or a list of them.
  private mutating func statuses(_ node: YAMLNode) -> [ClosedRange<Int>] {
    if case .list(let elements) = node.content { return elements.flatMap { statuses($0) } }
    if case .scalar(.int(let number)) = node.content, (100...599).contains(number), let status = Int(exactly: number) {
      return [status...status]
    }
    if case .scalar(.text(let text)) = node.content, text.utf8.count == 3, text.hasSuffix("xx"),
      let first = text.utf8.first, (UInt8(ascii: "1")...UInt8(ascii: "5")).contains(first)
    {
      let start = Int(first - UInt8(ascii: "0")) * 100
      return [start...start + 99]
    }
    log.add(.wrongValue, node.span, "'expect' is a status or a class of them", hint: "200, 2xx or [200, 404]")
    return []
  }
}
