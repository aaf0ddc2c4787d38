import FlowEngine
import FlowModel
import JournalCore
import SwitchboardSDK
import Synchronization
import Testing

@testable import FlowEngine

/// Messages whose handling ends the process.
@Suite(.timeLimit(.minutes(1))) struct DeathTests {
  @Test func `a message that was in hand at five deaths is parked, and one beside it is not`() async throws {
    var journal = MemoryJournal()
    let clock = VirtualClock()
    for death in 1...6 {
      let rules = DeadlyRules()
      let rig = try await EngineRig(journal: journal, clock: clock, rules: rules)
      if death == 1 {
        try await rig.customer("яд", chat: "c1")
        try await rig.customer("рядом", chat: "c2")
        try await rig.customer("за ядом", chat: "c1")
      }
      let survivor = Survivor()
      let dying = journal
      try await rig.playing { _ in
        // Suspected after two deaths, they are begun one at a time.
        await rules.asked(death <= 3 ? 2 : 1)
        await survivor.keep(dying.crashed())
      }
      #expect(Set(rules.texts) == (death <= 3 ? ["яд", "рядом"] : ["яд"]), "life \(death)")
      journal = try #require(await survivor.journal)
    }
    let connections = ScriptedConnections()
    let last = try await EngineRig(journal: journal, connections: connections, clock: clock)
    try await last.playing { rig in
      await rig.parked(1)
      await rig.finished(1)
    }
    #expect(last.parkedReasons == ["the engine died 5 times while this message was in hand"])
    #expect(connections.texts == ["intro", "💬\nрядом"])
  }

  @Test func `a parked message that a person has put back gets all its lives anew`() async throws {
    let journal = MemoryJournal()
    let first = try await EngineRig(journal: journal)
    try await first.customer("яд")
    let counts: Value = ["1": 5]
    try await journal.setConnectionValue(connection: DeathNotes.place, key: "0", value: counts)
    let second = try await EngineRig(journal: journal)
    try await second.playing { rig in await rig.parked(1) }
    #expect(try await journal.retryRun(1))
    let third = try await EngineRig(journal: journal)
    try await third.playing { rig in await rig.finished(1) }
    #expect(third.connections.texts == ["intro", "💬\nяд"])
  }

  @Test func `a message that rests at the time of a death does not pay for it`() async throws {
    var journal = MemoryJournal()
    let clock = VirtualClock()
    for life in 0..<8 {
      let connections = ScriptedConnections()
      connections.fail(ActionError(.rateLimited, "429", retryAfterMilliseconds: 3_600_000))
      let rig = try await EngineRig(journal: journal, connections: connections, clock: clock)
      if life == 0 { try await rig.customer("ждёт") }
      let survivor = Survivor()
      let dying = journal
      try await rig.playing { rig in
        await rig.waiting(1)
        // The note is taken back before the wait begins.
        let isResting = try await rig.passing(milliseconds: 0) {
          try await dying.connectionValue(connection: DeathNotes.place, key: "0").isNull
        }
        #expect(isResting)
        await survivor.keep(dying.crashed())
      }
      journal = try #require(await survivor.journal)
      clock.advance(milliseconds: 3_700_000)
    }
    let last = try await EngineRig(journal: journal, clock: clock)
    try await last.playing { rig in await rig.finished(1) }
    #expect(last.parkedReasons.isEmpty)
  }

  @Test func `a parked run that is put back before a crash stands before an earlier one of its moment`() async throws {
    let journal = MemoryJournal()
    let records = ["m1", "m2"].map { id in
      IntakeRecord(
        project: "shop", connection: "avito", externalID: id, conversation: "lane", receivedAt: clockZero,
        payload: Array("{}".utf8), runs: [NewRun(flow: "desk", version: "v1", label: "customer", lane: "lane")])
    }
    let runs = try await journal.append(records).flatMap(\.runs)
    // The later one was announced first, has spoken, and waits for a person.
    for status in [RunStatus.running, .parked] {
      try await journal.commit(RunChange(run: runs[1], status: status, at: clockZero))
    }
    #expect(try await journal.retryRun(runs[1]))
    let lanes = Lanes()
    _ = try await Recovery(journal: journal.crashed(), lanes: lanes).takeUp()
    #expect(lanes.head(of: "lane")?.id == runs[1])
    lanes.advance("lane")
    #expect(lanes.head(of: "lane")?.id == runs[0])
  }

  private let clockZero = Timestamp(milliseconds: 0)
}

/// Is asked, and then nothing more comes of it: the process is about to die.
final class DeadlyRules: RulesPort {
  private let state = Mutex<[String]>([])
  private let news: AsyncStream<Void>
  private let told: AsyncStream<Void>.Continuation

  init() { (news, told) = AsyncStream.makeStream() }

  var texts: [String] { state.withLock { $0 } }

  func asked(_ count: Int) async {
    if texts.count >= count { return }
    for await _ in news where texts.count >= count { return }
  }

  func judge(_ call: RuleCall) async throws(RuleFailure) -> RuleDecision {
    state.withLock { $0.append(call.message["text"].textValue ?? "") }
    told.yield()
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    for await _ in stream {}
    withExtendedLifetime(continuation) {}
    throw RuleFailure(code: .failed, rule: call.rule, detail: "cancelled")
  }
}
