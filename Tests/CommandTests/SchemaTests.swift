import Foundation
import Testing

@Suite struct SchemaTests {
  @Test func `schema writes annotations for rules and leaves an editor's settings alone`() throws {
    let run = try ProgramRun()
    let first = try run.run("schema", "--lua")
    #expect(first.status == 0, "\(first.errors)")
    let names = first.output.split(separator: "\n").map { String($0) }
    #expect(names == [
      ".switchboard/lua/rules.lua", ".switchboard/lua/text.lua", ".switchboard/lua/time.lua", ".luarc.json",
    ])
    for name in names { #expect(FileManager.default.fileExists(atPath: run.folder.appendingPathComponent(name).path)) }
    try run.write("{}", to: ".luarc.json")
    let second = try run.run("schema", "--lua")
    #expect(second.status == 0 && !second.output.contains(".luarc.json"))
    let kept = try String(contentsOf: run.folder.appendingPathComponent(".luarc.json"), encoding: .utf8)
    #expect(kept == "{}")
    #expect(try run.run("schema").status == 2)
  }

  @Test func `check points at the slip in a rule, with its code`() throws {
    let run = try ProgramRun()
    try run.copyQuickstart()
    try run.write("""
      return rule {
        on_message = function(msg, conv, ctx)
          if conv.isAnswered then return pass() end
          reply("Да")
          return pass()
        end,
      }
      """, to: "rules/quickstart/slips.lua")
    let checked = try run.run(
      "check", environment: ["AVITO_CLIENT_ID": "a", "AVITO_CLIENT_SECRET": "b", "DESK_TOKEN": "1:c"])
    #expect(checked.status == 1)
    #expect(checked.errors.contains("""
      rules/quickstart/slips.lua:3:13: error[SB0803]: unknown field 'conv.isAnswered'
         |
       3 |     if conv.isAnswered then return pass() end
         |             ^^^^^^^^^^ did you mean 'is_answered'?
      """), "\(checked.errors)")
    #expect(checked.errors.contains("slips.lua:4:5: error[SB0809]"), "\(checked.errors)")
    let explained = try run.run("explain", "SB0809")
    #expect(explained.status == 0 && explained.output.contains("in a rule"))
  }
}
