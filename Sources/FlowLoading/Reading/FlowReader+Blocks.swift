//! The steps that hold others, and the one that fails: `try`, `each`, `parallel`, `flow`, `fail`.
internal import FlowModel
internal import SwitchboardSDK

extension FlowReader {
  /// Keys that belong to a step's word.
  static let companions: [String: [String]] = [
    "filter": ["else"], "try": ["catch"], "each": ["as", "do", "result"], "flow": ["with"], "emit": ["data"],
  ]

  /// Steps inside of a part of a step; names that only they know come as roots.
  private mutating func inner(
    _ node: YAMLNode, _ what: String, _ part: String, path: [String], knowing roots: [String: ScopeShape] = [:]
  ) -> [Step] {
    let outer = self.roots
    self.roots.merge(roots) { _, inner in inner }
    log.trail.append(part)
    defer {
      log.trail.removeLast()
      self.roots = outer
    }
    let steps = readSteps(node, what, path: path, listName: part)
    if case .list(let elements) = node.content, elements.isEmpty {
      log.add(.emptyValue, node.span, "\(what) has no steps")
    }
    return steps
  }

  // MARK: fail

  /// A text, or `{ code: …, text: … }`.
  mutating func fail(_ node: YAMLNode, id: String) -> StepBody? {
    guard case .map = node.content else {
      return textSource(node, "'fail'").map { .fail(Failing(code: Failing.standardCode, text: $0)) }
    }
    guard let fields = log.fields(node, "'fail'", known: ["code", "text"], required: ["text"]) else { return nil }
    let code = fields["code"].flatMap { log.name($0, "'code'") } ?? Failing.standardCode
    return fields["text"].flatMap { textSource($0, "'text'") }.map { .fail(Failing(code: code, text: $0)) }
  }

  // MARK: try

  mutating func attempt(_ node: YAMLNode, _ fields: Fields, path: [String]) -> StepBody? {
    let steps = inner(node, "'try'", "try", path: path)
    guard let handler = fields["catch"] else {
      if !fields.has("catch") {
        log.add(
          .missingKey, fields.keySpan("try"), "a 'try' says what happens after a failure",
          hint: "add 'catch:' with steps; a single step that may fail takes 'on_error: skip'")
      }
      return nil
    }
    let error: ScopeShape = .members(["code": .leaf(.text), "text": .leaf(.text), "step": .leaf(.text)])
    return .attempt(steps, handler: inner(handler, "'catch'", "catch", path: path, knowing: ["error": error]))
  }

  // MARK: each

  mutating func each(_ node: YAMLNode, _ fields: Fields, path: [String]) -> StepBody? {
    let list = listExpression(node)
    let name = fields["as"].flatMap { elementName($0) } ?? Each.standardName
    let known: [String: ScopeShape] = [
      name: .open, "each": .members(["index": .leaf(.number), "count": .leaf(.number)]),
    ]
    guard let steps = fields["do"] else {
      if !fields.has("do") {
        log.add(.missingKey, fields.keySpan("each"), "an 'each' needs 'do' with its steps")
      }
      return nil
    }
    let body = inner(steps, "'do'", "do", path: path, knowing: known)
    let outer = roots
    roots.merge(known) { _, inner in inner }
    let result = fields["result"].flatMap { computed($0, "'result'") }
    roots = outer
    return list.map { .each(Each(list: $0, name: name, steps: body, result: result)) }
  }

  private mutating func listExpression(_ node: YAMLNode) -> Expression? {
    switch node.content {
    case .list: return computed(node, "'each'")
    case .scalar(.text(let text)):
      guard let parsed = try? ExpressionParser.parse(text) else { return expression(text, node, meansText: false) }
      var checker = ExpressionChecker(roots: roots, labels: labels)
      let type = checker.check(parsed)
      if checker.problems.isEmpty, !type.fits(.list) {
        log.add(.expressionType, node.span, "'each' goes through a list, this is \(type.noun)")
        return nil
      }
      return expression(text, node, meansText: false)
    case .scalar, .map:
      log.wrongType(node, "'each'", "an expression that gives a list")
      return nil
    }
  }

  private mutating func elementName(_ node: YAMLNode) -> String? {
    guard let name = log.name(node, "'as'") else { return nil }
    if ScopeShape.reserved.contains(name) || stepIDs[name] != nil || roots[name] != nil {
      log.add(.badName, node.span, "'\(name)' already means something in expressions", hint: "choose another name")
      return nil
    }
    return name
  }

  // MARK: parallel

  mutating func parallel(_ node: YAMLNode, path: [String]) -> StepBody? {
    var branches: [ParallelBranch] = []
    switch node.content {
    case .list(let elements):
      for (index, element) in elements.enumerated() {
        let steps = inner(element, "a branch", "parallel[\(index)]", path: path)
        branches.append(ParallelBranch(name: String(index), steps: steps))
      }
    case .map(let entries):
      for entry in entries where log.isName(entry.key, entry.keySpan, "a branch") {
        let steps = inner(entry.value, "the branch '\(entry.key)'", "parallel.\(entry.key)", path: path)
        branches.append(ParallelBranch(name: entry.key, steps: steps))
      }
    case .scalar:
      log.wrongType(node, "'parallel'", "a list of lists of steps, or a mapping of named ones")
      return nil
    }
    if branches.isEmpty { log.add(.emptyValue, node.span, "'parallel' has no branches") }
    if branches.count > Limits.parallelBranchesMax {
      log.add(.outOfBounds, node.span, "at most \(Limits.parallelBranchesMax) branches, these are \(branches.count)")
    }
    return .parallel(branches)
  }

  // MARK: flow

  mutating func flowCall(_ node: YAMLNode, _ fields: Fields) -> StepBody? {
    var written: [YAMLEntry] = []
    if let with = fields["with"] {
      if case .map(let entries) = with.content {
        written = entries
      } else {
        log.wrongType(with, "'with'", "a mapping")
      }
    }
    var arguments: [String: Expression] = [:]
    for entry in written { arguments[entry.key] = computed(entry.value, "'\(entry.key)'") }
    guard let name = log.text(node, "'flow'"), let callee = callee(name, node) else { return nil }
    for entry in written where callee.vars[entry.key] == nil {
      let hint =
        Suggestion.hint(for: entry.key, among: callee.vars.keys)
        ?? "it has: \(callee.vars.keys.sorted().joined(separator: ", "))"
      log.add(
        .unknownVariable, entry.keySpan, "flow '\(name)' has no variable '\(entry.key)'",
        hint: callee.vars.isEmpty ? "declare it there under 'vars'" : hint)
    }
    let span = fields.has("with") ? fields.keySpan("with") : fields.keySpan("flow")
    for variable in callee.required.sorted() where !written.contains(where: { $0.key == variable }) {
      log.add(.missingKey, span, "flow '\(name)' needs '\(variable)'", hint: "it has no default there")
    }
    return .flow(FlowCall(name: name, arguments: arguments))
  }

  /// A flow that a step calls: loaded once, however often it is called.
  private mutating func callee(_ name: String, _ node: YAMLNode) -> Flow? {
    if let known = callees[name] { return known }
    guard callers.contains(name) == false, name != flowName else {
      let circle = (callers.drop { $0 != name } + [flowName, name]).joined(separator: " → ")
      log.add(.flowCycle, node.span, "flow '\(name)' would call itself: \(circle)")
      return nil
    }
    guard let attached = attached[name] else {
      let known = catalogue.flows.union(attached.keys).subtracting([flowName])
      let hint =
        Suggestion.hint(for: name, among: known)
        ?? (known.isEmpty ? "there is no other flow" : "there are: \(known.sorted().joined(separator: ", "))")
      log.add(.unknownFlow, node.span, "project '\(catalogue.project)' has no flow '\(name)'", hint: hint)
      return nil
    }
    guard callers.count + 1 < Limits.flowDepthMax else {
      log.add(.flowDepth, node.span, "flows call flows over \(Limits.flowDepthMax) deep")
      return nil
    }
    let loaded = FlowLoader.load(
      attached, attached: self.attached, callers: callers + [flowName], catalogue: catalogue)
    guard let flow = loaded.content else {
      let first = loaded.diagnostics.first(where: { $0.severity == .error })
      // What goes on in circles, or too deep, does so from here as well.
      let deeper = loaded.diagnostics.first { [.flowCycle, .flowDepth].contains($0.code) }
      log.add(
        deeper?.code ?? .brokenFlow, node.span,
        deeper.map { "flow '\(name)': \($0.message)" } ?? "flow '\(name)' has errors of its own",
        hint: first.map { "\($0.file):\($0.line):\($0.column): \($0.message)" })
      return nil
    }
    callees.merge(flow.callees) { known, _ in known }
    var called = flow
    called.callees = [:]
    callees[name] = called
    return called
  }
}
