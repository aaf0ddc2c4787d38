//! The graph as a picture: one file, no script, light and dark by the reader's choice (SVG 1.1).

package enum SVGDrawing {
  private static let lineHeight = 18
  private static let padding = 12
  private static let rowGap = 56

  package static func text(of graph: FlowGraph) -> String {
    let layout = LayeredLayout(graph)
    let placement = RowPlacement(layout, gap: 36) { slot in
      guard case .node(let node) = slot else { return 8 }
      return width(graph.nodes[node])
    }
    let heights = layout.rows.map { row in row.map { height($0, graph) }.max() ?? 0 }
    var tops: [Int] = []
    var top = 20
    for height in heights {
      tops.append(top)
      top += height + rowGap
    }
    var parts: [String] = []
    for (row, segments) in layout.segments.enumerated() {
      for segment in segments {
        parts += arrow(
          segment, graph, from: (placement.centres[row][segment.upper] + 20, tops[row] + heights[row]),
          to: (placement.centres[row + 1][segment.lower] + 20, tops[row + 1]),
          start: tops[row] + height(layout.rows[row][segment.upper], graph, passage: heights[row]),
          passage: heights[row + 1])
      }
    }
    for (row, slots) in layout.rows.enumerated() {
      for (index, slot) in slots.enumerated() {
        guard case .node(let node) = slot else { continue }
        let centre = placement.centres[row][index] + 20
        parts.append(box(graph.nodes[node], centre: centre, top: tops[row], height: height(slot, graph)))
      }
    }
    return head(graph, width: placement.width + 40, height: max(top - rowGap + 20, 40)) + parts.joined() + "</svg>\n"
  }

  /// Seven points a character at this size; wide scripts are cut by nobody, boxes only grow.
  private static func width(_ node: FlowGraph.Node) -> Int {
    max(max(node.title.count * 8, node.detail.count * 7) + 2 * padding, 64) + (node.kind == .decision ? 24 : 0)
  }

  private static func height(_ slot: LayeredLayout.Slot, _ graph: FlowGraph, passage: Int = 0) -> Int {
    guard case .node(let node) = slot else { return passage }
    return (graph.nodes[node].detail.isEmpty ? 1 : 2) * lineHeight + 2 * padding - 4
  }

  private static func head(_ graph: FlowGraph, width: Int, height: Int) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
    role="img" aria-label="\(escaped(graph.name))">
    <title>\(escaped(graph.name))</title>
    <style>
    svg { font: 13px system-ui, sans-serif; color-scheme: light dark; }
    .ground { fill: #ffffff; } .box { fill: #f4f6f8; stroke: #5b6b7a; } .trigger { fill: #e3f1e6; }
    .decision { fill: #fdf3d8; } .timer { fill: #e6ecfb; } .end { fill: #eceef0; }
    text { fill: #1c2733; } .detail, .label { font-size: 12px; fill: #46535f; }
    .arrow { fill: none; stroke: #5b6b7a; } .point { fill: #5b6b7a; }
    @media (prefers-color-scheme: dark) {
    .ground { fill: #14191e; } .box { fill: #1f272e; stroke: #8fa0b0; } .trigger { fill: #1d3324; }
    .decision { fill: #3a3118; } .timer { fill: #1f2a45; } .end { fill: #272d33; }
    text { fill: #e7edf2; } .detail, .label { fill: #b3c0cc; } .arrow { stroke: #8fa0b0; } .point { fill: #8fa0b0; }
    }
    </style>
    <rect class="ground" width="\(width)" height="\(height)"/>

    """
  }

  private static func box(_ node: FlowGraph.Node, centre: Int, top: Int, height: Int) -> String {
    let width = width(node)
    let left = centre - width / 2
    let shape: String
    switch node.kind {
    case .decision:
      let side = left + 12
      let other = left + width - 12
      shape = """
        <path class="box decision" d="M\(side) \(top) H\(other) L\(left + width) \(top + height / 2) \
        L\(other) \(top + height) H\(side) L\(left) \(top + height / 2) Z"/>
        """
    case .trigger, .end, .step, .timer:
      let radius = node.kind == .step || node.kind == .timer ? 6 : height / 2
      shape = """
        <rect class="box \(node.kind.rawValue)" x="\(left)" y="\(top)" width="\(width)" height="\(height)" \
        rx="\(radius)"\(node.kind == .timer ? " stroke-dasharray=\"5 3\"" : "")/>
        """
    }
    var text = "<text x=\"\(centre)\" y=\"\(top + padding + 11)\" text-anchor=\"middle\">\(escaped(node.title))</text>"
    if !node.detail.isEmpty {
      text += """
        <text class="detail" x="\(centre)" y="\(top + padding + 11 + lineHeight)" \
        text-anchor="middle">\(escaped(node.detail))</text>
        """
    }
    return "<g id=\"\(escaped(node.id))\">\(shape)\(text)</g>\n"
  }

  private static func arrow(
    _ segment: LayeredLayout.Segment, _ graph: FlowGraph, from: (x: Int, y: Int), to: (x: Int, y: Int), start: Int,
    passage: Int
  ) -> [String] {
    let half = (from.y + to.y) / 2
    let end = segment.isLast ? to.y - 6 : to.y
    var path = "M\(from.x) \(start) V\(from.y) C\(from.x) \(half) \(to.x) \(half) \(to.x) \(end)"
    if !segment.isLast { path += " V\(to.y + passage)" }
    var parts = ["<path class=\"arrow\" d=\"\(path)\"/>\n"]
    if segment.isLast {
      parts.append(
        "<path class=\"point\" d=\"M\(to.x - 4) \(to.y - 8) h8 L\(to.x) \(to.y) Z\"/>\n")
    }
    let label = graph.edges[segment.edge].label
    if segment.isFirst, !label.isEmpty {
      let x = from.x == to.x ? to.x + 6 : (from.x + 3 * to.x) / 4
      let anchor = from.x <= to.x ? "start" : "end"
      parts.append(
        "<text class=\"label\" x=\"\(x + (anchor == "end" ? -6 : 6))\" y=\"\(half + 8)\" text-anchor=\"\(anchor)\">"
          + "\(escaped(label))</text>\n")
    }
    return parts
  }

  private static func escaped(_ text: String) -> String {
    var written = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": written += "&amp;"
      case "<": written += "&lt;"
      case ">": written += "&gt;"
      case "\"": written += "&quot;"
      // XML 1.0 has no way to write these.
      case "\u{0}"..."\u{8}", "\u{B}"..."\u{C}", "\u{E}"..."\u{1F}", "\u{FFFE}"..."\u{FFFF}": written += "\u{FFFD}"
      default: written.unicodeScalars.append(scalar)
      }
    }
    return written
  }
}
