import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

@Suite(.timeLimit(.minutes(1))) struct StoppingTests {
  @Test func `a call that the stop breaks off is asked for after the start, not judged`() async throws {
    var project = DemoLikeFlow.project
    project.places["desk"]?.unknownPolicy = .hold
    let journal = MemoryJournal()
    let hanging = ScriptedConnections()
    hanging.tellNothing()
    hanging.hang("desk")
    let before = try await EngineRig(journal: journal, connections: hanging, project: project)
    try await before.playing { rig in
      try await rig.customer("раз")
      await rig.called(1)
    }
    #expect(before.parkedReasons.isEmpty)
    let run = try #require(try await journal.openRuns(after: 0, limit: 10).first)
    #expect(run.status == .running)
    #expect(try await journal.deliveries(of: run.id).map(\.state) == [.sending])
    let connections = ScriptedConnections()
    let after = try await EngineRig(journal: journal, connections: connections, project: project)
    try await after.playing { rig in
      let isThere = try await rig.passing { rig.outcomes.count == 1 }
      #expect(isThere)
    }
    #expect(connections.texts == ["intro", "💬\nраз"])
  }

  @Test func `a failure that comes from the stop itself uses up no try`() async throws {
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    let none = ErrorPolicy(
      retry: RetryPolicy(times: 0, firstMilliseconds: 1, maxMilliseconds: 1, hasJitter: false), last: .deadLetter)
    let flow = DemoLikeFlow.desk(onError: none)
    let before = try await EngineRig(journal: journal, connections: connections, flows: [flow])
    connections.hold("desk")
    connections.fail(ActionError(.transient, "cancelled before it was sent"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await before.engine.run() }
      try await before.customer("раз")
      await before.called(1)
      group.cancelAll()
      connections.release("desk")
      try? await group.waitForAll()
    }
    #expect(try await journal.counts().deadRuns == 0)
    let after = try await EngineRig(journal: journal, connections: connections, flows: [flow])
    try await after.playing { rig in await rig.finished(1) }
    #expect(after.outcomes == ["delivered"])
  }

  @Test func `a timer that the journal refuses does not take the others of its batch with it`() async throws {
    let fault = JournalFault()
    let journal = MemoryJournal(
      hooks: MemoryJournal.Hooks(beforeCommit: { () async throws(JournalError) in
        if await fault.strikes() { throw JournalError(.unavailable, "busy") }
      }))
    let rig = try await EngineRig(journal: journal)
    try await rig.playing { rig in
      for chat in 1...12 { try await rig.customer("раз", chat: "c\(chat)") }
      await rig.finished(12)
      await fault.arm()
      let isThere = try await rig.passing { rig.outcomes.count == 24 }
      #expect(isThere)
    }
    #expect(rig.connections.texts.filter { $0 == "Скоро ответим" }.count == 12)
  }

  @Test func `a schedule's beats follow one another without a gap, and those slept through are one`() {
    func last(_ seen: Int64, _ reached: Int64) -> Int64? {
      ScheduleService.last(
        after: Timestamp(milliseconds: seen), upTo: Timestamp(milliseconds: reached), every: 1_000)?.milliseconds
    }
    #expect(last(999, 1_000) == 1_000)
    #expect(last(1_000, 1_999) == nil)
    #expect(last(1_999, 2_600) == 2_000)
    #expect(last(2_000, 9_400) == 9_000)
    #expect(last(2_000, 1_000) == nil)
    #expect(last(-1_500, -900) == -1_000)
  }

  @Test func `a beat that the journal refuses is written again`() async throws {
    let fault = JournalFault()
    let journal = MemoryJournal(
      hooks: MemoryJournal.Hooks(beforeCommit: { () async throws(JournalError) in
        if await fault.strikes() { throw JournalError(.full, "no space") }
      }))
    let place = SourcePlace(file: "beat.yaml", line: 1, column: 1)
    // Once in four years: what is not written again is not seen in this test.
    let period: Int64 = 4 * 365 * 86_400_000
    let flow = Flow(
      name: "beat", project: "shop", file: "beat.yaml", version: "v1", vars: [:],
      triggers: [Trigger(label: "beat", source: .every(milliseconds: period), place: place)], lane: .conversation,
      deduplication: Deduplication(key: nil, keepMilliseconds: 1), steps: [], onError: .standard, running: .pin)
    let beat = ScheduleService.next(after: Timestamp(seconds: 1_800_000_000), every: period)
    let clock = VirtualClock(beat.adding(milliseconds: -1_000))
    let rig = try await EngineRig(journal: journal, clock: clock, flows: [flow])
    await fault.arm()
    try await rig.playing { rig in
      let isThere = try await rig.passing { rig.outcomes.count == 1 }
      #expect(isThere)
    }
    #expect(try await journal.counts().events == 1)
  }
}

/// Refuses one write once armed.
actor JournalFault {
  private var isArmed = false
  func arm() { isArmed = true }
  func strikes() -> Bool {
    defer { isArmed = false }
    return isArmed
  }
}
