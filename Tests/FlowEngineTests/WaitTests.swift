import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

/// A run that waits is a timer and nothing else: it holds no lane, lives through restarts and publications, and ends
/// once, by time or by the event.
@Suite(.timeLimit(.minutes(2))) struct WaitTests {
  private static let day: Int64 = 86_400_000

  private func timers(_ journal: MemoryJournal) async throws -> [TimerRecord] {
    try await journal.pendingTimers(project: nil, after: nil, limit: 100)
  }

  @Test func `a waiting run lets later messages pass, and goes on in its lane`() async throws {
    let journal = MemoryJournal()
    let rig = try await EngineRig(
      journal: journal, flows: [WaitFlows.waiting(.duration(.milliseconds(60_000))), DemoLikeFlow.desk()])
    try await rig.playing { rig in
      try await rig.customer("начать")
      await rig.finished(2)
      try await rig.customer("ещё")
      await rig.finished(4)
      #expect(rig.connections.texts == ["intro", "💬\nначать", "before", "💬\nещё"])
      rig.clock.advance(milliseconds: 59_999)
      #expect(!rig.connections.texts.contains("after"))
      rig.clock.advance(milliseconds: 1)
      await rig.called(7)
      #expect(rig.connections.texts.suffix(2) == ["false", "after"])
    }
  }

  @Test func `days and restarts later it goes on, once, with what it knew`() async throws {
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let connections = ScriptedConnections()
    let flows = [WaitFlows.waiting(.duration(.milliseconds(3 * Self.day)))]
    let before = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: flows)
    try await before.playing { rig in
      try await rig.customer("начать")
      await rig.finished(1)
    }
    #expect(try await timers(journal).map(\.key) == ["wait:shop:time:waits:pause:1"])
    for _ in 0..<2 {
      clock.advance(milliseconds: Self.day)
      let idle = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: flows)
      try await idle.playing { _ in for _ in 0..<500 { await Task.yield() } }
    }
    #expect(connections.texts == ["before"])
    clock.advance(milliseconds: 10 * Self.day)
    let after = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: flows)
    try await after.playing { rig in
      await rig.finished(1)
      rig.clock.advance(milliseconds: Self.day)
      for _ in 0..<500 { await Task.yield() }
    }
    #expect(connections.texts == ["before", "false", "after"])
    #expect(try await journal.counts().pendingTimers == 0)
    let runs = try await journal.runs(matching: RunFilter(), before: .max, limit: 9)
    #expect(runs.map(\.status) == [.done, .done])
    #expect(runs.last?.outcome?.hasPrefix("waits at step 'pause' until ") == true)
  }

  @Test func `until a time of the day, by the project's clocks`() async throws {
    // 2027-01-15T08:00:00Z, 11:00 in the project.
    let rig = try await EngineRig(
      journal: MemoryJournal(), flows: [WaitFlows.waiting(.until(WaitFlows.text("12:30")))])
    try await rig.playing { rig in
      try await rig.customer("начать")
      await rig.finished(1)
      rig.clock.advance(milliseconds: 5_400_000 - 1)
      for _ in 0..<500 { await Task.yield() }
      #expect(rig.connections.texts == ["before"])
      rig.clock.advance(milliseconds: 1)
      await rig.finished(2)
      #expect(rig.connections.texts == ["before", "false", "after"])
    }
  }

  @Test func `the next message of the conversation ends the wait, that of another does not`() async throws {
    let journal = MemoryJournal()
    let flow = WaitFlows.flow(
      "asks",
      [
        WaitFlows.step("first", .filter(WaitFlows.isFirst, otherwise: .stop)),
        WaitFlows.step("pause", .wait(WaitFlows.event(WaitFlows.answer))),
        WaitFlows.say("told", ["pause", "message", "text"]), WaitFlows.say("timed", ["pause", "timed_out"]),
      ])
    let rig = try await EngineRig(journal: journal, flows: [flow])
    try await rig.playing { rig in
      try await rig.customer("начать", chat: "c1")
      try await rig.customer("начать", chat: "c2")
      try await rig.customer("да", chat: "c2")
      await rig.called(2)
      #expect(rig.connections.texts == ["да", "false"])
      #expect(rig.connections.calls.map(\.action.chat) == ["c2", "c2"])
      #expect(try await timers(journal).map(\.conversation) == ["shop/avito/c1"])
      rig.clock.advance(milliseconds: 3_600_000)
      await rig.called(3)
      // There is no message to tell of.
      #expect(rig.connections.texts == ["да", "false", "true"])
    }
    #expect(try await journal.counts().pendingTimers == 0)
  }

  @Test func `what does not meet the condition leaves it waiting`() async throws {
    let isYes = Expression.binary(.matches, .path(["message", "text"]), .literal("да*"))
    let rig = try await EngineRig(
      journal: MemoryJournal(), flows: [WaitFlows.waiting(WaitFlows.event(WaitFlows.answer, if: isYes))])
    try await rig.playing { rig in
      try await rig.customer("начать")
      try await rig.customer("нет")
      try await rig.customer("Да, беру")
      try await rig.customer("да-да")
      await rig.called(3)
      #expect(rig.connections.texts == ["before", "false", "after"])
      // Four messages with a wake each, and the run that went on.
      await rig.finished(9)
      #expect(rig.outcomes.filter { $0 == "went on: 1 waiting" }.count == 1)
    }
  }

  @Test func `an event and the end of the wait at the same moment: one of them, once`() async throws {
    for isEventFirst in [true, false] {
      let journal = MemoryJournal()
      let rig = try await EngineRig(
        journal: journal, flows: [WaitFlows.waiting(WaitFlows.event(WaitFlows.answer, 60))])
      try await rig.playing { rig in
        try await rig.customer("начать")
        await rig.finished(2)
        if isEventFirst { try await rig.customer("да") }
        rig.clock.advance(milliseconds: 60_000)
        if !isEventFirst { try await rig.customer("да") }
        await rig.called(3)
        rig.clock.advance(milliseconds: Self.day)
        for _ in 0..<500 { await Task.yield() }
      }
      #expect(rig.connections.texts.count == 3)
      #expect(try await journal.counts().pendingTimers == 0)
    }
  }

  @Test func `an event stored right before a crash ends the wait after the restart`() async throws {
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let connections = ScriptedConnections()
    let flows = [WaitFlows.waiting(WaitFlows.event(WaitFlows.answer))]
    let before = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: flows)
    try await before.playing { rig in
      try await rig.customer("начать")
      await rig.finished(2)
    }
    // Accepted, and nobody there to walk it.
    let dying = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: flows)
    try await dying.customer("да")
    let after = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: flows)
    try await after.playing { rig in await rig.called(3) }
    #expect(connections.texts == ["before", "false", "after"])
  }

  @Test func `a version that nobody has loaded still waits: the next start knows what for`() async throws {
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let connections = ScriptedConnections()
    let old = WaitFlows.waiting(WaitFlows.event(WaitFlows.answer))
    let new = WaitFlows.flow("waits", version: "v2", [WaitFlows.step("end", .stop)])
    let before = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: [])
    try await before.engine.publish([old], sources: [KnownVersions.source(old)], project: "shop")
    try await before.playing { rig in
      try await rig.customer("начать")
      await rig.finished(2)
    }
    let after = try await EngineRig(
      journal: journal, connections: connections, clock: clock, flows: [new], oldFlows: KnownVersions([old]))
    try await after.playing { rig in
      try await rig.customer("да")
      await rig.called(3)
    }
    #expect(connections.texts == ["before", "false", "after"])
  }

  @Test func `a publication pins, adopts or cancels what waits`() async throws {
    for policy in RunningPolicy.allCases {
      let journal = MemoryJournal()
      let old = WaitFlows.waiting(.duration(.milliseconds(60_000)))
      let new = WaitFlows.waiting(.duration(.milliseconds(60_000)), version: "v2", running: policy, after: "anew")
      let rig = try await EngineRig(journal: journal, flows: [], oldFlows: KnownVersions([old, new]))
      let publishing = rig.engine.publishing(journal)
      _ = try await publishing.publish(KnownVersions.draft(old))
      try await rig.playing { rig in
        try await rig.customer("начать")
        await rig.finished(1)
        let publication = try await publishing.publish(KnownVersions.draft(new))
        _ = try await publishing.settleWork(of: publication)
        rig.clock.advance(milliseconds: 60_000)
        if policy != .cancel { await rig.called(3) }
      }
      switch policy {
      case .pin: #expect(rig.connections.texts == ["before", "false", "after"])
      case .adopt: #expect(rig.connections.texts == ["before", "false", "anew"])
      case .cancel:
        #expect(rig.connections.texts == ["before"])
        let ended = try await journal.runs(matching: RunFilter(), before: .max, limit: 1).first
        #expect(ended?.outcome == "cancelled: superseded by version v2")
      }
      #expect(try await journal.counts().pendingTimers == 0)
    }
  }

  @Test func `a wait that a person cancels never goes on`() async throws {
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal, flows: [WaitFlows.waiting(.duration(.milliseconds(60_000)))])
    try await rig.playing { rig in
      try await rig.customer("начать")
      await rig.finished(1)
      #expect(try await journal.cancelTimer(key: "wait:shop:time:waits:pause:1"))
      rig.clock.advance(milliseconds: Self.day)
      for _ in 0..<500 { await Task.yield() }
    }
    #expect(rig.connections.texts == ["before"])
  }

  @Test func `what is no time and what is too far away fails the step`() async throws {
    for wait in [Wait.until(WaitFlows.text("никогда")), .duration(.milliseconds(500 * Self.day))] {
      let rig = try await EngineRig(journal: MemoryJournal(), flows: [WaitFlows.waiting(wait)])
      try await rig.playing { rig in
        try await rig.customer("начать")
        await rig.parked(1)
      }
      #expect(rig.parkedReasons.first?.hasPrefix("wait: ") == true)
    }
  }
}

/// Old versions as the journal's sources would give them.
struct KnownVersions: FlowSourcePort {
  let flows: [Flow]
  init(_ flows: [Flow]) { self.flows = flows }

  func flow(project: String, file: String, source: String) -> Flow? { flows.first { $0.version == source } }

  static func source(_ flow: Flow) -> FlowVersion {
    FlowVersion(
      project: flow.project, flow: "\(flow.project)/\(flow.name)", version: flow.version, file: flow.file,
      source: flow.version)
  }

  static func draft(_ flow: Flow) -> PublicationDraft {
    PublicationDraft(
      project: flow.project, flows: [flow], sources: [source(flow)], by: "anna", origin: .command)
  }
}
