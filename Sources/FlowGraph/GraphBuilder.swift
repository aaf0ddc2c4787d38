//! From a flow to its graph. Every step is a box; ways that end, end in a box of their own.
package import FlowModel

package struct GraphBuilder {
  /// A way that waits for the box it leads to.
  struct OpenEnd {
    var from: Int
    var label: String
  }

  private var nodes: [FlowGraph.Node] = []
  private var edges: [FlowGraph.Edge] = []

  package static func graph(of flow: Flow) -> FlowGraph {
    var builder = GraphBuilder()
    var ends: [OpenEnd] = []
    for (index, trigger) in flow.triggers.enumerated() {
      ends.append(
        OpenEnd(
          from: builder.add(
            "listen.\(index)", .trigger, trigger.label, GraphWords.detail(of: trigger), after: []), label: ""))
    }
    ends = builder.append(flow.steps, after: ends)
    if !ends.isEmpty { _ = builder.add("end", .end, "done", "", after: ends) }
    return FlowGraph(name: flow.name, nodes: builder.nodes, edges: builder.edges)
  }

  /// The ways that lead on behind the last step.
  private mutating func append(_ steps: [Step], after ends: [OpenEnd]) -> [OpenEnd] {
    var ends = ends
    for step in steps {
      // What nothing leads to is not drawn: `check` has said that it is unreachable.
      guard !ends.isEmpty else { return [] }
      ends = append(step, after: ends)
    }
    return ends
  }

  private mutating func append(_ step: Step, after ends: [OpenEnd]) -> [OpenEnd] {
    guard let condition = step.condition else { return body(of: step, after: ends) }
    let question = add("\(step.id).if", .decision, "if", GraphWords.shortened(condition.text), after: ends)
    return body(of: step, after: [OpenEnd(from: question, label: "yes")]) + [OpenEnd(from: question, label: "no")]
  }

  private mutating func body(of step: Step, after ends: [OpenEnd]) -> [OpenEnd] {
    let words = GraphWords.words(of: step)
    switch step.body {
    case .filter(_, let otherwise):
      let node = add(step.id, .decision, words.title, words.detail, after: ends)
      let other = [OpenEnd(from: node, label: "no")]
      switch otherwise {
      case .drop(let reason): _ = add("\(step.id).else", .end, "drop", GraphWords.shortened(reason), after: other)
      case .stop: _ = add("\(step.id).else", .end, "stop", "", after: other)
      case .steps(let steps):
        let rest = append(steps, after: other)
        if !rest.isEmpty { _ = add("\(step.id).else", .end, "stop", "", after: rest) }
      }
      return [OpenEnd(from: node, label: "yes")]
    case .route(let branches):
      let node = add(step.id, .decision, words.title, words.detail, after: ends)
      return branches.flatMap { branch in
        append(
          branch.steps,
          after: [OpenEnd(from: node, label: branch.when.map { GraphWords.shortened($0.text) } ?? "else")])
      }
    case .attempt(let steps, let handler):
      let node = add(step.id, .decision, words.title, words.detail, after: ends)
      return append(steps, after: [OpenEnd(from: node, label: "")])
        + append(handler, after: [OpenEnd(from: node, label: "after a failure")])
    case .each(let each):
      let node = add(step.id, .decision, words.title, words.detail, after: ends)
      return append(each.steps, after: [OpenEnd(from: node, label: "one after another")])
        + [OpenEnd(from: node, label: "none")]
    case .parallel(let branches):
      let node = add(step.id, .decision, words.title, words.detail, after: ends)
      return branches.flatMap { append($0.steps, after: [OpenEnd(from: node, label: $0.name)]) }
    case .drop, .stop, .fail:
      _ = add(step.id, .end, words.title, words.detail, after: ends)
      return []
    case .autoReply:
      return [OpenEnd(from: add(step.id, .timer, words.title, words.detail, after: ends), label: "")]
    default:
      return [OpenEnd(from: add(step.id, .step, words.title, words.detail, after: ends), label: "")]
    }
  }

  private mutating func add(
    _ id: String, _ kind: FlowGraph.Kind, _ title: String, _ detail: String, after ends: [OpenEnd]
  ) -> Int {
    nodes.append(FlowGraph.Node(id: id, kind: kind, title: title, detail: detail))
    for end in ends { edges.append(FlowGraph.Edge(from: end.from, to: nodes.count - 1, label: end.label)) }
    return nodes.count - 1
  }
}
