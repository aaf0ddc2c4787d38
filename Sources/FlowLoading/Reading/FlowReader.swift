//! Reads a flow's tree into the flow: one pass, every problem noted on the way.
internal import FlowModel
internal import SwitchboardSDK

/// Split by what is read: triggers, steps, messages, texts and policies have files of their own.
struct FlowReader {
  var log: DiagnosticLog
  let catalogue: Catalogue
  var flowName = ""
  var vars: [String: Value] = [:]
  var varTypes: [String: ValueType] = [:]
  var roots: [String: ScopeShape] = [:]
  var labels: Set<String> = []
  var stepIDs: [String: SourceSpan] = [:]
  /// The span of each step's word, by id, for what is found out later.
  var stepSpans: [String: SourceSpan] = [:]
  /// The span of each written text that has a limit, by step id and field.
  var textSpans: [String: SourceSpan] = [:]

  init(log: DiagnosticLog, catalogue: Catalogue) {
    self.log = log
    self.catalogue = catalogue
  }

  private static let keys = [
    "switchboard", "flow", "project", "description", "vars", "listen", "lane", "dedup", "steps", "on_error", "publish",
  ]

  mutating func flow(_ root: YAMLNode, version: String) -> Flow? {
    if case .map(let entries) = root.content,
      let name = entries.first(where: { $0.key == "flow" })?.value.text, !name.isEmpty
    {
      flowName = name
      log.trail = ["flow '\(name)'"]
    }
    guard
      let fields = log.fields(
        root, "the flow file", known: Self.keys, required: ["switchboard", "flow", "listen", "steps"])
    else { return nil }
    checkHead(fields)
    readVars(fields["vars"])
    let triggers = readTriggers(fields["listen"])
    labels = Set(triggers.map(\.label))
    var results: [String: ScopeShape] = [:]
    if let steps = fields["steps"] { collectResults(steps, &results) }
    roots = ScopeShape.roots(
      settings: catalogue.settings, vars: varTypes, holes: Self.holes(of: triggers), results: results)
    let onError = fields["on_error"].flatMap { errorPolicy($0) } ?? .standard
    let lane = laneKey(fields["lane"])
    let deduplication = deduplication(fields["dedup"])
    let running = runningPolicy(fields["publish"])
    let steps = fields["steps"].map { readSteps($0, "'steps'", path: [], listName: "steps") } ?? []
    return Flow(
      name: flowName, project: catalogue.project, file: log.file, version: version, vars: vars, triggers: triggers,
      lane: lane, deduplication: deduplication, steps: steps, onError: onError, running: running)
  }

  private mutating func checkHead(_ fields: Fields) {
    if let node = fields["switchboard"], node.content != .scalar(.int(1)) {
      log.add(.version, node.span, "this program knows version 1 of the flow language", hint: "write 'switchboard: 1'")
    }
    if let node = fields["flow"] { flowName = log.name(node, "'flow'") ?? "" }
    if let node = fields["project"], let name = log.text(node, "'project'"), name != catalogue.project {
      log.add(
        .unknownProject, node.span, "this flow lies in the folder of project '\(catalogue.project)', not of '\(name)'",
        hint: "write 'project: \(catalogue.project)' or move the file")
    }
    if let node = fields["description"] { _ = log.text(node, "'description'") }
  }

  private static func holes(of triggers: [Trigger]) -> Set<String> {
    var holes: Set<String> = []
    for trigger in triggers {
      guard case .callback(_, let pattern) = trigger.source else { continue }
      for case .hole(let name) in pattern.parts { holes.insert(name) }
    }
    return holes
  }

  // MARK: Variables

  private enum VarType: String, CaseIterable { case text, number, bool, list, duration, any }

  private mutating func readVars(_ node: YAMLNode?) {
    guard let node else { return }
    guard case .map(let entries) = node.content else { return log.wrongType(node, "'vars'", "a mapping") }
    log.trail.append("vars")
    defer { log.trail.removeLast() }
    for entry in entries where log.isName(entry.key, entry.keySpan, "the variable") {
      guard case .map = entry.value.content else {
        vars[entry.key] = entry.value.value
        varTypes[entry.key] = entry.value.isNull ? .any : ValueType(of: entry.value.value)
        continue
      }
      varTypes[entry.key] = .any
      guard
        let fields = log.fields(
          entry.value, "a variable", known: ["type", "default", "description"], required: ["type"]),
        let typeNode = fields["type"], let type: VarType = log.choice(typeNode, "'type'")
      else { continue }
      varTypes[entry.key] = ValueType(rawValue: type.rawValue) ?? .number
      vars[entry.key] = fields["default"].flatMap { initial($0, type) } ?? .null
    }
  }

  private mutating func initial(_ node: YAMLNode, _ type: VarType) -> Value? {
    switch type {
    case .text: return log.text(node, "'default'").map(Value.text)
    case .bool: return log.bool(node, "'default'").map(Value.bool)
    case .duration: return log.duration(node, "'default'").map(Value.int)
    case .list: return log.list(node, "'default'").map { .list($0.map(\.value)) }
    case .any: return node.value
    case .number:
      guard node.value.doubleValue == nil else { return node.value }
      log.wrongType(node, "'default'", "a number")
      return nil
    }
  }

  /// Step ids are known everywhere in the flow, so that a branch may read what another step left.
  private func collectResults(_ node: YAMLNode, _ results: inout [String: ScopeShape]) {
    switch node.content {
    case .scalar: return
    case .list(let elements): for element in elements { collectResults(element, &results) }
    case .map(let entries):
      if let id = entries.first(where: { $0.key == "id" })?.value.text, !id.isEmpty {
        results[id] = entries.contains { $0.key == "rule" } ? .decision : .open
      }
      for entry in entries { collectResults(entry.value, &results) }
    }
  }
}
