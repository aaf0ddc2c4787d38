import FlowModel
import RuleAttacks
import RuleEngine
import SwitchboardSDK
import Testing

/// Hostile scripts on threads of this process; ProgramTests runs the same in worker processes.
@Suite struct AttackCorpusTests {
  private func objection(to attack: RuleAttack, canary: RuleAttack) throws -> String? {
    let outcomes = try #require(RuleChunk.run([attack.source, canary.source]))
    return attack.objection(to: outcomes[0]) ?? canary.objection(to: outcomes[1]).map { "canary: \($0)" }
  }

  @Test(arguments: RuleAttack.own)
  func `an attack of our own ends as it must, and the canary after it lives`(attack: RuleAttack) throws {
    #expect(try objection(to: attack, canary: .canary) == nil)
  }

  @Test(
    .enabled(if: RuleAttack.sharedFolder != nil, "skipped: no shared/attacks/lua beside the checkout"),
    arguments: RuleAttack.shared)
  func `a script of the corpus meets its verdict, and the canary after it lives`(attack: RuleAttack) throws {
    let canary = try #require(RuleAttack.shared.first { $0.name == "canary.lua" })
    #expect(try objection(to: attack, canary: canary) == nil)
  }

  @Test(
    .enabled(if: RuleAttack.sharedFolder != nil, "skipped: no shared/attacks/lua beside the checkout"),
    arguments: [
      "c01_infinite_loop.lua", "c02_pcall_swallow.lua", "c04_xpcall_handler_loop.lua", "c05_coroutine_loop.lua",
      "c11_tailcall_forever.lua", "c13_float_loop.lua", "c16_index_metamethod_loop.lua", "d01_find_backtrack.lua",
      "d05_balance_quadratic.lua", "d07_table_insert_fake_len.lua", "d08_table_remove_shift.lua",
      "d13_gsub_anchor_each.lua", "d14_utf8_len_loop.lua",
    ])
  func `a script that does not end by itself is ended by a budget that is named`(name: String) throws {
    let attack = try #require(RuleAttack.shared.first { $0.name == name })
    let outcome = try #require(RuleChunk.run([attack.source])?.first)
    let failure = try #require(throws: RuleFailure.self) { try outcome.result.get() }
    #expect(failure.code == .time || failure.code == .instructions, "\(failure)")
    #expect(failure.detail.contains("over the budget of"))
  }

  @Test func `every script of the corpus has a first line that is understood`() {
    #expect(RuleAttack.sharedFolder == nil || RuleAttack.shared.count > 60)
    #expect(RuleAttack.own.count > 60)
  }
}
