import FlowLoading
import Foundation
import Testing

/// Golden cases: a flow, a line of dashes, and what the loader must say of it (or `ok`).
/// With `SWITCHBOARD_REWRITE_CASES=1` the expectations are written anew, for reading through in `git diff`.
@Suite struct FlowCaseTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var source: String
    var expected: String
    var testDescription: String { name }
  }

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")

  static let cases: [Case] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".flowcase") }.sorted().compactMap { name in
      guard let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8),
        let line = text.range(of: "----------\n")
      else { return nil }
      let expected = text[line.upperBound...].trimmingCharacters(in: .newlines)
      return Case(name: name, source: String(text[..<line.lowerBound]), expected: expected)
    }
  }()

  @Test func `the cases are found`() { #expect(Self.cases.count >= 20) }

  @Test(arguments: cases)
  func `the loader says what the case expects`(golden: Case) throws {
    let loaded = FlowLoader.load(source: Array(golden.source.utf8), file: "f.yaml", catalogue: .example)
    let said = loaded.diagnostics.isEmpty ? "ok" : loaded.diagnostics.map(\.text).joined(separator: "\n")
    if ProcessInfo.processInfo.environment["SWITCHBOARD_REWRITE_CASES"] != nil {
      try "\(golden.source)----------\n\(said)\n".write(
        to: Self.folder.appending(path: golden.name), atomically: true, encoding: .utf8)
    }
    #expect(said == golden.expected)
    #expect((loaded.content == nil) == loaded.hasErrors)
  }
}
