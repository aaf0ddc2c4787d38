import FlowCases
import Foundation
import Testing

/// Every flow and rule that comes with the program has cases, and they hold.
@Suite struct ShippedCasesTests {
  private static func run(_ path: String) async -> SuiteResult {
    await CaseRunner(CaseProjects(manifests: Checkout.manifests, projects: []))
      .run(Checkout.root.appending(path: path).path, shown: path)
  }

  private static func files() throws -> [String] {
    try ["flows", "rules"].flatMap { kind in
      try Checkout.names(in: kind).flatMap { folder in
        try Checkout.names(in: "\(kind)/\(folder)").map { "\(kind)/\(folder)/\($0)" }
      }
    }
  }

  @Test func `every shipped flow and rule has its cases beside it`() throws {
    let files = try Set(Self.files())
    for file in files where file.hasSuffix(".lua") || (file.hasSuffix(".yaml") && !file.hasSuffix(".cases.yaml")) {
      // The rules of the bench are those of the demo.
      let cases = file.split(separator: ".").dropLast().joined(separator: ".") + ".cases.yaml"
      #expect(files.contains(cases), "\(file) has no cases")
    }
  }

  @Test func `every shipped case holds`() async throws {
    let files = try Self.files().filter { $0.hasSuffix(".cases.yaml") }
    #expect(files.count >= 5)
    for file in files {
      let result = await Self.run(file)
      #expect(result.isPassed, "\(CaseReport([result]).problems.joined(separator: "\n"))")
      #expect(!result.cases.isEmpty, "\(file)")
    }
  }
}
