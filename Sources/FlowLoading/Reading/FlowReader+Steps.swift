//! `steps:` and what every step shares: word, id, condition, policy.
internal import FlowModel
internal import SwitchboardSDK

extension FlowReader {
  static let stepWords = [
    "filter", "rule", "route", "relay", "reply", "send", "auto_reply", "set", "wait", "emit", "call", "state",
    "each", "parallel", "try", "flow", "drop", "stop", "fail",
  ]
  private static let laterWords: Set<String> = [
    "http",
  ]
  /// They are tried again only where that is written: what they hold would be done twice.
  private static let blockWords: Set<String> = ["filter", "route", "each", "parallel", "try", "flow"]
  private static let shared = ["id", "if", "on_error", "timeout"]

  /// `path` is that of the list's owner: `["way", "else"]`; unnamed steps are called after it.
  mutating func readSteps(_ node: YAMLNode, _ what: String, path: [String], listName: String) -> [Step] {
    guard let elements = log.list(node, what) else { return [] }
    let outer = log.trail
    defer { log.trail = outer }
    return elements.enumerated().compactMap { index, element in
      let segment = "\(listName)[\(index)]"
      log.trail = outer + [segment]
      return step(element, path: path + [segment], outer: outer)
    }
  }

  private mutating func step(_ node: YAMLNode, path: [String], outer: [String]) -> Step? {
    // `- stop` and `- drop` need no value.
    if case .scalar(.text(let word)) = node.content, ["stop", "drop"].contains(word) {
      let id = path.joined(separator: ".")
      stepSpans[id] = node.span
      return Step(
        id: id, isNamed: false, place: place(node.span), body: word == "stop" ? .stop : .drop(reason: id))
    }
    guard case .map(let entries) = node.content else {
      log.wrongType(node, "a step", "a mapping such as { reply: \"…\" }")
      return nil
    }
    var identity = path
    let idNode = entries.first { $0.key == "id" }?.value
    if let idNode, let name = stepName(idNode) {
      identity = [name]
      log.trail = outer + [name]
    }
    guard let word = stepWord(entries, node) else { return nil }
    let known = [word.key] + Self.shared + (Self.companions[word.key] ?? [])
    guard let fields = log.fields(node, "the step", known: known, mayBeEmpty: ["stop", "drop"]) else { return nil }
    let id = identity.joined(separator: ".")
    stepSpans[id] = word.keySpan
    let condition = fields["if"].flatMap { self.condition($0, "'if'") }
    let onError = fields["on_error"].flatMap { self.errorPolicy($0, ofBlock: Self.blockWords.contains(word.key)) }
    let timeout = fields["timeout"].flatMap { log.duration($0, "'timeout'") }
    guard let body = self.body(word, fields, id: id, path: identity) else { return nil }
    return Step(
      id: id, isNamed: idNode != nil, place: place(word.keySpan), condition: condition, onError: onError,
      timeoutMilliseconds: timeout, body: body)
  }

  func place(_ span: SourceSpan) -> SourcePlace {
    SourcePlace(file: log.file, line: span.line, column: span.column)
  }

  private mutating func stepName(_ node: YAMLNode) -> String? {
    guard let name = log.name(node, "'id'") else { return nil }
    if ScopeShape.reserved.contains(name) {
      log.add(.badName, node.span, "'\(name)' already means something in expressions", hint: "choose another id")
      return nil
    }
    if let first = stepIDs[name] {
      log.add(.duplicateName, node.span, "the id '\(name)' is given twice (first at \(first.line):\(first.column))")
      return nil
    }
    stepIDs[name] = node.span
    return name
  }

  private mutating func stepWord(_ entries: [YAMLEntry], _ node: YAMLNode) -> YAMLEntry? {
    let words = entries.filter { Self.stepWords.contains($0.key) }
    if let second = words.dropFirst().first {
      log.add(
        .conflictingKeys, second.keySpan, "a step does one thing: '\(words[0].key)' or '\(second.key)'",
        hint: "put \"- \" before \"\(second.key)\"")
      return nil
    }
    if let word = words.first { return word }
    if let later = entries.first(where: { Self.laterWords.contains($0.key) }) {
      log.add(.notYet, later.keySpan, "the step '\(later.key)' is not part of this version")
      return nil
    }
    if let handler = entries.first(where: { $0.key == "catch" }) {
      log.add(.unknownStep, handler.keySpan, "'catch' stands beside 'try'", hint: "put both into one step")
      return nil
    }
    if let branch = entries.first(where: { $0.key == "when" || $0.key == "do" || $0.key == "else" }) {
      log.add(.unknownStep, branch.keySpan, "'\(branch.key)' stands under 'route' only")
      return nil
    }
    if let unknown = entries.first(where: { !Self.shared.contains($0.key) && $0.key != "else" }) {
      log.add(
        .unknownStep, unknown.keySpan, "unknown step '\(unknown.key)'",
        hint: Suggestion.hint(for: unknown.key, among: Self.stepWords)
          ?? "known are: \(Self.stepWords.joined(separator: ", "))")
      return nil
    }
    log.add(
      .missingKey, SourceSpan(line: node.span.line, column: node.span.column), "this step does nothing",
      hint: "it needs one of: \(Self.stepWords.joined(separator: ", "))")
    return nil
  }

  private mutating func body(_ word: YAMLEntry, _ fields: Fields, id: String, path: [String]) -> StepBody? {
    switch word.key {
    case "stop":
      if !word.value.isNull, word.value.content != .scalar(.bool(true)) {
        log.add(.wrongType, word.value.span, "'stop' takes no value")
      }
      return .stop
    case "drop": return .drop(reason: word.value.isNull ? id : log.text(word.value, "'drop'") ?? id)
    case _ where word.value.isNull: return nil  // reported as empty
    case "filter": return filter(word.value, fields, id: id, path: path)
    case "rule": return rule(word.value)
    case "route": return route(word.value, word.keySpan, path: path)
    case "relay": return relay(word.value, id: id)
    case "reply": return outgoing(word.value, "'reply'", id: id).map(StepBody.reply)
    case "send": return send(word.value, id: id)
    case "auto_reply": return autoReply(word.value, id: id)
    case "set": return assignments(word.value).map(StepBody.set)
    case "call": return call(word.value)
    case "wait": return wait(word.value)
    case "emit": return emit(word.value, fields)
    case "state": return stateAccess(word.value)
    case "fail": return fail(word.value, id: id)
    case "try": return attempt(word.value, fields, path: path)
    case "each": return each(word.value, fields, path: path)
    case "parallel": return parallel(word.value, path: path)
    case "flow": return flowCall(word.value, fields)
    default: return nil
    }
  }

  // MARK: filter, rule, route

  private mutating func filter(_ node: YAMLNode, _ fields: Fields, id: String, path: [String]) -> StepBody? {
    let expression = condition(node, "'filter'")
    guard let otherwise = fields["else"] else {
      if !fields.has("else") {
        log.add(
          .missingKey, fields.keySpan("filter"), "a filter says what happens to the rest",
          hint: "add 'else: drop', 'else: stop' or 'else:' with steps")
      }
      return nil
    }
    var rest: FilterElse?
    switch otherwise.content {
    case .scalar(.text("drop")): rest = .drop(reason: id)
    case .scalar(.text("stop")): rest = .stop
    case .list:
      log.trail.append("else")
      rest = .steps(readSteps(otherwise, "'else'", path: path, listName: "else"))
      log.trail.removeLast()
    case .map(let entries) where entries.map(\.key) == ["drop"]:
      rest = .drop(reason: log.text(entries[0].value, "'drop'") ?? id)
    case .map(let entries):
      let hint = entries.first.map { "put \"- \" before \"\($0.key)\"" }
      log.add(.wrongType, otherwise.span, "'else' must be drop, stop, { drop: reason } or a list of steps", hint: hint)
    case .scalar:
      log.add(
        .wrongValue, otherwise.span, "'else' must be drop, stop, { drop: reason } or a list of steps",
        hint: Suggestion.hint(for: otherwise.text, among: ["drop", "stop"]))
    }
    guard let expression, let rest else { return nil }
    return .filter(expression, otherwise: rest)
  }

  private mutating func rule(_ node: YAMLNode) -> StepBody? {
    guard let name = log.text(node, "'rule'") else { return nil }
    if catalogue.rules.contains(name) { return .rule(name: name) }
    let hint = Suggestion.hint(for: name, among: catalogue.rules) ?? "expected \(name).lua in the rules' folder"
    log.add(.unknownRule, node.span, "project '\(catalogue.project)' has no rule '\(name)'", hint: hint)
    return nil
  }

  private mutating func route(_ node: YAMLNode, _ span: SourceSpan, path: [String]) -> StepBody? {
    guard let elements = log.list(node, "'route'") else { return nil }
    var branches: [Branch] = []
    var hasElse = false
    var whens = 0
    let outer = log.trail
    for element in elements {
      log.trail = outer
      if hasElse {
        log.add(
          .unreachableStep, SourceSpan(line: element.span.line, column: element.span.column),
          "nothing comes here: 'else' above takes the rest",
          hint: "put 'else' last")
      }
      guard let fields = log.fields(element, "a branch", known: ["when", "else", "do"], mayBeEmpty: ["else"]) else {
        continue
      }
      let isElse = fields.has("else")
      if isElse, fields.has("when") {
        log.add(.conflictingKeys, fields.keySpan("else"), "a branch has 'when' or 'else', not both")
      } else if !isElse, !fields.has("when") {
        log.add(
          .missingKey, SourceSpan(line: element.span.line, column: element.span.column),
          "a branch needs 'when' or 'else'")
      }
      let segment = isElse ? "else" : "when[\(whens)]"
      if !isElse { whens += 1 }
      hasElse = hasElse || isElse
      let when = isElse ? nil : fields["when"].flatMap { condition($0, "'when'") }
      log.trail.append(segment)
      let list = fields["do"] ?? (isElse ? fields["else"] : nil)
      if list == nil, !fields.has("do") {
        log.add(
          .missingKey, SourceSpan(line: element.span.line, column: element.span.column),
          "a branch needs 'do' with its steps")
      }
      let steps = list.map { readSteps($0, "'do'", path: path + [segment], listName: "do") } ?? []
      guard isElse || when != nil else { continue }
      branches.append(Branch(when: when, steps: steps))
    }
    log.trail = outer
    if !hasElse {
      log.add(
        .routeWithoutElse, span, "a route without 'else' would lose what fits no branch",
        hint: "add '- else:' with 'do: [ … ]', for example 'do: [ stop ]'")
    }
    return .route(branches)
  }
}
