//! What meets time and events: `cron` and `event` under `listen`, and the steps `wait` and `emit`.
internal import FlowModel
internal import SwitchboardSDK

extension FlowReader {
  // MARK: Triggers

  mutating func cron(_ fields: Fields) -> Trigger.Source? {
    if fields.has("connection") {
      log.add(.conflictingKeys, fields.keySpan("connection"), "a schedule belongs to no connection")
    }
    var zone: String?
    if let node = fields["time_zone"], let name = log.text(node, "'time_zone'") {
      zone = name
      if !catalogue.isTimeZone(name) {
        log.add(.unknownTimeZone, node.span, "there is no time zone '\(name)'", hint: "for instance Europe/Moscow")
      }
    }
    let missed = fields["missed"].flatMap { log.choice($0, "'missed'", Trigger.MissedPolicy.self) } ?? .runOnce
    guard let node = fields["cron"], let text = log.text(node, "'cron'") else { return nil }
    do throws(ExpressionError) { return .cron(try CronParser.parse(text), zone: zone, missed: missed) } catch {
      addExpression(error, .cronSyntax, node)
      return nil
    }
  }

  /// `NAME`, `{ topic: NAME }` or `{ connection: NAME, topic: NAME }`.
  mutating func topic(_ node: YAMLNode) -> (connection: String?, name: String)? {
    guard case .map = node.content else { return log.name(node, "the topic").map { (nil, $0) } }
    guard let fields = log.fields(node, "'event'", known: ["connection", "topic"], required: ["topic"]) else {
      return nil
    }
    guard fields.has("connection") else {
      return fields["topic"].flatMap { log.name($0, "the topic") }.map { (nil, $0) }
    }
    // A broker's topics have names of their own: `orders.paid`, `shop/1/state`.
    let connection = fields["connection"].flatMap { connectionName($0) }
    guard let name = fields["topic"].flatMap({ log.text($0, "'topic'") }), let connection else { return nil }
    return (connection, name)
  }

  // MARK: Steps

  /// `5m`, `{ until: … }` or `{ event: …, where: …, timeout: … }`.
  mutating func wait(_ node: YAMLNode) -> StepBody? {
    guard case .map = node.content else {
      guard let duration = durationSource(node, "'wait'"), isWaitable(duration, node, "'wait'") else { return nil }
      return .wait(.duration(duration))
    }
    guard let fields = log.fields(node, "'wait'", known: ["until", "event", "where", "timeout"]) else { return nil }
    if fields.has("until") {
      for key in ["event", "where", "timeout"] where fields.has(key) {
        log.add(.conflictingKeys, fields.keySpan(key), "'until' waits for a time: '\(key)' says nothing beside it")
      }
      return fields["until"].flatMap { until($0) }
    }
    guard fields.has("event") else {
      log.add(
        .missingKey, SourceSpan(line: node.span.line, column: node.span.column), "'wait' needs 'until' or 'event'",
        hint: "a duration stands alone: wait: 5m")
      return nil
    }
    if !fields.has("timeout") {
      log.add(
        .missingKey, fields.keySpan("event"), "a wait for an event needs 'timeout'",
        hint: "what never comes is waited for until then: timeout: 1h")
    }
    let source = fields["event"].flatMap { awaited($0) }
    let condition = fields["where"].flatMap { self.condition($0, "'where'") }
    guard let timeout = fields["timeout"], let duration = durationSource(timeout, "'timeout'"),
      isWaitable(duration, timeout, "'timeout'"), let source
    else { return nil }
    return .wait(.event(AwaitedEvent(source: source, condition: condition, timeout: duration)))
  }

  private mutating func isWaitable(_ duration: DurationSource, _ node: YAMLNode, _ what: String) -> Bool {
    guard case .milliseconds(let milliseconds) = duration else { return true }
    guard milliseconds <= Limits.waitMillisecondsMax else {
      log.add(.outOfBounds, node.span, "\(what) must be at most \(Limits.waitMillisecondsMax / 86_400_000) days")
      return false
    }
    return true
  }

  private mutating func until(_ node: YAMLNode) -> StepBody? {
    guard let text = textSource(node, "'until'") else { return nil }
    if case .template(let template) = text, case .literal(let written)? = template.parts.first,
      template.parts.count == 1,
      CivilTime.moment(written: written, after: Timestamp(milliseconds: 0), { _ in 0 }) == nil
    {
      log.add(
        .wrongValue, node.span, "'until' cannot be '\(written)'",
        hint: "a time of the day \"09:00\", a date \"2026-03-02\", or both \"2026-03-02T09:00\" (with +03:00 or Z)")
      return nil
    }
    return .wait(.until(text))
  }

  private enum Where: String, CaseIterable { case conversation, anywhere }

  /// `NAME` for what a flow emits, or a connection's events.
  private mutating func awaited(_ node: YAMLNode) -> AwaitedEvent.Source? {
    guard case .map = node.content else { return log.name(node, "the topic").map(AwaitedEvent.Source.topic) }
    guard
      let fields = log.fields(node, "'event'", known: ["connection", "events", "topic", "in"], required: [])
    else { return nil }
    let topic = fields["topic"].flatMap { log.text($0, "'topic'") }
    guard fields.has("connection") else {
      for key in ["events", "in"] where fields.has(key) {
        log.add(.conflictingKeys, fields.keySpan(key), "'\(key)' belongs to events of a connection")
      }
      if !fields.has("topic") {
        log.add(
          .missingKey, SourceSpan(line: node.span.line, column: node.span.column),
          "'event' needs 'topic' or 'connection'")
      }
      return fields["topic"].flatMap { log.name($0, "the topic") }.map(AwaitedEvent.Source.topic)
    }
    if topic != nil, fields.has("events") {
      log.add(.conflictingKeys, fields.keySpan("events"), "'events' and 'topic' exclude each other")
    }
    let kinds = fields["events"].map { eventKinds($0) } ?? []
    let place = fields["in"].flatMap { log.choice($0, "'in'", Where.self) }
    guard let connection = fields["connection"].flatMap({ connectionName($0) }) else { return nil }
    // A broker's events belong to no conversation of a customer.
    let isAnywhere = place.map { $0 == .anywhere } ?? (topic != nil)
    return .connection(connection, kinds: kinds, topic: topic, isAnywhere: isAnywhere)
  }

  mutating func emit(_ node: YAMLNode, _ fields: Fields) -> StepBody? {
    guard let topic = log.name(node, "the topic") else { return nil }
    var data: [String: Expression] = [:]
    if let node = fields["data"] {
      guard case .map(let entries) = node.content else {
        log.wrongType(node, "'data'", "a mapping such as { order: vars.order }")
        return nil
      }
      for entry in entries { data[entry.key] = computed(entry.value, "'\(entry.key)'") }
    }
    return .emit(Emit(topic: topic, data: data))
  }
}
