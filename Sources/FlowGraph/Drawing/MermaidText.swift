//! The graph in Mermaid's language, which code hosts and wikis draw (mermaid.js.org, flowcharts).

package enum MermaidText {
  package static func text(of graph: FlowGraph) -> String {
    var lines = ["flowchart TD"]
    for (index, node) in graph.nodes.enumerated() {
      let words = quoted(node.detail.isEmpty ? node.title : "\(node.title)\n\(node.detail)")
      let shape =
        switch node.kind {
        case .trigger: "([\(words)])"
        case .decision: "{\(words)}"
        case .step: "[\(words)]"
        case .timer: "[/\(words)/]"
        case .end: "((\(words)))"
        }
      lines.append("  n\(index)\(shape)")
    }
    for edge in graph.edges {
      let label = edge.label.isEmpty ? "" : "|\(quoted(edge.label))|"
      lines.append("  n\(edge.from) -->\(label) n\(edge.to)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Mermaid's entities begin with `#`, so that one is written as an entity too.
  private static func quoted(_ text: String) -> String {
    var written = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": written += "<br/>"
      case "#", "\"", "<", ">", "&", "`", "\\": written += "#\(scalar.value);"
      default: written.unicodeScalars.append(scalar)
      }
    }
    return "\"\(written)\""
  }
}
