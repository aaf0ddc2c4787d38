import FlowModel
import RuleEngine
import SwitchboardSDK
import Testing

@Suite struct RuleBudgetTests {
  @Test(arguments: [
    ("while true do end", RuleFailure.Code.instructions), ("while true do pcall(error) end", .instructions),
    ("local s = ('a'):rep(4000) return reply(tostring(s:find(('.-'):rep(8) .. 'b')))", .time),
    ("local s = ('xy'):rep(1 << 40) return pass()", .memory),
    ("local t = {} for i = 1, math.huge do t[i] = i end", .memory),
    ("local t = {} for i = 1, 10000 do t['k' .. i] = i end return pass()", .memory),
  ])
  func `a call over a budget ends with the budget's name and line, and the next call is served`(
    body: String, code: RuleFailure.Code
  ) async throws {
    let rig = try RuleRig()
    let failure = try await rig.failure(body)
    #expect(failure.code == code, "\(failure)")
    #expect(failure.line == 2)
    #expect(failure.detail.hasPrefix("over the budget of"))
    #expect(try await rig.answer("return reply('ok')").reply == "ok")
  }

  @Test func `budgets can be set`() async throws {
    let limits = RuleLimits(instructions: 500, memoryBytes: 1 << 20, cpuMilliseconds: 1_000, tableSlots: 64)
    let rig = try RuleRig(limits: limits)
    #expect(try await rig.failure("for i = 1, 1000 do end").detail == "over the budget of 500 instructions")
    #expect(try await rig.failure("local t = {} for i = 1, 65 do t['k' .. i] = i end").code == .memory)
    #expect(try await rig.answer("return pass()").action == "pass")
  }

  @Test func `a file that does more by itself than a call may is refused when it is loaded`() async throws {
    let rig = try RuleRig()
    func write(words: Int) throws {
      try rig.write("reply", """
        local words = {}
        for i = 1, \(words) do words["w" .. i] = i end
        return rule { on_message = function(msg) return reply(words["w\(words)"]) end }
        """)
    }
    try write(words: 8_000)
    #expect(rig.load() == [])
    #expect(try await rig.engine.judge(.sample()).reply == "8000")
    try write(words: 12_000)
    #expect(rig.load().map(\.message) == ["over the budget of 16 MiB memory: one table has too many keys"])
    #expect(try await rig.engine.judge(.sample()).reply == "8000")
  }

  @Test func `ten failures in a row open the breaker, which time half-opens and a new version closes`() async throws {
    let rig = try RuleRig()
    try rig.write(
      "reply", "return rule { on_message = function(msg) return msg.text == 'ok' and pass() or error('no') end }")
    rig.load()
    for _ in 1...10 {
      await #expect(throws: RuleFailure(code: .failed, rule: "reply", line: 1, detail: "no")) {
        _ = try await rig.engine.judge(.sample())
      }
    }
    func code(_ text: String) async -> RuleFailure.Code? {
      do throws(RuleFailure) { _ = try await rig.engine.judge(.sample(text: text)) } catch { return error.code }
      return nil
    }
    #expect(await code("ok") == .breakerOpen)
    rig.clock.advance(milliseconds: 30_000)
    #expect(await code("x") == .failed)
    #expect(await code("ok") == .breakerOpen)
    rig.clock.advance(milliseconds: 30_000)
    #expect(await code("ok") == nil)
    #expect(await code("ok") == nil)
    for _ in 1...10 { #expect(await code("x") == .failed) }
    #expect(await code("ok") == .breakerOpen)
    try rig.write("reply", "return rule { on_message = function() return drop() end }")
    #expect(rig.engine.reloadIfChanged().count == 1)
    #expect(await code("ok") == nil)
  }
}
