import FlowLoading
import Foundation
import Testing

/// The examples of `docs/flow-language.md` are what the loader takes, or the manual is wrong.
@Suite struct ManualTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var kind: String
    var source: String
    var testDescription: String { kind + ": " + source.prefix(40) }
  }

  static let examples: [Example] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/flow-language.md")
    guard let text = try? String(contentsOf: file.standardized, encoding: .utf8) else { return [] }
    return text.components(separatedBy: "```yaml").dropFirst().compactMap { piece in
      guard let lineEnd = piece.firstIndex(of: "\n"), let close = piece.range(of: "\n```") else { return nil }
      return Example(
        kind: piece[..<lineEnd].trimmingCharacters(in: .whitespaces),
        source: String(piece[piece.index(after: lineEnd)..<close.lowerBound]) + "\n")
    }
  }()

  @Test func `the manual's examples are found`() { #expect(Self.examples.count >= 4) }

  @Test(arguments: examples)
  func `an example loads without a word`(example: Example) {
    let head = "switchboard: 1\nflow: f\nvars: { greeting: \"Hi\", seen: false }\n"
    let source: String
    switch example.kind {
    case "steps":
      source =
        head + "listen: [ { customer: { connection: avito-main } } ]\nsteps:\n- id: rules\n  rule: reply\n"
        + example.source
    case "listen": source = head + "listen:\n" + example.source + "steps: [ stop ]\n"
    default: source = example.source
    }
    let callees = Self.examples.filter { $0.kind == "callee" }.map {
      AttachedFlows.File(file: "callee.yaml", bytes: Array($0.source.utf8))
    }
    let own = AttachedFlows.File(file: "manual.yaml", bytes: Array(source.utf8))
    let whole = AttachedFlows.attaching([own] + callees)[0].bytes
    let loaded = FlowLoader.load(source: whole, file: "manual.yaml", catalogue: .example)
    #expect(loaded.diagnostics.isEmpty, "\(loaded.diagnostics.map(\.text).joined(separator: "\n"))")
    #expect(loaded.content != nil)
  }
}
