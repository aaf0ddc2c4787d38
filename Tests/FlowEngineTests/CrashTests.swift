import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

@Suite(.timeLimit(.minutes(1))) struct CrashTests {
  @Test func `a call that had reached the channel before the crash is not made again`() async throws {
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    let clock = VirtualClock()
    let before = try await EngineRig(journal: journal, connections: connections, clock: clock)
    let survivor = Survivor()
    try await before.playing { rig in
      try await rig.customer("раз")
      await rig.finished(1)
      try await rig.customer("два")
      await rig.finished(2)
      connections.hold("desk")
      try await rig.customer("три")
      await rig.called(6)
      await survivor.keep(journal.crashed())
      connections.release("desk")
    }
    let after = try await EngineRig(
      journal: try #require(await survivor.journal), connections: connections, clock: clock)
    try await after.playing { rig in
      await rig.finished(1)
    }
    #expect(connections.texts == ["intro", "💬\nраз", "💬\nдва", "💬\nтри"])
  }

  @Test func `a call that had not reached the channel is made after the restart`() async throws {
    let journal = MemoryJournal()
    let lost = ScriptedConnections()
    let clock = VirtualClock()
    let before = try await EngineRig(journal: journal, connections: lost, clock: clock)
    let survivor = Survivor()
    try await before.playing { rig in
      lost.hold("desk")
      try await rig.customer("раз")
      await rig.called(1)
      await survivor.keep(journal.crashed())
      lost.release("desk")
    }
    let connections = ScriptedConnections()
    let after = try await EngineRig(
      journal: try #require(await survivor.journal), connections: connections, clock: clock)
    try await after.playing { rig in
      await rig.waiting(1)
      rig.clock.advance(milliseconds: 1_000)
      await rig.finished(1)
    }
    #expect(connections.texts == ["intro", "💬\nраз"])
  }

  @Test func `events accepted but not begun before the crash are handled in order after it`() async throws {
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let before = try await EngineRig(journal: journal, clock: clock)
    for text in ["раз", "два", "три"] { try await before.customer(text) }
    let after = try await EngineRig(journal: journal.crashed(), clock: clock)
    try await after.playing { rig in
      await rig.finished(3)
    }
    #expect(after.connections.texts == ["intro", "💬\nраз", "💬\nдва", "💬\nтри"])
  }

  @Test func `a stop does not wait for a retry that is an hour away, and the next start takes it up`() async throws {
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let connections = ScriptedConnections()
    let before = try await EngineRig(journal: journal, connections: connections, clock: clock)
    connections.fail(ActionError(.rateLimited, "429", retryAfterMilliseconds: 3_600_000))
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await before.engine.run() }
      try? await before.customer("раз")
      await before.waiting(1)
      // Time stands still: only the stop itself can end the wait.
      before.engine.lanes.stop()
      await group.next()
    }
    clock.advance(milliseconds: 3_600_000)
    let after = try await EngineRig(journal: journal, connections: connections, clock: clock)
    try await after.playing { rig in
      await rig.finished(1)
    }
    #expect(connections.texts == ["intro", "💬\nраз"])
  }

  @Test func `a parked conversation stays parked over a restart and the others go on`() async throws {
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    let before = try await EngineRig(journal: journal, connections: connections)
    try await before.playing { rig in
      connections.fail(ActionError(.invalid, "no rights"))
      try await rig.customer("стоит", chat: "c1")
      await rig.parked(1)
    }
    let after = try await EngineRig(journal: journal)
    try await after.playing { rig in
      try await rig.customer("за ним", chat: "c1")
      try await rig.customer("идёт", chat: "c2")
      await rig.finished(1)
    }
    #expect(after.connections.texts == ["intro", "💬\nидёт"])
  }
}

/// Carries the journal of the moment of a crash out of a closure.
actor Survivor {
  private(set) var journal: MemoryJournal?
  func keep(_ journal: MemoryJournal) { self.journal = journal }
}
