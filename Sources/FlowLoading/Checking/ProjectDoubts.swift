//! What only shows when a project's flows and rules are seen together; all of it warnings.
package import FlowModel
internal import SwitchboardSDK

package enum ProjectDoubts {
  /// - Parameters:
  ///   - flows: every flow of the project, each without errors.
  ///   - rules: the file of each rule, by name.
  package static func diagnostics(of flows: [Flow], rules: [String: String] = [:]) -> [Diagnostic] {
    let sorted = flows.sorted { ($0.file, $0.name) < ($1.file, $1.name) }
    return doubleAnswers(sorted) + idleFlows(sorted) + unusedRules(sorted, rules)
  }

  private static func warning(
    _ code: DiagnosticCode, _ place: SourcePlace, _ message: String, hint: String?
  ) -> Diagnostic {
    Diagnostic(
      code: code, severity: .warning, file: place.file, line: place.line, column: place.column,
      endColumn: place.column + 1, message: Excerpting.escaped(message), hint: hint.map(Excerpting.escaped),
      context: nil, excerpt: nil)
  }

  /// Two flows that answer the same message by themselves: the customer would get both texts.
  private static func doubleAnswers(_ flows: [Flow]) -> [Diagnostic] {
    var first: [String: Flow] = [:]
    var found: [Diagnostic] = []
    for flow in flows {
      guard let step = flow.steps.firstAutoReply else { continue }
      for connection in flow.answered.sorted() {
        guard let other = first[connection] else {
          first[connection] = flow
          continue
        }
        found.append(
          warning(
            .doubleAnswer, step.place,
            "flow '\(other.name)' answers customers of '\(connection)' by itself too: they may get both texts",
            hint: "keep one auto_reply, or let the flows listen to different events"))
      }
    }
    return found
  }

  /// A flow that listens to nothing and that no flow calls never runs.
  private static func idleFlows(_ flows: [Flow]) -> [Diagnostic] {
    let called = Set(flows.flatMap(\.callees.keys))
    return flows.filter { $0.triggers.isEmpty && !called.contains($0.name) }.map { flow in
      warning(
        .idleFlow, SourcePlace(file: flow.file, line: 1, column: 1),
        "flow '\(flow.name)' listens to nothing and no flow calls it", hint: "add 'listen', or 'flow: \(flow.name)'")
    }
  }

  private static func unusedRules(_ flows: [Flow], _ rules: [String: String]) -> [Diagnostic] {
    let asked = flows.reduce(into: Set<String>()) { asked, flow in
      asked.formUnion(flow.steps.rules)
      for callee in flow.callees.values { asked.formUnion(callee.steps.rules) }
    }
    return rules.filter { !asked.contains($0.key) }.sorted { $0.key < $1.key }.map { name, file in
      warning(
        .unusedRule, SourcePlace(file: file, line: 1, column: 1), "no flow asks the rule '\(name)'",
        hint: "add a step 'rule: \(name)'")
    }
  }
}

extension Flow {
  /// Connections whose new messages start this flow from any chat.
  fileprivate var answered: Set<String> {
    Set(
      triggers.compactMap { trigger -> String? in
        guard case .events(let connection, let kinds, _) = trigger.source, kinds.contains(.message) else { return nil }
        return connection
      })
  }
}

extension [Step] {
  fileprivate var firstAutoReply: Step? {
    for step in self {
      if case .autoReply = step.body { return step }
      for inner in step.body.lists { if let found = inner.firstAutoReply { return found } }
    }
    return nil
  }

  fileprivate var rules: Set<String> {
    reduce(into: []) { names, step in
      if case .rule(let name) = step.body { names.insert(name) }
      for inner in step.body.lists { names.formUnion(inner.rules) }
    }
  }
}
