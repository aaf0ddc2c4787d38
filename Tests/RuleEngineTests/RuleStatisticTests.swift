import FlowModel
import Foundation
import RuleEngine
import SwitchboardSDK
import Synchronization
import Testing

@Suite struct RuleStatisticTests {
  private func ask(_ engine: RuleEngine, _ text: String) async -> RuleFailure.Code? {
    do throws(RuleFailure) { _ = try await engine.judge(.sample(text: text)) } catch { return error.code }
    return nil
  }

  private static let rule = """
    return rule { on_message = function(msg)
      if msg.text == "ошибка" then error("нет") end
      if msg.text == "петля" then while true do end end
      if msg.text == "много" then return reply(#("x"):rep(3000000)) end
      return pass()
    end }
    """

  @Test func `calls, errors, budgets, CPU time and memory are counted by rule`() async throws {
    let rig = try RuleRig()
    try rig.write("reply", Self.rule)
    #expect(rig.load() == [])
    #expect(rig.engine.conditions == [])
    for text in ["да", "ошибка", "петля", "много", "нет"] { _ = await ask(rig.engine, text) }
    let condition = try #require(rig.engine.conditions.first)
    #expect(condition.project == "shop" && condition.rule == "reply" && condition.breaker == .closed)
    #expect(condition.statistic.calls == 5)
    #expect(condition.statistic.failures == [.failed: 1, .instructions: 1])
    #expect(condition.statistic.overBudget == 1)
    #expect(condition.statistic.buckets.reduce(0, +) == 5)
    #expect(condition.statistic.cpuNanoseconds > 0)
    #expect((3_000_000..<16 << 20).contains(condition.statistic.peakBytes))
  }

  @Test func `an open breaker shows, is counted, and refuses are no calls`() async throws {
    let rig = try RuleRig()
    try rig.write("reply", Self.rule)
    rig.load()
    for _ in 1...10 { #expect(await ask(rig.engine, "ошибка") == .failed) }
    #expect(await ask(rig.engine, "да") == .breakerOpen)
    var condition = try #require(rig.engine.conditions.first)
    #expect(condition.breaker == .open && condition.failuresInRow == 10)
    #expect(condition.statistic.breakerOpenings == 1 && condition.statistic.calls == 10)
    #expect(condition.statistic.failures[.breakerOpen] == 1)
    rig.clock.advance(milliseconds: 30_000)
    #expect(rig.engine.conditions.first?.breaker == .halfOpen)
    #expect(await ask(rig.engine, "да") == nil)
    condition = try #require(rig.engine.conditions.first)
    #expect(condition.breaker == .closed && condition.failuresInRow == 0)
  }

  @Test func `a slow rule is told once a minute, with what it took`() async throws {
    let told = Mutex<[RuleSlowness]>([])
    let rig = try RuleRig()
    let engine = RuleEngine(
      threadCount: 1, limits: RuleLimits(instructions: .max / 2, memoryBytes: 1 << 20, cpuMilliseconds: 30,
        tableSlots: 64),
      monotonicMilliseconds: { [clock = rig.clock] in clock.now.withLock { $0 } },
      onSlow: { slow in told.withLock { $0.append(slow) } })
    try rig.write("reply", Self.rule)
    engine.load(project: "shop", directory: rig.folder.appendingPathComponent("shop").path)
    for _ in 0..<2 { #expect(await ask(engine, "петля") == .time) }
    #expect(told.withLock { $0.map(\.slowCalls) } == [1])
    rig.clock.advance(milliseconds: 60_000)
    _ = await ask(engine, "петля")
    let last = try #require(told.withLock { $0.last })
    #expect(last.slowCalls == 3 && last.rule == "reply" && last.cost.cpuNanoseconds >= 25_000_000)
    await engine.shutdown()
  }
}
