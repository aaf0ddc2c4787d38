import FlowModel
import RuleEngine
import SwitchboardSDK
import Testing

@Suite struct RuleBookTests {
  @Test func `a changed file serves at once, a broken one leaves the old version serving and says why`() async throws {
    let rig = try RuleRig()
    #expect(try await rig.answer("return reply('one')").reply == "one")
    #expect(rig.engine.reloadIfChanged() == [])
    let first = rig.engine.versions(project: "shop")["reply"]

    try rig.write("reply", "return rule {\n  on_message = function(msg) return reply('two' end\n}")
    let report = try #require(rig.engine.reloadIfChanged().first)
    guard case .kept(let version, let problems) = report.outcome else { Issue.record("\(report)"); return }
    #expect(version == first)
    #expect(problems.first?.line == 2)
    #expect(problems.first?.file.hasSuffix("shop/reply.lua") == true)
    #expect(try await rig.engine.judge(.sample()).reply == "one")
    #expect(rig.engine.reloadIfChanged() == [])

    try rig.write("reply", "return rule { on_message = function(msg) return reply('three') end }")
    let second = try #require(rig.engine.reloadIfChanged().first)
    let decision = try await rig.engine.judge(.sample())
    #expect(decision.reply == "three")
    #expect(second.outcome == .loaded(version: decision.version))
  }

  @Test func `a rule that is not there is said to be missing`() async throws {
    let rig = try RuleRig()
    rig.load()
    await #expect(throws: RuleFailure.self) { _ = try await rig.engine.judge(.sample()) }
    _ = try await rig.answer("return pass()")
    try rig.write("other", "return rule { on_message = pass }")
    #expect(rig.engine.reloadIfChanged().map(\.rule) == ["other"])
  }

  @Test func `projects share no state, though one thread serves both`() async throws {
    let rig = try RuleRig()
    let source = """
      local seen = 0
      return rule { on_message = function() seen = seen + 1 return reply(tostring(seen)) end }
      """
    for project in ["shop", "other"] {
      try rig.write("reply", source, project: project)
      #expect(rig.load(project: project) == [])
    }
    #expect(try await rig.engine.judge(.sample()).reply == "1")
    #expect(try await rig.engine.judge(.sample(project: "other")).reply == "1")
  }

  @Test func `many calls at once on several threads are all answered, and a stopped engine refuses`() async throws {
    let rig = try RuleRig(threadCount: 4)
    try rig.write("reply", "return rule { on_message = function(msg) return reply(msg.text) end }")
    rig.load()
    let replies = await withTaskGroup(of: String?.self) { group in
      for number in 0..<500 {
        group.addTask { try? await rig.engine.judge(.sample(text: "t\(number)")).reply }
      }
      return await group.reduce(into: Set<String>()) { if let reply = $1 { $0.insert(reply) } }
    }
    #expect(replies.count == 500)
    await rig.engine.shutdown()
    await #expect(throws: RuleFailure.self) { _ = try await rig.engine.judge(.sample()) }
  }
}
