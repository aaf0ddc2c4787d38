import FlowLoading
import Foundation
import Testing

/// What the pages say of files must be so.
@Suite struct PagesTests {
  @Test func `every relative link leads to a file or folder`() throws {
    let pages = try Checkout.pages()
    #expect(pages.count > 10)
    var broken: [String] = []
    for page in pages {
      let text = try Checkout.text(page)
      for match in text.matches(of: #/\]\(([^)\s]+)\)/#) {
        let target = String(match.1.prefix { $0 != "#" })
        guard !target.isEmpty, !target.contains("://"), !target.hasPrefix("mailto:") else { continue }
        let folder = page.split(separator: "/").dropLast().joined(separator: "/")
        let path = target.hasPrefix("/") ? target : "\(folder)/\(target)"
        if target.hasPrefix("/") || !Checkout.exists(path) { broken.append("\(page): \(target)") }
      }
    }
    #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
  }

  @Test(arguments: ["README.md", "README.ru.md"])
  func `the readme quotes flow, rule and configuration as they are`(page: String) throws {
    let text = try Checkout.text(page)
    for (language, file) in [
      ("yaml", "flows/quickstart/desk.yaml"), ("lua", "rules/quickstart/reply.lua"),
      ("yaml", "switchboard.example.yaml"),
    ] {
      #expect(text.contains("```\(language)\n\(try Checkout.text(file))```"), "\(page) quotes another \(file)")
    }
  }

  @Test func `both readmes have the same sections and quote the same blocks`() throws {
    let english = try Checkout.text("README.md")
    let russian = try Checkout.text("README.ru.md")
    func sections(_ text: String) -> Int { text.split(separator: "\n").count { $0.hasPrefix("## ") } }
    func blocks(_ text: String) -> [String] {
      text.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    }
    #expect(sections(english) == sections(russian))
    #expect(blocks(english) == blocks(russian))
  }

  @Test func `the page on operating names every limit of the engine and no other`() throws {
    let constants = try Checkout.text("Sources/FlowModel/Limits.swift")
      .matches(of: #/static let (\w+)/#).map { String($0.1) }.sorted()
    let section = try #require(
      try Checkout.text("docs/operating.md").components(separatedBy: "<!-- Limits.swift -->").dropFirst().first)
    let named = section.matches(of: #/\| `(\w+)` \|/#).map { String($0.1) }.sorted()
    #expect(named == constants)
  }

  @Test func `the page of diagnostics is the one that the codes make`() throws {
    #expect(try Checkout.text("docs/reference/diagnostics.md") == DiagnosticsPage.text)
  }

  @Test func `every test that the guarantees name is there`() throws {
    let page = try Checkout.text("docs/guarantees.md")
    let named = page.split(separator: "\n").compactMap { $0.firstMatch(of: #/\| `([^`]+)` \|$/#).map { String($0.1) } }
    #expect(named.count > 30)
    let tests = try Checkout.sources(under: "Tests")
    for name in named { #expect(tests.contains { $0.contains("func `\(name)`") }, "no test is called «\(name)»") }
  }

  @Test func `no page names a path of somebody's machine`() throws {
    for page in try Checkout.pages() {
      let text = try Checkout.text(page)
      #expect(!text.contains("/home/") && !text.contains("/root/") && !text.contains("/work/"), "\(page)")
    }
  }
}
