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

  @Test func `coverage is told for people and for programs`() throws {
    let run = try quickstart()
    let text = try run.run("test", "--coverage")
    #expect(text.output.contains("flows/quickstart/desk.yaml  steps 4/4, branches 4/4"), "\(text.output)")
    #expect(text.output.contains("rules/quickstart/reply.lua  lines "), "\(text.output)")
    let value = try JSON.parse(Array(try run.run("test", "--coverage", "--json").output.utf8))
    #expect(value["coverage"][0]["total"]["steps"] == 4)
  }

  @Test func `repl asks a rule about a text, a file and each line, and tells what it took`() throws {
    let run = try quickstart()
    let rule = "rules/quickstart/reply.lua"
    let one = try run.run("repl", rule, "--text", "Доставка есть?")
    #expect(one.status == 0 && one.output.contains("Доставляем по Москве"), "\(one.output)\(one.errors)")
    #expect(one.output.contains(" instructions, "))
    try run.write(#"{"message": {"text": "Привет"}, "conversation": {"name": "Анна"}}"#, to: "m.json")
    let value = try JSON.parse(Array(try run.run("repl", rule, "--message", "m.json", "--json").output.utf8))
    #expect(value["decision"]["action"] == "pass" && (value["instructions"].intValue ?? 0) > 0)
    try run.write("return rule { on_message = function() error('broken') end }", to: "bad.lua")
    let failed = try run.run("repl", "bad.lua", "--text", "x")
    #expect(failed.status == 1 && failed.output.contains("bad.lua:1"), "\(failed.output)")
    #expect(try run.run("repl", "nowhere.lua", "--text", "x").status == 2)
  }
}
