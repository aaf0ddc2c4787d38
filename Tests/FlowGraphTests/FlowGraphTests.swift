import FlowGraph
import FlowLoading
import FlowModel
import Foundation
import FoundationXML
import SwitchboardSDK
import Testing

/// A flow drawn: every step in its place, every way labelled, in each of the four formats.
@Suite struct FlowGraphTests {
  private static let source = """
    switchboard: 1
    flow: desk
    listen:
      - customer: { connection: shop }
      - command: /code
    steps:
      - id: noise
        filter: not text.has_any(message.text, ["спам"])
        else: { drop: spam }
      - id: way
        route:
          - when: event.from == "customer"
            do:
              - rule: reply
              - auto_reply: { after: 90s, text: "<b> & \\"да\\"" }
          - else:
            do: [stop]
      - reply: "Спасибо"
        if: message.text != ""
    """

  private func graph() throws -> FlowGraph {
    let loaded = FlowLoader.load(
      source: Array(Self.source.utf8), file: "desk.yaml",
      catalogue: Catalogue(project: "p", connections: ["shop": nil], rules: ["reply"], settings: .map([:])))
    return GraphBuilder.graph(
      of: try #require(loaded.content, "\(loaded.diagnostics.map(\.text).joined(separator: "\n"))"))
  }

  @Test func `each step is a box and each way an arrow with its condition`() throws {
    let graph = try graph()
    #expect(
      graph.nodes.map(\.title) == [
        "customer", "command", "filter · noise", "drop", "route · way", "rule", "auto_reply", "stop", "if", "reply",
        "done",
      ])
    func ways(from id: String) throws -> [String] {
      let from = try #require(graph.nodes.firstIndex { $0.id == id })
      return graph.edges.filter { $0.from == from }.map { "\($0.label)>\(graph.nodes[$0.to].title)" }
    }
    #expect(try ways(from: "noise") == ["no>drop", "yes>route · way"])
    #expect(try ways(from: "way") == ["event.from == \"customer\">rule", "else>stop"])
    let question = try #require(graph.nodes.first { $0.title == "if" })
    #expect(try ways(from: question.id) == ["yes>reply", "no>done"])
    #expect(graph.nodes[6].detail.hasPrefix("after 90s, unless answered: «<b> & \"да\"»"))
  }

  @Test func `rows follow the arrows, and every arrow is drawn from row to row`() throws {
    let graph = try graph()
    let layout = LayeredLayout(graph)
    var row: [Int: Int] = [:]
    for (index, slots) in layout.rows.enumerated() {
      for case .node(let node) in slots { row[node] = index }
    }
    #expect(row.count == graph.nodes.count)
    for edge in graph.edges {
      let from = try #require(row[edge.from])
      let to = try #require(row[edge.to])
      #expect(from < to)
    }
    for (index, edge) in graph.edges.enumerated() {
      let pieces = layout.segments.flatMap { $0 }.filter { $0.edge == index }
      #expect(pieces.count == (row[edge.to] ?? 0) - (row[edge.from] ?? 0))
      #expect(pieces.count { $0.isFirst } == 1)
      #expect(pieces.count { $0.isLast } == 1)
    }
  }

  @Test func `a terminal shows every word, an arrow's head for every end, and no boxes over one another`() throws {
    let graph = try graph()
    let text = TextDrawing.text(of: graph)
    for node in graph.nodes {
      #expect(text.contains("│ \(node.title)"), "\(node.title)\n\(text)")
      #expect(node.detail.isEmpty || text.contains("│ \(node.detail)"))
    }
    for label in ["yes", "no", "else", "event.from == \"customer\""] { #expect(text.contains(label), "\(text)") }
    #expect(text.count { $0 == "▼" } == graph.edges.reduce(into: Set<Int>()) { $0.insert($1.to) }.count)
    #expect(text.count { $0 == "┌" } >= graph.nodes.count)
  }

  @Test func `Mermaid gets every box and arrow, and no character that has a meaning there`() throws {
    let graph = try graph()
    let lines = MermaidText.text(of: graph).split(separator: "\n")
    #expect(lines.first == "flowchart TD")
    #expect(lines.count == 1 + graph.nodes.count + graph.edges.count)
    #expect(lines.contains { $0.contains("«#60;b#62; #38; #34;да#34;»") }, "\(lines)")
    #expect(lines.contains("  n4 -->|\"event.from == #34;customer#34;\"| n5"))
  }

  @Test func `DOT gets every box and arrow`() throws {
    let graph = try graph()
    let text = DOTText.text(of: graph)
    #expect(text.hasPrefix("digraph \"desk\" {\n"))
    #expect(text.contains("n4 -> n5 [label=\"event.from == \\\"customer\\\"\"];"))
    #expect(text.split(separator: "\n").count { $0.contains("shape=") } == graph.nodes.count)
  }

  @Test func `the picture is XML with all words, whatever is in them`() throws {
    let graph = try graph()
    let reader = WordReader()
    let parser = XMLParser(data: Data(SVGDrawing.text(of: graph).utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    for node in graph.nodes where !node.detail.isEmpty { #expect(reader.words.contains(node.detail)) }
    #expect(reader.elements["g"] == graph.nodes.count)
    let hostile = FlowGraph(
      name: "a\"<&>\u{1}", nodes: [FlowGraph.Node(id: "\"><script>", kind: .step, title: "<b>\u{0}")], edges: [])
    let second = WordReader()
    let again = XMLParser(data: Data(SVGDrawing.text(of: hostile).utf8))
    again.delegate = second
    #expect(again.parse())
    #expect(second.elements["script"] == nil)
    #expect(second.elements["b"] == nil)
  }

  @Test func `a route of five hundred branches is drawn in time`() {
    var nodes = [FlowGraph.Node(id: "a", kind: .decision, title: "route")]
    var edges: [FlowGraph.Edge] = []
    for index in 1...500 {
      nodes.append(FlowGraph.Node(id: "s\(index)", kind: .step, title: "step \(index)"))
      edges.append(FlowGraph.Edge(from: 0, to: index, label: "\(index)"))
    }
    nodes.append(FlowGraph.Node(id: "z", kind: .end, title: "done"))
    for index in 1...500 { edges.append(FlowGraph.Edge(from: index, to: 501)) }
    let graph = FlowGraph(name: "wide", nodes: nodes, edges: edges)
    #expect(SVGDrawing.text(of: graph).contains("step 500"))
    #expect(TextDrawing.text(of: graph).contains("step 500"))
  }
}

private final class WordReader: NSObject, XMLParserDelegate {
  private(set) var words: Set<String> = []
  private(set) var elements: [String: Int] = [:]
  private var current = ""

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) {
    elements[name, default: 0] += 1
    current = ""
  }
  func parser(_ parser: XMLParser, foundCharacters string: String) { current += string }
  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    words.insert(current)
    current = ""
  }
}
