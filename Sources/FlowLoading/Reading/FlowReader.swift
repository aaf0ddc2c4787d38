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
  /// Variables that are typed and have no value: a flow that calls this one must give them.
  var requiredVars: Set<String> = []
  /// Files of the flows that may be called, by name.
  let attached: [String: AttachedFlows.File]
  /// The flows on the way to this one, the outermost first; empty for a flow by itself.
  let callers: [String]
  /// The flows that this one calls, directly or not.
  var callees: [String: Flow] = [:]
  /// The span of each written text that has a limit, by step id and field.
  var textSpans: [String: SourceSpan] = [:]

  init(
    log: DiagnosticLog, catalogue: Catalogue, attached: [String: AttachedFlows.File] = [:], callers: [String] = []
  ) {
    self.log = log
    self.catalogue = catalogue
    self.attached = attached
    self.callers = callers
  }

  private static let keys = [
    "switchboard", "flow", "project", "description", "vars", "listen", "lane", "dedup", "steps", "on_error", "publish",
    "result",
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
        root, "the flow file", known: Self.keys, required: ["switchboard", "flow", "steps"])
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
    let result = fields["result"].flatMap { computed($0, "'result'") }
    return Flow(
      name: flowName, project: catalogue.project, file: log.file, version: version, vars: vars, triggers: triggers,
      lane: lane, deduplication: deduplication, steps: steps, onError: onError, running: running, result: result,
      callees: callees, required: triggers.isEmpty ? requiredVars : [])
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

  private static func resultShape(of entries: [YAMLEntry]) -> ScopeShape {
    if entries.contains(where: { $0.key == "rule" }) { return .decision }
    if entries.contains(where: { $0.key == "each" }) { return .leaf(.list) }
    if entries.contains(where: { $0.key == "state" }) { return .members(["value": .open, "found": .leaf(.bool)]) }
    return .open
  }

  /// Step ids are known everywhere in the flow, so that a branch may read what another step left.
  private func collectResults(_ node: YAMLNode, _ results: inout [String: ScopeShape]) {
    switch node.content {
    case .scalar: return
    case .list(let elements): for element in elements { collectResults(element, &results) }
    case .map(let entries):
      if let id = entries.first(where: { $0.key == "id" })?.value.text, !id.isEmpty {
        results[id] = Self.resultShape(of: entries)
      }
      for entry in entries { collectResults(entry.value, &results) }
    }
  }
}
