import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

/// What a person mends, and what must survive until then.
@Suite(.timeLimit(.minutes(1))) struct RepairTests {
  private static func policy(_ last: ErrorPolicy.Last, times: Int = 0) -> ErrorPolicy {
    ErrorPolicy(
      retry: RetryPolicy(times: times, firstMilliseconds: 1_000, maxMilliseconds: 60_000, hasJitter: false), last: last)
  }

  private static func retryAll(_ journal: MemoryJournal) async throws {
    for run in try await journal.troubledRuns(limit: 10) { #expect(try await journal.retryRun(run.id)) }
  }

  @Test func `a dead message that is retried goes on where it failed`() async throws {
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    let flow = DemoLikeFlow.desk(onError: Self.policy(.deadLetter))
    let before = try await EngineRig(journal: journal, connections: connections, flows: [flow])
    try await before.playing { rig in
      try await rig.customer("раз")
      await rig.finished(1)
      connections.fail(ActionError(.transient, "502"))
      try await rig.customer("два")
      await rig.finished(2)
    }
    #expect(before.outcomes.last == "dead: transient: 502")
    try await Self.retryAll(journal)
    let after = try await EngineRig(journal: journal, connections: connections, flows: [flow])
    try await after.playing { rig in await rig.finished(1) }
    #expect(connections.texts == ["intro", "💬\nраз", "💬\nдва", "💬\nдва"])
  }

  @Test func `an auto-reply that died and is retried is an auto-reply still`() async throws {
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    let flow = DemoLikeFlow.desk(onError: Self.policy(.deadLetter))
    let before = try await EngineRig(journal: journal, connections: connections, flows: [flow])
    try await before.playing { rig in
      try await rig.customer("Ещё продаёте?")
      await rig.finished(1)
      connections.fail(ActionError(.transient, "502"))
      let isThere = try await rig.passing { rig.outcomes.count == 2 }
      #expect(isThere)
    }
    try await Self.retryAll(journal)
    let after = try await EngineRig(journal: journal, connections: connections, flows: [flow])
    try await after.playing { rig in await rig.finished(1) }
    #expect(after.outcomes == ["auto-replied"])
    #expect(connections.texts == ["intro", "💬\nЕщё продаёте?", "Скоро ответим", "Скоро ответим"])
  }

  @Test func `an answer that the channel refused can be sent again by a person`() async throws {
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    let before = try await EngineRig(journal: journal, connections: connections)
    try await before.playing { rig in
      try await rig.customer("Ещё продаёте?")
      await rig.finished(1)
      connections.fail(ActionError(.invalid, "wrong chat"))
      try await rig.operatorWrites("Да", thread: "1")
      await rig.finished(2)
    }
    try await Self.retryAll(journal)
    let after = try await EngineRig(journal: journal, connections: connections)
    try await after.playing { rig in await rig.finished(1) }
    #expect(connections.lines.suffix(3).first == "send avito c1: Да")
    #expect(connections.lines.last == "send avito c1: Да")
    #expect(after.outcomes == ["delivered"])
  }

  @Test func `a retried message has all its tries again`() async throws {
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    let flow = DemoLikeFlow.desk(onError: Self.policy(.park, times: 2))
    let failure = ActionError(.transient, "502")
    let before = try await EngineRig(journal: journal, connections: connections, flows: [flow])
    try await before.playing { rig in
      connections.fail(failure, failure, failure)
      try await rig.customer("раз")
      let isThere = try await rig.passing { rig.parkedReasons.count == 1 }
      #expect(isThere)
    }
    try await Self.retryAll(journal)
    connections.fail(failure, failure)
    let after = try await EngineRig(journal: journal, connections: connections, flows: [flow])
    try await after.playing { rig in
      let isThere = try await rig.passing { rig.outcomes.count + rig.parkedReasons.count == 1 }
      #expect(isThere)
    }
    #expect(after.outcomes == ["delivered"])
  }

  @Test func `a message held for its unknown outcome is sent once a person says so`() async throws {
    var project = DemoLikeFlow.project
    project.places["desk"]?.unknownPolicy = .hold
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    connections.tellNothing()
    connections.fail(ActionError(.unknown, "connection reset"))
    let before = try await EngineRig(journal: journal, connections: connections, project: project)
    try await before.playing { rig in
      try await rig.customer("раз")
      await rig.parked(1)
    }
    try await Self.retryAll(journal)
    let after = try await EngineRig(journal: journal, connections: connections, project: project)
    try await after.playing { rig in
      let isThere = try await rig.passing { rig.outcomes.count + rig.parkedReasons.count == 1 }
      #expect(isThere)
    }
    #expect(after.outcomes == ["delivered"])
  }

  @Test func `a person's word reaches the running engine, whichever command was overwritten`() async throws {
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    connections.fail(ActionError(.invalid, "no rights"), ActionError(.invalid, "no rights"))
    let rig = try await EngineRig(journal: journal, connections: connections)
    try await rig.playing { rig in
      try await rig.customer("раз", chat: "c1")
      try await rig.customer("два", chat: "c2")
      await rig.parked(2)
      // Two commands at once: the note tells of one only.
      let runs = try await journal.troubledRuns(limit: 10)
      #expect(try await journal.retryRun(runs[0].id))
      #expect(try await journal.dropRun(runs[1].id))
      try await journal.setConnectionValue(
        connection: MendingNote.connection, key: MendingNote.key, value: MendingNote.adding(run: 999, to: .null))
      try await rig.customer("три", chat: "c2")
      let isThere = try await rig.passing { rig.outcomes.count == 2 }
      #expect(isThere)
    }
  }

  @Test func `an operator's answer finds a customer of whom nothing but the chat is known, after a restart too`()
    async throws
  {
    let journal = MemoryJournal()
    let before = try await EngineRig(journal: journal)
    try await before.playing { rig in
      try await rig.customer("Ещё продаёте?", name: "", facts: .null)
      await rig.finished(1)
    }
    let after = try await EngineRig(journal: journal)
    try await after.playing { rig in
      try await rig.operatorWrites("Да", thread: "1")
      await rig.finished(1)
    }
    #expect(after.connections.lines == ["send avito c1: Да"])
  }

  @Test func `a dedup key is forgotten after its time`() async throws {
    let flow = DemoLikeFlow.desk(deduplication: .path(["message", "text"]))
    let rig = try await EngineRig(journal: MemoryJournal(), flows: [flow])
    try await rig.playing { rig in
      try await rig.customer("привет", id: "m:1")
      await rig.finished(1)
      rig.clock.advance(milliseconds: 2 * 86_400_000)
      try await rig.customer("привет", id: "m:2")
      let isThere = try await rig.passing { rig.outcomes.count >= 3 }
      #expect(isThere)
    }
    #expect(!rig.outcomes.contains("dropped: duplicate of 'привет'"))
  }
}
