//! The graph in characters, for a terminal or a log.

package enum TextDrawing {
  package static func text(of graph: FlowGraph) -> String {
    guard !graph.nodes.isEmpty else { return "" }
    let layout = LayeredLayout(graph)
    let rooms = labelRooms(layout, graph)
    let placement = RowPlacement(layout, gap: 3) { slot in
      guard case .node(let node) = slot else { return max(1, rooms[slot] ?? 0) }
      return max(boxWidth(graph.nodes[node]), rooms[slot] ?? 0)
    }
    let heights = layout.rows.map { row in row.map { height($0, graph) }.max() ?? 1 }
    let bends = layout.segments.enumerated().map { row, segments in
      bendRows(segments, centres: placement.centres, row: row)
    }
    // Between two rows: a line for the labels, one for each bend, one for the arrows' heads.
    let gaps = bends.map { ($0.values.max() ?? -1) + 3 }
    var tops: [Int] = []
    var top = 0
    for row in layout.rows.indices {
      tops.append(top)
      top += heights[row] + (row < layout.rows.count - 1 ? gaps[row] : 0)
    }
    let labelRoom = graph.edges.map(\.label.count).max() ?? 0
    var canvas = TextCanvas(width: placement.width + labelRoom + 2, height: top)
    for (row, slots) in layout.rows.enumerated() {
      for (index, slot) in slots.enumerated() {
        draw(slot, graph, &canvas, row: tops[row], centre: placement.centres[row][index], height: heights[row])
      }
    }
    for (row, segments) in layout.segments.enumerated() {
      for (index, segment) in segments.enumerated() {
        let from = placement.centres[row][segment.upper]
        let to = placement.centres[row + 1][segment.lower]
        let start = tops[row] + bottom(of: layout.rows[row][segment.upper], graph, heights[row])
        let end = tops[row + 1] - 1
        let bend = tops[row] + heights[row] + 1 + (bends[row][index] ?? 0)
        canvas.vertical(column: from, from: start, to: from == to ? end : bend)
        if from != to {
          canvas.horizontal(row: bend, from: from, to: to)
          canvas.vertical(column: to, from: bend, to: end)
        }
        if segment.isLast { canvas.write("▼", row: end, column: to) }
      }
    }
    label(graph, layout, placement, tops, heights, bends, &canvas)
    return canvas.text
  }

  /// A label stands to the right of its arrow's end: what it leads to keeps that much room on either side.
  private static func labelRooms(_ layout: LayeredLayout, _ graph: FlowGraph) -> [LayeredLayout.Slot: Int] {
    var rooms: [LayeredLayout.Slot: Int] = [:]
    for (row, segments) in layout.segments.enumerated() {
      for segment in segments where segment.isFirst && !graph.edges[segment.edge].label.isEmpty {
        rooms[layout.rows[row + 1][segment.lower], default: 0].grow(to: 2 * graph.edges[segment.edge].label.count + 2)
      }
    }
    return rooms
  }

  private static func boxWidth(_ node: FlowGraph.Node) -> Int { max(node.title.count, node.detail.count) + 4 }

  private static func height(_ slot: LayeredLayout.Slot, _ graph: FlowGraph) -> Int {
    guard case .node(let node) = slot else { return 1 }
    return graph.nodes[node].detail.isEmpty ? 3 : 4
  }

  /// Where a line leaves a slot: below a box, or at once.
  private static func bottom(of slot: LayeredLayout.Slot, _ graph: FlowGraph, _ rowHeight: Int) -> Int {
    guard case .node = slot else { return rowHeight - 1 }
    return height(slot, graph)
  }

  private static func draw(
    _ slot: LayeredLayout.Slot, _ graph: FlowGraph, _ canvas: inout TextCanvas, row: Int, centre: Int, height: Int
  ) {
    guard case .node(let index) = slot else { return canvas.vertical(column: centre, from: row - 1, to: row + height) }
    let node = graph.nodes[index]
    let width = boxWidth(node)
    let left = centre - width / 2
    canvas.box(row: row, column: left, width: width, height: self.height(slot, graph))
    canvas.write(node.title, row: row + 1, column: left + 2)
    canvas.write(node.detail, row: row + 2, column: left + 2)
  }

  /// Lines that run sideways between the same two rows get a line each, unless they begin or end in the same box and
  /// may lie on one another.
  private static func bendRows(_ segments: [LayeredLayout.Segment], centres: [[Int]], row: Int) -> [Int: Int] {
    var taken: [[(span: ClosedRange<Int>, from: Int, to: Int)]] = []
    var rows: [Int: Int] = [:]
    for (index, segment) in segments.enumerated() {
      let from = centres[row][segment.upper]
      let to = centres[row + 1][segment.lower]
      guard from != to else { continue }
      let span = min(from, to)...max(from, to)
      let line = taken.firstIndex { others in
        others.allSatisfy { !$0.span.overlaps(span) || $0.from == from || $0.to == to }
      }
      if let line {
        taken[line].append((span, from, to))
        rows[index] = line
      } else {
        rows[index] = taken.count
        taken.append([(span, from, to)])
      }
    }
    return rows
  }

  /// A label stands beside its line, in the first place where it hides nothing: near the end, where ways have parted.
  private static func label(
    _ graph: FlowGraph, _ layout: LayeredLayout, _ placement: RowPlacement, _ tops: [Int], _ heights: [Int],
    _ bends: [[Int: Int]], _ canvas: inout TextCanvas
  ) {
    for (row, segments) in layout.segments.enumerated() {
      for (index, segment) in segments.enumerated() where segment.isFirst {
        let text = graph.edges[segment.edge].label
        guard !text.isEmpty else { continue }
        let column = placement.centres[row + 1][segment.lower] + 2
        let bend = tops[row] + heights[row] + 1 + (bends[row][index] ?? 0)
        for line in Array((bend...max(bend, tops[row + 1] - 1)).reversed()) + [tops[row] + heights[row]]
        where canvas.isFree(row: line, from: column - 1, length: text.count + 2) {
          canvas.write(text, row: line, column: column)
          break
        }
      }
    }
  }
}

extension Int {
  fileprivate mutating func grow(to other: Int) { self = Swift.max(self, other) }
}
