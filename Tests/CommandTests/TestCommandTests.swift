import Foundation
import SwitchboardSDK
import Testing

/// `switchboard test` as a person runs it.
@Suite struct TestCommandTests {
  private func quickstart() throws -> ProgramRun {
    let run = try ProgramRun()
    try run.copyQuickstart()
    try run.copy("flows/quickstart/desk.cases.yaml", to: "flows/quickstart/desk.cases.yaml")
    try run.copy("rules/quickstart/reply.cases.yaml", to: "rules/quickstart/reply.cases.yaml")
    return run
  }

  @Test func `the quickstart's cases hold without its secrets, and without its configuration`() throws {
    let run = try quickstart()
    let configured = try run.run("test")
    #expect(configured.status == 0, "\(configured.errors)")
    #expect(configured.output.contains("6 cases, all well"), "\(configured.output)")
    try FileManager.default.removeItem(at: run.folder.appendingPathComponent("switchboard.yaml"))
    let bare = try run.run("test", "flows", "rules/quickstart/reply.lua", "--json")
    #expect(bare.status == 0, "\(bare.errors)")
    let value = try JSON.parse(Array(bare.output.utf8))
    #expect(value["cases"] == 6 && value["failed"] == 0)
  }

  @Test func `a case that fails ends with 1 and stands in the report`() throws {
    let run = try quickstart()
    let broken = try String(
      contentsOf: run.folder.appendingPathComponent("rules/quickstart/reply.lua"), encoding: .utf8)
    try run.write(broken.replacing("за один день", with: "за <два> дня"), to: "rules/quickstart/reply.lua")
    let outcome = try run.run("test", "--junit", "report.xml")
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("FAIL  the rule knows about delivery"), "\(outcome.output)")
    #expect(outcome.errors.contains("flows/quickstart/desk.cases.yaml:"), "\(outcome.errors)")
    let report = try Data(contentsOf: run.folder.appendingPathComponent("report.xml"))
    #expect(String(decoding: report, as: UTF8.self).contains("за &lt;два&gt; дня"))
  }

  @Test func `wrong usage ends with 2, a bad file of cases with 1`() throws {
    let run = try quickstart()
    #expect(try run.run("test", "nowhere").status == 2)
    #expect(try run.run("test", "--filter", "no such case").status == 2)
    #expect(try run.run("test", "--config", "missing.yaml").status == 2)
    try run.write("flow: dsk\ncases: [ { name: a, play: [ { advanse: 1s } ] } ]\n", to: "flows/quickstart/x.cases.yaml")
    let outcome = try run.run("test")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("flows/quickstart/x.cases.yaml:1:7: error[SB0703]"), "\(outcome.errors)")
    #expect(outcome.errors.contains("did you mean 'desk'?"), "\(outcome.errors)")
    #expect(outcome.errors.contains("did you mean 'advance'?"), "\(outcome.errors)")
  }
}
