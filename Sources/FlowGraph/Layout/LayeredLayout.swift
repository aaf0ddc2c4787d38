//! Puts the boxes into rows, top to bottom: each one below all that lead to it, with few crossings. (Sugiyama, Tagawa,
//! Toda, "Methods for visual understanding of hierarchical system structures", 1981: layers by longest path, order by
//! barycentres.) Sizes and drawing are the business of others.

package struct LayeredLayout: Sendable {
  /// A place in a row: a box, or the passage of an arrow that spans several rows.
  package enum Slot: Sendable, Hashable {
    case node(Int)
    case passage(edge: Int)
  }
  /// Part of an arrow, from one row to the next.
  package struct Segment: Sendable, Hashable {
    package var edge: Int
    /// Positions within the upper and the lower row.
    package var upper: Int
    package var lower: Int
    /// The label stands at the first segment, the arrow's head at the last.
    package var isFirst: Bool
    package var isLast: Bool
  }

  package private(set) var rows: [[Slot]] = []
  /// By upper row.
  package private(set) var segments: [[Segment]] = []

  private let graph: FlowGraph
  private var rank: [Int]

  /// Arrows must lead from earlier nodes to later ones, as the builder makes them: a flow has no way back.
  package init(_ graph: FlowGraph) {
    self.graph = graph
    rank = Array(repeating: 0, count: graph.nodes.count)
    for edge in graph.edges.sorted(by: { $0.to < $1.to }) where edge.from < edge.to {
      rank[edge.to] = max(rank[edge.to], rank[edge.from] + 1)
    }
    fill()
    for _ in 0..<8 { sweep() }
    cutIntoSegments()
  }

  private mutating func fill() {
    rows = Array(repeating: [], count: (rank.max() ?? -1) + 1)
    for node in graph.nodes.indices { rows[rank[node]].append(.node(node)) }
    for (index, edge) in graph.edges.enumerated() where rank[edge.from] + 1 < rank[edge.to] {
      for row in rank[edge.from] + 1..<rank[edge.to] { rows[row].append(.passage(edge: index)) }
    }
  }

  /// What stands at the upper or lower end of an arrow, as seen from a row.
  private func slot(of edge: Int, in row: Int) -> Slot {
    if rank[graph.edges[edge].from] == row { return .node(graph.edges[edge].from) }
    if rank[graph.edges[edge].to] == row { return .node(graph.edges[edge].to) }
    return .passage(edge: edge)
  }

  private func crosses(_ edge: Int, from row: Int) -> Bool {
    rank[graph.edges[edge].from] <= row && row < rank[graph.edges[edge].to]
  }

  /// Down and up once: each slot goes to the mean of its neighbours; ties keep their order.
  private mutating func sweep() {
    for row in rows.indices.dropFirst() { order(row, by: row - 1) }
    for row in rows.indices.dropLast().reversed() { order(row, by: row + 1) }
  }

  private mutating func order(_ row: Int, by other: Int) {
    let upper = min(row, other)
    let places = Dictionary(
      rows[other].enumerated().map { ($0.element, Double($0.offset)) }, uniquingKeysWith: { first, _ in first })
    var sums: [Slot: (sum: Double, count: Double)] = [:]
    for edge in graph.edges.indices where crosses(edge, from: upper) {
      guard let place = places[slot(of: edge, in: other)] else { continue }
      let old = sums[slot(of: edge, in: row), default: (0, 0)]
      sums[slot(of: edge, in: row)] = (old.sum + place, old.count + 1)
    }
    let keyed = rows[row].enumerated().map { index, slot in
      (slot: slot, key: sums[slot].map { $0.sum / $0.count } ?? Double(index), index: index)
    }
    rows[row] = keyed.sorted { ($0.key, $0.index) < ($1.key, $1.index) }.map(\.slot)
  }

  private mutating func cutIntoSegments() {
    segments = Array(repeating: [], count: rows.count)
    let places = rows.map { row in
      Dictionary(row.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }
    for row in rows.indices.dropLast() {
      for edge in graph.edges.indices where crosses(edge, from: row) {
        guard let upper = places[row][slot(of: edge, in: row)], let lower = places[row + 1][slot(of: edge, in: row + 1)]
        else { continue }
        segments[row].append(
          Segment(
            edge: edge, upper: upper, lower: lower, isFirst: rank[graph.edges[edge].from] == row,
            isLast: rank[graph.edges[edge].to] == row + 1))
      }
      segments[row].sort { ($0.upper, $0.lower) < ($1.upper, $1.lower) }
    }
  }
}
