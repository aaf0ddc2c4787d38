import FlowEngine
import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

/// Limits in the whole engine, on virtual time: when each call went out.
@Suite(.timeLimit(.minutes(1))) struct PacingTests {
  private static func project(_ pacing: ConnectorPacing) -> ProjectFacts {
    var project = DemoLikeFlow.project
    project.places["desk"]?.pacing = pacing
    return project
  }
  /// Ten calls a minute in the group: two customers' first messages and a bit.
  private static let group = ConnectorPacing(
    group: RateLimit(calls: 10, perMilliseconds: 60_000), groupPrefix: "-")

  @Test func `what waits for its turn stands in no ledger, and goes out in order when it comes`() async throws {
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal, project: Self.project(Self.group))
    let begin = rig.clock.now()
    try await rig.playing { rig in
      // Open, intro, pin and text: four calls a customer, and the third must wait before its third.
      for chat in ["c1", "c2", "c3"] {
        try await rig.customer("привет", chat: chat, name: chat)
        await rig.called(min(rig.connections.calls.count + 4, 10))
      }
      let isWaiting = try await rig.passing(milliseconds: 0) { rig.engine.pacer.waiting == 1 }
      #expect(isWaiting)
      #expect(try await journal.counts().unknownDeliveries == 0)
      let third = try #require(try await journal.openRuns(after: 0, limit: 10).first)
      #expect(third.status == .waiting)
      let entries = try await journal.deliveries(of: third.id)
      #expect(entries.map(\.state) == [.sent, .sent])
      // Another channel of the same engine does not wait.
      try await rig.operatorWrites("Да", thread: "1")
      await rig.finished(3)
      #expect(rig.connections.lines.last == "send avito c1: Да")
      #expect(rig.clock.now() == begin)
      let isDone = try await rig.passing(milliseconds: 1_000) { rig.outcomes.count >= 4 }
      #expect(isDone)
      #expect(rig.clock.now() >= begin.adding(milliseconds: 60_000))
      #expect(rig.clock.now() < begin.adding(milliseconds: 75_000))
    }
    #expect(rig.connections.lines.suffix(2) == ["pin desk -100/9: 10", "send desk -100/9: 💬\nпривет"])
  }

  @Test func `a stop while a call waits leaves nothing unknown, and the next start goes on with it`() async throws {
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    let pacing = ConnectorPacing(group: RateLimit(calls: 2, perMilliseconds: 60_000), groupPrefix: "-")
    let before = try await EngineRig(journal: journal, connections: connections, project: Self.project(pacing))
    try await before.playing { rig in
      try await rig.customer("раз")
      let isWaiting = try await rig.passing(milliseconds: 0) { rig.engine.pacer.waiting == 1 }
      #expect(isWaiting)
    }
    #expect(connections.lines == ["open_thread desk -100: Анна", "send desk -100/1: intro"])
    #expect(try await journal.counts().unknownDeliveries == 0)
    let after = try await EngineRig(journal: journal, connections: connections)
    try await after.playing { rig in await rig.finished(1) }
    #expect(
      connections.lines == [
        "open_thread desk -100: Анна", "send desk -100/1: intro", "pin desk -100/1: 2", "send desk -100/1: 💬\nраз",
      ])
    #expect(after.outcomes == ["delivered"])
  }

  @Test func `nobody calls a chat that asked to be left alone, after a restart neither`() async throws {
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    let clock = VirtualClock()
    let before = try await EngineRig(journal: journal, connections: connections, clock: clock)
    try await before.playing { rig in
      connections.fail(ActionError(.rateLimited, "429", retryAfterMilliseconds: 40_000))
      try await rig.customer("раз", chat: "c1")
      await rig.waiting(1)
      try await rig.customer("два", chat: "c2")
      let isWaiting = try await rig.passing(milliseconds: 0) { rig.engine.pacer.waiting == 1 }
      #expect(isWaiting)
      #expect(connections.calls.count == 1)
    }
    let closedAt = clock.now()
    let after = try await EngineRig(journal: journal, connections: connections, clock: clock)
    try await after.playing { rig in
      try await rig.customer("три", chat: "c3")
      for _ in 0..<39 {
        clock.advance(milliseconds: 1_000)
        for _ in 0..<200 { await Task.yield() }
        #expect(connections.calls.count == 1)
      }
      let isDone = try await rig.passing(milliseconds: 500) { rig.outcomes.count >= 3 }
      #expect(isDone)
    }
    #expect(clock.now() >= closedAt.adding(milliseconds: 40_000))
    #expect(connections.texts.count { $0.hasPrefix("💬") } == 3)
  }

  @Test func `topics of one group take turns, and a busy one does not starve the others`() async throws {
    let pacing = ConnectorPacing(group: RateLimit(calls: 1, perMilliseconds: 1_000), groupPrefix: "-")
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    let clock = VirtualClock()
    // Topics that are there already: one call a message.
    let before = try await EngineRig(journal: journal, connections: connections, clock: clock)
    try await before.playing { rig in
      for chat in ["busy", "calm"] { try await rig.customer("0", chat: chat, id: "\(chat):0", name: chat) }
      await rig.finished(2)
    }
    let known = connections.calls.count
    let rig = try await EngineRig(
      journal: journal, connections: connections, clock: clock, project: Self.project(pacing))
    try await rig.playing { rig in
      for number in 1...20 { try await rig.customer("\(number)", chat: "busy", id: "busy:\(number)", name: "busy") }
      let isWaiting = try await rig.passing(milliseconds: 0) { rig.engine.pacer.waiting == 1 }
      #expect(isWaiting)
      try await rig.customer("a", chat: "calm", id: "calm:1", name: "calm")
      try await rig.customer("b", chat: "calm", id: "calm:2", name: "calm")
      let isCalmDone = try await rig.passing(milliseconds: 1_000) { rig.connections.texts.contains("💬\nb") }
      #expect(isCalmDone)
    }
    let texts = connections.calls.dropFirst(known).compactMap { $0.action.message?.text.dropFirst(2) }
    // One of the busy topic, one of the calm one, in turn.
    let at = try #require(texts.firstIndex(of: "b"))
    #expect(texts[...at].count { Int($0) != nil } <= 5)
    let numbers = texts.compactMap { Int($0) }
    #expect(numbers == numbers.sorted())
  }
}
