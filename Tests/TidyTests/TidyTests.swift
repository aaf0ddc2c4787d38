//! Style is checked by tests in the same language: whoever breaks a rule reads its sentence, file and line.
import Testing

@Suite struct TidyTests {
  /// Findings that stay, each with its reason. Keep it empty.
  private static let argued: [(rule: String, path: String, reason: String)] = []

  @Test(arguments: TidyRule.all.map(\.name))
  func `the tree keeps the house rule`(name: String) throws {
    let rule = try #require(TidyRule.all.first { $0.name == name })
    let files = SourceTree.read()
    #expect(files.count > 30, "the checkout was not found")
    var findings: [String] = []
    for file in files where !Self.argued.contains(where: { $0.rule == name && $0.path == file.path }) {
      findings += rule.check(file).map { "\(file.path):\($0.line): \($0.what)" }
    }
    #expect(findings.isEmpty, "\(name):\n\(findings.joined(separator: "\n"))")
  }

  @Test func `half of the source files are short`() {
    let lengths = SourceTree.read().filter { !$0.isTest && !$0.isManifest }.map(\.lines.count).sorted()
    let median = lengths.isEmpty ? 0 : lengths[lengths.count / 2]
    print("source files: \(lengths.count), median \(median) lines, longest \(lengths.last ?? 0)")
    #expect(median <= 150)
  }

  @Test func `every target of the tree stands in the import table`() {
    let targets = Set(SourceTree.read().filter { $0.path.hasPrefix("Sources/") }.compactMap(\.target))
    let known = Set(ImportTable.allowed.keys).union(ImportTable.unrestricted)
    #expect(targets.subtracting(known).isEmpty)
  }

  @Test func `the page on architecture has a row for every target, naming each module of ours it may import`() throws {
    let page = try SourceTree.text(of: "docs/architecture.md")
    for (target, modules) in ImportTable.allowed {
      let row = try #require(
        page.split(separator: "\n").first { $0.hasPrefix("| `\(target)`") }, "no row for \(target)")
      for module in modules where ImportTable.allowed.keys.contains(module) {
        #expect(row.contains(module), "\(target) may import \(module), but its row does not say so")
      }
    }
  }
}
