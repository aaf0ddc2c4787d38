import Foundation
import SwitchboardSDK
import Testing

/// Each command, run as a process: exit code, what it prints, and that it says what is wrong instead of crashing.
@Suite struct CommandTests {
  private static let keys = [
    "AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "secret", "DESK_TOKEN": "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  ]

  @Test func `check finds the quickstart well`() throws {
    let run = try ProgramRun()
    try run.copyQuickstart()
    let outcome = try run.run("check", environment: Self.keys)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("all is well: "))
  }

  @Test func `check names each problem with its place, of flow, rule and configuration alike`() throws {
    let run = try ProgramRun()
    try run.copyQuickstart()
    let flow = "switchboard: 1\nflow: x\nlisten: [ { a: { connection: nowhere } } ]\n"
    try run.write(flow, to: "flows/quickstart/x.yaml")
    try run.write("return rule {\n  on_message = function(\n", to: "rules/quickstart/broken.lua")
    let outcome = try run.run("check", environment: Self.keys)
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("flows/quickstart/x.yaml:3:"))
    #expect(outcome.errors.contains("nowhere"))
    #expect(outcome.errors.contains("rules/quickstart/broken.lua:"))
  }

  @Test func `a missing variable and a missing plugin are named`() throws {
    let run = try ProgramRun()
    try run.copyQuickstart()
    let noKeys = try run.run("check")
    #expect(noKeys.status == 1)
    #expect(noKeys.errors.contains("AVITO_CLIENT_ID"))
    let misspelt = "switchboard: 1\nprojects:\n  shop:\n    connections:\n      desk: { plugin: telegrm }\n"
    try run.write(misspelt, to: "b.yaml")
    let noPlugin = try run.run("check", "--config", "b.yaml")
    #expect(noPlugin.status == 1)
    #expect(noPlugin.errors.contains("b.yaml:5:"))
    #expect(noPlugin.errors.contains("telegram"))
  }

  @Test(arguments: [["check"], ["run"]])
  func `without a configuration the program says so and ends with 2`(arguments: [String]) throws {
    let outcome = try ProgramRun().run(arguments[0])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("switchboard.yaml: no such configuration"))
  }

  @Test func `run does not start on a broken flow`() throws {
    let run = try ProgramRun()
    try run.copyQuickstart()
    try run.write("switchboard: 1\nflow: x\nsteps: [ juggle ]\n", to: "flows/quickstart/x.yaml")
    let outcome = try run.run("run", environment: Self.keys)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("flows/quickstart/x.yaml:3:"))
    #expect(!outcome.output.contains("listening"))
  }

  @Test func `plugin list knows the bundled connectors, plugin inspect refuses what is none`() throws {
    let run = try ProgramRun()
    let list = try run.run("plugin", "list")
    #expect(list.status == 0, "\(list.errors)")
    #expect(list.output.contains("avito ") && list.output.contains("telegram "))
    try run.write("no library at all", to: "libNothing.so")
    let inspect = try run.run("plugin", "inspect", "libNothing.so")
    #expect(inspect.status == 1)
    #expect(inspect.errors.contains("libNothing.so"))
  }

  @Test func `dead wants a database that is there, and a word before it drops`() throws {
    let run = try ProgramRun()
    let nowhere = try run.run("dead", "list")
    #expect(nowhere.status == 2 && nowhere.errors.contains("switchboard.yaml: no such configuration"))
    let list = try run.run("dead", "list", "--database", "var/switchboard.db")
    #expect(list.status == 2)
    #expect(list.errors.contains("no database at var/switchboard.db"))
    #expect(try run.run("dead", "retry").status == 2)
    let drop = try run.run("dead", "drop", "1")
    #expect(drop.status == 2)
    #expect(drop.errors.contains("--yes"))
    try run.write("this is no database, but it is long enough to be looked at as one", to: "other.db")
    let other = try run.run("dead", "list", "--database", "other.db")
    #expect(other.status == 2)
  }

  @Test func `demo and bench say what they miss`() throws {
    let run = try ProgramRun()
    let demo = try run.run("demo", "--once")
    #expect(demo.status == 2)
    #expect(demo.errors.contains("flows/demo"))
    let bench = try run.run("bench", "--only", "rules")
    #expect(bench.status == 2)
    #expect(bench.errors.contains("rules/demo/reply.lua"))
  }

  @Test func `bench measures the journal and says it as JSON`() throws {
    let outcome = try ProgramRun().run("bench", "--only", "store", "--messages", "200", "--json")
    // 1 is a promise missed, which a busy machine in debug may well do.
    #expect(outcome.status < 2)
    let report = try JSON.parse(outcome.output)[0]
    #expect(report["id"] == "W2")
    #expect(report["figures"].listValue?.count == 6)
    #expect(report["figures"][1]["value"].doubleValue ?? 0 > 0)
  }

  @Test func `an emulator refuses a port that is none`() throws {
    #expect(try ProgramRun().run("emulator", "telegram", "--port", "70000").status == 2)
  }

  @Test(arguments: [["frobnicate"], ["run", "--config"], ["plugin", "inspect"], ["check", "flows/none.yaml"]])
  func `wrong usage ends with 2 and says so on standard error alone`(arguments: [String]) throws {
    let outcome = try ProgramRun().run(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty && !outcome.errors.isEmpty)
  }

  @Test(arguments: [
    ["run"], ["demo"], ["check"], ["emulator"], ["emulator", "telegram"], ["emulator", "avito"], ["plugin", "list"],
    ["plugin", "inspect"], ["dead"], ["dead", "list"], ["dead", "show"], ["dead", "retry"], ["dead", "drop"], ["bench"],
    ["runs"], ["lanes"], ["lanes", "list"], ["lanes", "show"], ["timers"], ["timers", "list"], ["timers", "cancel"],
    ["timers", "run"], ["why"], ["migrate"], ["db"], ["db", "backup"], ["db", "restore"], ["db", "copy"],
    ["db", "info"],
  ])
  func `each command's help has an example`(arguments: [String]) throws {
    let outcome = try ProgramRun().run(arguments + ["--help"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("Example:"))
  }

  @Test func `a wrong address of PostgreSQL is refused at its place, its password not repeated`() throws {
    let run = try ProgramRun()
    try run.write("switchboard: 1\nstorage: postgres://u:hunter2@db:none/x\nprojects: {}\n", to: "switchboard.yaml")
    let outcome = try run.run("check")
    #expect(outcome.status == 1 && outcome.errors.contains("switchboard.yaml:2:10: error[SB0207]"))
    #expect(!outcome.errors.contains("hunter2"))
    #expect(try run.run("run").status == 2)
  }

  @Test func `one mistake brings no false ones along`() throws {
    let run = try ProgramRun()
    try run.write("123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", to: "keys/tg/desk")
    try run.write(
      """
      switchboard: 1
      secrets: { from: "file:keys" }
      storge: sqlite:x.db
      projects:
        shop:
          connections:
            desk: { plugin: telegram, token: { secret: tg/desk } }
      """, to: "switchboard.yaml")
    let outcome = try run.run("check")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("switchboard.yaml:3:1: error[SB0203]"))
    #expect(outcome.errors.components(separatedBy: "error[").count == 2, "\(outcome.errors)")
  }

  @Test func `each connection whose settings its plugin refuses is named`() throws {
    let run = try ProgramRun()
    try run.write(
      """
      switchboard: 1
      projects:
        shop:
          connections:
            one: { plugin: telegram, token: nonsense }
            two: { plugin: telegram, token: hunter2-token }
      """, to: "switchboard.yaml")
    for folder in ["flows/shop", "rules/shop"] { try run.write("", to: "\(folder)/.keep") }
    let outcome = try run.run("run")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("connection 'one'") && outcome.errors.contains("connection 'two'"))
    #expect(!outcome.errors.split(separator: "\n").contains { $0.hasPrefix("connection") && $0.contains("hunter2") })
  }

  @Test func `an address that cannot be listened on is named`() throws {
    let run = try ProgramRun()
    try run.write(
      "switchboard: 1\nserver: { listen: \"no-such-host.invalid:80\" }\nprojects: {}\n", to: "switchboard.yaml")
    let outcome = try run.run("run")
    #expect(outcome.status == 2 && outcome.errors.contains("cannot listen on no-such-host.invalid:80"))
  }
}
