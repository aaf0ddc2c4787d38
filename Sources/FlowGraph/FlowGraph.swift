//! A flow as boxes and arrows: what `switchboard graph` and the console draw.

package struct FlowGraph: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// What starts the flow.
    case trigger
    /// A filter or route: the way divides.
    case decision
    /// Something is done.
    case step
    /// Something is done later.
    case timer
    /// The flow ends.
    case end
  }
  package struct Node: Sendable, Hashable {
    /// Unique within the graph: a step's id, or `listen.0`.
    package var id: String
    package var kind: Kind
    package var title: String
    /// A second line; empty for none.
    package var detail: String

    package init(id: String, kind: Kind, title: String, detail: String = "") {
      self.id = id
      self.kind = kind
      self.title = title
      self.detail = detail
    }
  }
  package struct Edge: Sendable, Hashable {
    /// Indices of nodes.
    package var from: Int
    package var to: Int
    /// The condition under which this way is taken; empty when there is no other.
    package var label: String

    package init(from: Int, to: Int, label: String = "") {
      self.from = from
      self.to = to
      self.label = label
    }
  }

  package var name: String
  package var nodes: [Node]
  package var edges: [Edge]

  package init(name: String, nodes: [Node], edges: [Edge]) {
    self.name = name
    self.nodes = nodes
    self.edges = edges
  }
}
