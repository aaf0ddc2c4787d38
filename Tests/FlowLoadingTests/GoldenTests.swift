import FlowLoading
import Foundation
import Testing

/// Each code as a person sees it: what `check` prints of the bad example of its explanation, byte for byte.
/// With `SWITCHBOARD_REWRITE_GOLDEN=1` the files are written anew, for reading through in `git diff`.
@Suite struct GoldenTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
  private static let isRewriting = ProcessInfo.processInfo.environment["SWITCHBOARD_REWRITE_GOLDEN"] != nil

  @Test(arguments: Explanation.all.map(\.code))
  func `a code is printed as its golden file has it`(code: DiagnosticCode) throws {
    let explanation = try #require(Explanation.of(code))
    let said = ExplanationTests.said(explanation, explanation.bad).map(\.text).joined(separator: "\n") + "\n"
    let file = Self.folder.appending(path: "\(code.rawValue).txt")
    if Self.isRewriting {
      try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
      try said.write(to: file, atomically: true, encoding: .utf8)
    }
    let golden = try? String(contentsOf: file, encoding: .utf8)
    #expect(golden != nil, "there is no Golden/\(code.rawValue).txt")
    #expect(said == golden)
  }

  @Test func `each golden file belongs to a code, and there are at least eighty`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
    #expect(names == DiagnosticCode.allCases.map { "\($0.rawValue).txt" }.sorted())
    #expect(names.count >= 80)
  }
}
