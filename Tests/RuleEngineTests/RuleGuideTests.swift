import FlowModel
import Foundation
import RuleEngine
import SwitchboardSDK
import Testing

/// The rules in docs/rule-guide.md, run as they stand there.
@Suite struct RuleGuideTests {
  private func rules() throws -> [String] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let guide = try String(contentsOf: root.appendingPathComponent("docs/rule-guide.md"), encoding: .utf8)
    return guide.components(separatedBy: "```lua\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
  }

  @Test func `each example passes the check and decides as the guide says`() async throws {
    let rules = try rules()
    #expect(rules.count == 3)
    let expected: [[(text: String, action: String)]] = [
      [("А привезете?", "reply"), ("Здравствуйте", "route")],
      [("Здравствуйте", "reply")],
      [("Это СПАМ", "drop"), ("ты болван!", "block"), ("мой 8 912 345-67-89", "route"), ("отдайте за 5 тыс", "reply"),
       ("ок", "pass")],
    ]
    for (source, messages) in zip(rules, expected) {
      #expect(RuleEngine.check(file: "guide.lua", source: Array(source.utf8)) == [])
      let rig = try RuleRig()
      try rig.write("reply", source)
      #expect(rig.load() == [])
      for message in messages {
        #expect(try await rig.engine.judge(.sample(text: message.text)).action == message.action, "\(message.text)")
      }
    }
  }

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
    let source = RuleSource(name: "reply", file: "reply.lua", bytes: Array(try #require(rules().first).utf8))
    #expect(try RuleBenchmark.evaluationsPerSecond(source: source, call: .sample(), iterations: 500) > 0)
  }
}
