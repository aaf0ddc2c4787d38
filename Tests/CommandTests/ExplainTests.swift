import Foundation
import Testing

/// What `check` says in the formats of other programs, and what its codes mean.
@Suite struct ExplainTests {
  @Test func `explain gives cause, bad and mended example`() throws {
    let outcome = try ProgramRun().run("explain", "sb0401")
    #expect(outcome.status == 0)
    for part in ["SB0401", "Wrong, under 'steps' of a flow:", "Right:", "- else:"] {
      #expect(outcome.output.contains(part), "\(part)")
    }
  }

  @Test func `an unknown code ends with 2 and a guess`() throws {
    let outcome = try ProgramRun().run("explain", "SB04011")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("did you mean 'SB0401'?"))
  }

  @Test func `SARIF names the rule, the file and the region`() throws {
    let run = try broken()
    let outcome = try run.run("check", "--format", "sarif", environment: Self.keys)
    #expect(outcome.status == 1)
    let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    #expect(report.version == "2.1.0")
    let first = try #require(report.runs.first)
    let result = try #require(first.results.first { $0.ruleId == "SB0601" })
    #expect(result.level == "error")
    #expect(first.tool.driver.rules[result.ruleIndex].id == "SB0601")
    let place = try #require(result.locations?.first?.physicalLocation)
    #expect(place.artifactLocation.uri == "flows/quickstart/x%20y.yaml")
    #expect(place.region?.startLine == 3)
    #expect(place.region?.startColumn == 30)
    #expect(place.region?.endColumn == 37)
  }

  @Test func `GitHub's annotations stand at the place, on one line each`() throws {
    let run = try broken()
    let outcome = try run.run("check", "--format", "github", environment: Self.keys)
    #expect(outcome.status == 1)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.allSatisfy { $0.hasPrefix("::error ") || $0.hasPrefix("::warning ") })
    #expect(
      lines.contains {
        $0.hasPrefix("::error file=flows/quickstart/x y.yaml,line=3,col=30,endColumn=37,title=SB0601::")
      }, "\(outcome.output)")
  }

  @Test func `missing secrets are told and do not keep flows and rules from being checked`() throws {
    let run = try broken()
    let outcome = try run.run("check", "--format", "json")
    #expect(outcome.status == 1)
    for code in ["SB0501", "SB0601"] { #expect(outcome.output.contains(code), "\(code): \(outcome.output)") }
    let drawn = try run.run("graph", "desk", "--format", "ascii")
    #expect(drawn.status == 0)
    #expect(drawn.errors.contains("SB0501"))
  }

  @Test func `the schema of flows knows the configuration's names`() throws {
    let run = try ProgramRun()
    try run.copyQuickstart()
    #expect(try run.run("schema").output == ".switchboard/flow.schema.json\n")
    let written = try String(contentsOf: run.folder.appending(path: ".switchboard/flow.schema.json"), encoding: .utf8)
    #expect(written == (try run.run("schema", "--stdout", "flow").output))
    for word in ["draft-07", "answer_callback", "\"desk\"", "\"reply\""] { #expect(written.contains(word), "\(word)") }
  }

  private static let golden = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

  /// With `SWITCHBOARD_REWRITE_GOLDEN=1` the files are written anew, for reading through in `git diff`.
  @Test(arguments: ["text", "json", "sarif", "github"])
  func `each form of the same findings is printed as its golden file has it`(form: String) throws {
    let run = try broken()
    let version = try run.run("--version").output.trimmingCharacters(in: .whitespacesAndNewlines)
    let outcome = try run.run("check", "--format", form, environment: Self.keys)
    let said = (outcome.errors + outcome.output).replacing("\"\(version)\"", with: "\"VERSION\"")
    let file = Self.golden.appending(path: "check.\(form)")
    if ProcessInfo.processInfo.environment["SWITCHBOARD_REWRITE_GOLDEN"] != nil {
      try FileManager.default.createDirectory(at: Self.golden, withIntermediateDirectories: true)
      try said.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(said == (try? String(contentsOf: file, encoding: .utf8)))
  }

  private static let keys = [
    "AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "secret", "DESK_TOKEN": "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  ]

  private func broken() throws -> ProgramRun {
    let run = try ProgramRun()
    try run.copyQuickstart()
    try run.write(
      "switchboard: 1\nflow: x\nlisten: [ { a: { connection: nowhere } } ]\n", to: "flows/quickstart/x y.yaml")
    return run
  }

  // What is read of the report.
  private struct Report: Decodable {
    var version: String
    var runs: [Run]
  }
  private struct Run: Decodable {
    var tool: Tool
    var results: [Finding]
  }
  private struct Tool: Decodable { var driver: Driver }
  private struct Driver: Decodable { var rules: [Rule] }
  private struct Rule: Decodable { var id: String }
  private struct Finding: Decodable {
    var ruleId: String
    var ruleIndex: Int
    var level: String
    var locations: [Location]?
  }
  private struct Location: Decodable { var physicalLocation: Place }
  private struct Place: Decodable {
    var artifactLocation: Artifact
    var region: Region?
  }
  private struct Artifact: Decodable { var uri: String }
  private struct Region: Decodable {
    var startLine: Int
    var startColumn: Int?
    var endColumn: Int?
  }
}
