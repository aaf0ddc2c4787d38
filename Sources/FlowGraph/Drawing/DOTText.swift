//! The graph in Graphviz' language (graphviz.org/doc/info/lang.html), for those who draw with it.

package enum DOTText {
  package static func text(of graph: FlowGraph) -> String {
    var lines = [
      "digraph \(quoted(graph.name)) {", "  rankdir=TB;", "  node [fontname=\"sans-serif\", fontsize=11];",
    ]
    for (index, node) in graph.nodes.enumerated() {
      let shape =
        switch node.kind {
        case .trigger: "oval"
        case .decision: "diamond"
        case .step: "box"
        case .timer: "parallelogram"
        case .end: "doublecircle"
        }
      let words = node.detail.isEmpty ? node.title : "\(node.title)\n\(node.detail)"
      lines.append("  n\(index) [shape=\(shape), label=\(quoted(words))];")
    }
    for edge in graph.edges {
      let label = edge.label.isEmpty ? "" : " [label=\(quoted(edge.label))]"
      lines.append("  n\(edge.from) -> n\(edge.to)\(label);")
    }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  private static func quoted(_ text: String) -> String {
    var written = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": written += "\\n"
      case "\"", "\\": written += "\\" + String(scalar)
      default: written.unicodeScalars.append(scalar)
      }
    }
    return "\"\(written)\""
  }
}
