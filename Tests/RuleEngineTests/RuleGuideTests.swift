import CLua
import FlowModel
import RuleEngine
import SwitchboardSDK
import Testing

@Suite struct RuleGuideTests {
  @Test func `the names that the check knows are those that the sandbox offers`() throws {
    let names = RuleNames.globals.subtracting(["_ENV"]).sorted()
      + RuleNames.members.flatMap { library, members in members.sorted().map { "\(library).\($0)" } }
    let sources = names.map { name in
      RuleSource(name: "c", file: "c.lua", bytes: Array("return type(\(name)) == 'nil' and 'absent' or 'there'".utf8))
    }
    let outcomes = try #require(RuleChunk.run(sources))
    for (name, outcome) in zip(names, outcomes) {
      #expect(try outcome.result.get() == .text("there"), "\(name)")
    }
  }

  @Test func `an evaluation is fast enough to be measured`() throws {
    let source = RuleSource(name: "reply", file: "reply.lua", bytes: Array("""
      return rule { on_message = function(msg)
        return text.has_any(msg.text, { "доставка" }) and reply("Да") or pass()
      end }
      """.utf8))
    #expect(try RuleBenchmark.evaluationsPerSecond(source: source, call: .sample(), iterations: 500) > 0)
    #expect(try RuleBenchmark.budgetShare(source: source, call: .sample(), iterations: 200) > 0)
  }

  /// What lua-language-server reads must be Lua, and name all there is.
  @Test func `the annotations are valid Lua and name the whole API`() throws {
    var all = ""
    for file in RuleAnnotations.files {
      let lua = try #require(luaL_newstate())
      defer { lua_close(lua) }
      #expect(luaL_loadstring(lua, file.text) == 0, "\(file.name)")
      #expect(file.text.hasPrefix("---@meta\n"))
      all += file.text
    }
    for library in RuleAPI.libraries {
      for function in library.functions {
        #expect(all.contains("\nfunction \(library.name).\(function.name)("), "\(function.name)")
        for parameter in function.parameters { #expect(all.contains("---@param \(parameter.name)")) }
      }
    }
    for function in RuleAPI.decisions + RuleAPI.globals { #expect(all.contains("\nfunction \(function.name)(")) }
    for method in RuleAPI.decisionMethods { #expect(all.contains("\nfunction Decision:\(method.name)(")) }
    for object in RuleAPI.objects {
      #expect(all.contains("---@class \(object.className)\n"))
      for field in object.fields { #expect(all.contains("---@field \(field.name)"), "\(object.path).\(field.name)") }
    }
    for handler in RuleAPI.handlers { #expect(all.contains("---@field \(handler.name)? sb.Handler")) }
    // Each annotation is one that lua-language-server knows, and each class that is named is declared.
    for line in all.split(separator: "\n") where line.hasPrefix("---@") {
      let word = line.dropFirst(4).prefix { $0.isLetter }
      #expect(["meta", "class", "field", "param", "return", "alias"].contains(String(word)), "\(line)")
    }
    for name in all.matches(of: #/sb\.(\w+)/#).map({ String($0.1) }) {
      #expect(all.contains("---@class sb.\(name)\n") || all.contains("---@alias sb.\(name) "), "\(name)")
    }
    let configuration = try JSON.parse(Array(RuleAnnotations.configuration(library: ".switchboard/lua").utf8))
    #expect(configuration["runtime.version"] == "Lua 5.4")
    #expect(configuration["runtime.builtin"]["io"] == "disable")
  }
}
