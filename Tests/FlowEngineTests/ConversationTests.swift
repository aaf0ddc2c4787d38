import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

@Suite(.timeLimit(.minutes(1))) struct ConversationTests {
  @Test func `a customer's first message opens a topic and the operator's answer goes back`() async throws {
    let rig = try await EngineRig(journal: MemoryJournal())
    try await rig.playing { rig in
      try await rig.customer("Ещё продаёте?")
      await rig.finished(1)
      try await rig.operatorWrites("Да", thread: "1")
      await rig.finished(2)
    }
    #expect(
      rig.connections.lines == [
        "open_thread desk -100: Анна", "send desk -100/1: intro", "pin desk -100/1: 2",
        "send desk -100/1: 💬\nЕщё продаёте?", "send avito c1: Да",
      ])
  }

  @Test func `messages of one conversation keep their order through a failing channel`() async throws {
    let connections = ScriptedConnections()
    let rig = try await EngineRig(journal: MemoryJournal(), connections: connections)
    try await rig.playing { rig in
      try await rig.customer("первое")
      await rig.finished(1)
      connections.fail(ActionError(.transient, "503"), ActionError(.transient, "503"))
      try await rig.customer("второе")
      try await rig.customer("третье")
      await rig.waiting(1)
      rig.clock.advance(milliseconds: 1_000)
      await rig.waiting(2)
      rig.clock.advance(milliseconds: 2_000)
      await rig.finished(3)
    }
    #expect(
      rig.connections.texts == ["intro", "💬\nпервое", "💬\nвторое", "💬\nвторое", "💬\nвторое", "💬\nтретье"])
  }

  @Test func `a stuck conversation does not hold up another`() async throws {
    let connections = ScriptedConnections()
    let patient = ErrorPolicy(
      retry: RetryPolicy(times: 3, firstMilliseconds: 3_600_000, maxMilliseconds: 3_600_000, hasJitter: false),
      last: .park)
    let rig = try await EngineRig(
      journal: MemoryJournal(), connections: connections, flows: [DemoLikeFlow.desk(onError: patient)])
    try await rig.playing { rig in
      connections.fail(ActionError(.transient, "502"))
      try await rig.customer("стоит", chat: "c1")
      await rig.waiting(1)
      try await rig.customer("идёт", chat: "c2")
      await rig.finished(1)
    }
    #expect(rig.connections.texts == ["intro", "💬\nидёт"])
  }

  @Test func `an event that comes twice is handled once`() async throws {
    let rig = try await EngineRig(journal: MemoryJournal())
    try await rig.playing { rig in
      try await rig.customer("раз", id: "m:1")
      try await rig.customer("раз", id: "m:1")
      try await rig.customer("два", id: "m:2")
      await rig.finished(2)
    }
    #expect(rig.connections.texts == ["intro", "💬\nраз", "💬\nдва"])
  }

  @Test func `a flow's own dedup key drops the second event that has it`() async throws {
    let flow = DemoLikeFlow.desk(deduplication: .path(["message", "text"]))
    let rig = try await EngineRig(journal: MemoryJournal(), flows: [flow])
    try await rig.playing { rig in
      try await rig.customer("привет", id: "m:1")
      try await rig.customer("привет", id: "m:2")
      await rig.finished(2)
    }
    #expect(rig.outcomes == ["delivered", "dropped: duplicate of 'привет'"])
  }

  @Test func `a message that no repetition mends parks its conversation until a person retries`() async throws {
    let connections = ScriptedConnections()
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal, connections: connections)
    try await rig.playing { rig in
      connections.fail(ActionError(.invalid, "not enough rights to create a topic"))
      try await rig.customer("первое")
      try await rig.customer("второе")
      await rig.parked(1)
      let troubled = try await journal.troubledRuns(limit: 10)
      let run = try #require(troubled.first)
      #expect(run.status == .parked)
      #expect(try await journal.retryRun(run.id))
      rig.engine.lanes.unpark(run.lane)
      await rig.finished(2)
    }
    #expect(rig.parkedReasons == ["invalid: not enough rights to create a topic"])
    #expect(rig.connections.texts == ["intro", "💬\nпервое", "💬\nвторое"])
  }

  @Test func `what an operator writes outside any conversation's topic goes nowhere`() async throws {
    let rig = try await EngineRig(journal: MemoryJournal())
    try await rig.playing { rig in
      try await rig.operatorWrites("обед", thread: nil)
      try await rig.operatorWrites("чужая тема", thread: "999")
      await rig.finished(2)
    }
    #expect(rig.connections.lines.isEmpty)
    #expect(Set(rig.outcomes) == ["dropped: not in a conversation's thread"])
  }

  @Test func `a rule that fails leaves the message on its way when the step says skip`() async throws {
    let skip = ErrorPolicy(
      retry: RetryPolicy(times: 0, firstMilliseconds: 1, maxMilliseconds: 1, hasJitter: false), last: .skip)
    let rules = ScriptedRules(failures: [RuleFailure(code: .time, rule: "reply", line: 4, detail: "100 ms")])
    let rig = try await EngineRig(journal: MemoryJournal(), flows: [DemoLikeFlow.desk(rule: skip)], rules: rules)
    try await rig.playing { rig in
      try await rig.customer("Ещё продаёте?")
      await rig.finished(1)
    }
    #expect(rig.connections.texts == ["intro", "💬\nЕщё продаёте?"])
  }
}
