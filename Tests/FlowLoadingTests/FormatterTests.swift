import FlowLoading
import Foundation
import Testing

/// `switchboard fmt` moves white space, never meaning, and never a comment.
@Suite struct FormatterTests {
  private func formatted(_ text: String) -> String? {
    guard case .formatted(let bytes) = YAMLFormatter.format(Array(text.utf8), file: "f.yaml") else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `levels are two spaces, lists one level below their key`() {
    let ragged = """
      steps:
      -   id:   a
          filter:    x
          else: drop
      -  route:
          -   when: y
              do:
                     - stop
          - else:
            do: [drop]
      """
    #expect(
      formatted(ragged) == """
        steps:
          - id: a
            filter: x
            else: drop
          - route:
              - when: y
                do:
                  - stop
              - else:
                do: [drop]

        """)
  }

  @Test func `brackets have room around mappings and around what is in brackets`() {
    #expect(formatted("a: {b:  1,c: [ 1,2 ,  3 ] , d: { }}\n") == "a: { b: 1, c: [1, 2, 3], d: {} }\n")
    #expect(formatted("do: [{drop: x},stop]\n") == "do: [ { drop: x }, stop ]\n")
    #expect(formatted("a: {\n  b: 1,\n     c: 2 }\n") == "a: {\n  b: 1,\n     c: 2 }\n")
  }

  @Test func `texts keep every space in them`() {
    let text = "a: \"x   y\"\nb: 'p  q'   # c\nc: two  words\n"
    #expect(formatted(text) == "a: \"x   y\"\nb: 'p  q'  # c\nc: two  words\n")
  }

  @Test func `a text over several lines moves as a whole and keeps its own indentation`() {
    let text = "a:\n    - b: |\n            first\n              second\n\n            third  \n      c: 1\n"
    #expect(formatted(text) == "a:\n  - b: |\n      first\n        second\n\n      third  \n    c: 1\n")
    let explicit = "a:\n    b: |2\n        x\n       y\n"
    #expect(formatted(explicit) == "a:\n  b: |2\n      x\n     y\n")
  }

  @Test func `comments stay with what they speak of, and stand below one another behind code`() {
    let text = """
      # head
      a: 1 # one
      list: 2      # two


      steps:
      # of the first
      - id: x
        # inside
        stop:
        # at the end
      # of the list
      # of b
      b: 2
      """
    #expect(
      formatted(text) == """
        # head
        a: 1     # one
        list: 2  # two

        steps:
          # of the first
          - id: x
            # inside
            stop:
            # at the end
        # of the list
        # of b
        b: 2

        """)
  }

  @Test func `line ends become line feeds and the file ends with one`() {
    #expect(formatted("a: 1\r\nb: 2\r\n\r\n\r\n") == "a: 1\nb: 2\n")
    #expect(formatted("a: 1") == "a: 1\n")
    #expect(formatted("") == "")
  }

  @Test func `a broken file is left alone and its place told`() {
    guard case .refused(let why) = YAMLFormatter.format(Array("a: [1,\n".utf8), file: "f.yaml") else {
      Issue.record("formatted")
      return
    }
    #expect(why.hasPrefix("f.yaml:"))
    #expect(why.contains("SB0105"))
  }

  /// Everything shipped, and all that is written to hurt: what comes out says the same and is stable.
  @Test func `formatting twice changes nothing more, whatever the file`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folders = [root.appending(path: "flows"), root.appending(path: "../shared/attacks/yaml").standardizedFileURL]
    var count = 0
    for folder in folders {
      let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      for file in (found?.compactMap { $0 as? URL } ?? []) where file.pathExtension == "yaml" {
        let bytes = try Array(Data(contentsOf: file))
        guard case .formatted(let once) = YAMLFormatter.format(bytes, file: "f.yaml") else { continue }
        #expect(YAMLFormatter.format(once, file: "f.yaml") == .formatted(once), "\(file.lastPathComponent)")
        count += 1
      }
    }
    #expect(count >= 3)
  }

  /// Ragged files from a seed: indentation, gaps, comments and brackets drawn at random.
  @Test func `a thousand ragged files keep their meaning`() {
    var ragged = RaggedYAML(seed: 20_261_121)
    var moved = 0
    for _ in 0..<1_000 {
      let text = ragged.file()
      guard let once = formatted(text) else {
        Issue.record("refused:\n\(text)")
        return
      }
      var log = DiagnosticLog(file: "f")
      let before = YAMLTree.compose(Array(text.utf8), into: &log)
      #expect(YAMLTree.compose(Array(once.utf8), into: &log)?.value == before?.value, "\(text)")
      #expect(formatted(once) == once, "\(text)")
      moved += once == text ? 0 : 1
    }
    #expect(moved > 900)
  }
}

/// Draws YAML that a hurried person might write.
private struct RaggedYAML {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  private mutating func draw(_ count: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(count))
  }

  mutating func file() -> String {
    var lines: [String] = []
    mapping(0, depth: 0, &lines)
    return lines.joined(separator: draw(8) == 0 ? "\r\n" : "\n")
  }

  private mutating func gap() -> String { String(repeating: " ", count: 1 + draw(4)) }
  private mutating func tail() -> String { draw(5) == 0 ? gap() + "# note \(draw(9))" : draw(9) == 0 ? "  " : "" }

  private mutating func scalar() -> String {
    ["1", "\"a  b\"", "'it''s'", "plain  words", "true", "\"{x}\" ", "[1,2 , 3]", "{a: 1,b:  {c: [ ]}}"][draw(8)]
  }

  private mutating func mapping(_ indent: Int, depth: Int, first: String? = nil, _ lines: inout [String]) {
    for index in 0...draw(3) {
      if index > 0 || first == nil, draw(6) == 0 { lines.append(String(repeating: " ", count: indent) + "# above") }
      let start = index == 0 ? first ?? String(repeating: " ", count: indent) : String(repeating: " ", count: indent)
      let key = "\(start)k\(index):"
      switch depth < 4 ? draw(6) : 5 {
      case 0:
        lines.append(key + tail())
        mapping(indent + 1 + draw(4), depth: depth + 1, &lines)
      case 1:
        lines.append(key + tail())
        list(indent + draw(4), depth: depth + 1, &lines)
      case 2:
        lines.append(key + gap() + (draw(2) == 0 ? "|" : ">-"))
        let inner = indent + 1 + draw(5)
        for extra in 0...draw(3) {
          let more = extra == 0 ? 0 : draw(3)
          lines.append(String(repeating: " ", count: inner + more) + "text  \(extra) # no comment")
        }
      default: lines.append(key + gap() + scalar() + tail())
      }
      if draw(7) == 0 { lines += Array(repeating: "", count: 1 + draw(3)) }
    }
  }

  private mutating func list(_ indent: Int, depth: Int, _ lines: inout [String]) {
    for _ in 0...draw(3) {
      let dash = String(repeating: " ", count: indent) + "-"
      if draw(2) == 0 {
        lines.append(dash + gap() + scalar() + tail())
      } else {
        let gap = gap()
        mapping(indent + 1 + gap.count, depth: depth + 1, first: dash + gap, &lines)
      }
    }
  }
}
