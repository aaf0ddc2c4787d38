import FlowCases
import Foundation
import Testing

/// The page on cases shows what works.
@Suite struct CasePageTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The blocks of a page that are marked with a word behind their language.
  private static func blocks(_ mark: String, of page: String) throws -> [String] {
    let text = try String(contentsOf: root.appending(path: "docs/\(page)"), encoding: .utf8)
    return text.components(separatedBy: "```\(mark)\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n```").first
    }
  }

  @Test(
    arguments: ["testing-flows.md", "testing-flows.ru.md"], [("yaml cases", "flows"), ("yaml rule-cases", "rules")])
  func `the cases of the page hold for the quickstart`(page: String, block: (mark: String, kind: String)) async throws {
    let workshop = try CaseWorkshop()
    let (mark, kind) = block
    let blocks = try Self.blocks(mark, of: page)
    #expect(!blocks.isEmpty)
    for (index, block) in blocks.enumerated() {
      for kind in ["flows", "rules"] {
        let name = kind == "flows" ? "desk.yaml" : "reply.lua"
        let text = try String(contentsOf: Self.root.appending(path: "\(kind)/quickstart/\(name)"), encoding: .utf8)
        try workshop.write(text, to: "\(kind)/quickstart/\(name)")
      }
      let file = "\(kind)/quickstart/page\(index).cases.yaml"
      // The page's flow greets with its project's greeting.
      try workshop.write(block.replacing("cases:\n", with: "settings: { greeting: Привет }\ncases:\n"), to: file)
      let result = await workshop.run(file)
      #expect(result.isPassed && result.cases.count == 2, "\(result.problems)")
    }
  }
}
