import FlowModel
import Synchronization
import SwitchboardSDK
import Testing

@testable import RuleEngine

@Suite struct RulePaceTests {
  @Test func `a rule is trusted after some quick calls, and not for long after a slow one`() {
    var pace = RulePace()
    for _ in 0..<RulePace.callsToTrust {
      #expect(!pace.isQuick(version: "1"))
      pace.record(20_000, version: "1")
    }
    #expect(pace.isQuick(version: "1") && !pace.isQuick(version: "2"))
    pace.record(RulePace.quickNanosecondsMax + 1, version: "1")
    for _ in 0..<RulePace.callsToForgive {
      #expect(!pace.isQuick(version: "1"))
      pace.record(20_000, version: "1")
    }
    #expect(pace.isQuick(version: "1"))
    pace.record(20_000, version: "2")
    #expect(!pace.isQuick(version: "2"))
  }

  @Test func `on a thread with room for Lua a rule decides alike, and budgets hold`() async throws {
    let rig = try RuleRig(isOnRoomyThread: true)
    for _ in 0..<10 { #expect(try await rig.answer("return reply(msg.text)").reply == "Сколько стоит ДОСТАВКА?") }
    let loop = "if msg.text == 'x' then while true do end end return reply('ok')"
    for _ in 0..<10 { #expect(try await rig.answer(loop).reply == "ok") }
    #expect(try await rig.failure(loop, .sample(text: "x")).code == .instructions)
    for _ in 0..<10 { #expect(try await rig.answer(loop).reply == "ok") }
  }
}
