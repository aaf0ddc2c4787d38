//! Publishing while work is under way: it is pinned, adopted or ended as the flow says, and nothing is lost or doubled.
import FlowModel
import JournalCore
import SwitchboardSDK
import Synchronization
import Testing

@testable import FlowEngine

@Suite(.timeLimit(.minutes(2))) struct PublishingTests {
  private static func draft(_ flow: Flow, by person: String = "anna") -> PublicationDraft {
    PublicationDraft(
      project: "shop", flows: [flow],
      sources: [
        FlowVersion(
          project: "shop", flow: "shop/desk", version: flow.version, file: "desk.yaml", source: flow.version)
      ], by: person, origin: .command)
  }

  private static func flow(
    _ version: String, _ running: RunningPolicy = .pin, mark: String = "💬", show: String = "show",
    auto: String = "auto"
  ) -> Flow {
    DemoLikeFlow.desk(version: version, running: running, mark: mark, show: show, auto: auto)
  }

  /// A customer's message whose first call waits for its second try, in version v1.
  private static func waiting(
    _ journal: MemoryJournal, then next: Flow, _ body: @escaping @Sendable (EngineRig, Publication) async throws -> Void
  ) async throws {
    let known = KnownFlows([flow("v1"), next])
    let rig = try await EngineRig(journal: journal, flows: [], oldFlows: known)
    let publishing = rig.engine.publishing(journal)
    _ = try await publishing.publish(draft(flow("v1")))
    try await rig.playing { rig in
      rig.connections.fail(ActionError(.transient, "away"))
      try await rig.customer("раз")
      await rig.waiting(1)
      let publication = try await publishing.publish(draft(next))
      try await body(rig, try await publishing.settleWork(of: publication))
    }
  }

  @Test func `a publication is kept with number, hash, hand and changes; an equal one makes no new one`() async throws {
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal, flows: [])
    let publishing = rig.engine.publishing(journal)
    let first = try await publishing.publish(Self.draft(Self.flow("v1")))
    #expect(first.number == 1 && first.by == "anna")
    #expect(first.changes == [.init(part: "desk", from: nil, to: "v1", running: .pin)])
    let same = try await publishing.publish(Self.draft(Self.flow("v1"), by: "oleg"))
    #expect(same == first)
    let second = try await publishing.publish(Self.draft(Self.flow("v2", .adopt)))
    #expect(second.number == 2 && second.hash != first.hash)
    #expect(second.changes == [.init(part: "desk", from: "v1", to: "v2", running: .adopt)])
    #expect(try await journal.publications(project: "shop", limit: 9) == [second, first])
    #expect(rig.engine.flows.publications["shop"] == second)
  }

  @Test func `pin: a waiting run ends with the version it began with`() async throws {
    try await Self.waiting(MemoryJournal(), then: Self.flow("v2", mark: "🆕")) { rig, publication in
      #expect(publication.work == Publication.Work())
      rig.clock.advance(milliseconds: 1_000)
      await rig.finished(1)
      try await rig.customer("два")
      await rig.finished(2)
      #expect(rig.connections.texts == ["intro", "💬\nраз", "🆕\nдва"])
    }
  }

  @Test func `adopt: a waiting run goes on in the new version, where it stands`() async throws {
    let journal = MemoryJournal()
    try await Self.waiting(journal, then: Self.flow("v2", .adopt, mark: "🆕")) { rig, publication in
      #expect(publication.work?.adopted == 1 && publication.work?.pinned == 0)
      rig.clock.advance(milliseconds: 1_000)
      await rig.finished(1)
      #expect(rig.connections.texts == ["intro", "🆕\nраз"])
      let run = try await journal.run(1)
      #expect(run?.version == "v2")
      #expect(rig.connections.calls.count == 5)
    }
  }

  @Test func `adopt: a run whose place is gone stays with its version, and the receipt says why`() async throws {
    let journal = MemoryJournal()
    try await Self.waiting(journal, then: Self.flow("v2", .adopt, mark: "🆕", show: "present")) { rig, publication in
      #expect(publication.work?.adopted == 0 && publication.work?.pinned == 1)
      #expect(publication.work?.reasons == ["step 'show' is gone": 1])
      rig.clock.advance(milliseconds: 1_000)
      await rig.finished(1)
      #expect(rig.connections.texts == ["intro", "💬\nраз"])
    }
  }

  @Test func `cancel: a waiting run ends by name, and the message behind it begins in the new version`() async throws {
    let journal = MemoryJournal()
    let next = Self.flow("v2", .cancel, mark: "🆕")
    let rig = try await EngineRig(journal: journal, flows: [], oldFlows: KnownFlows([Self.flow("v1"), next]))
    let publishing = rig.engine.publishing(journal)
    _ = try await publishing.publish(Self.draft(Self.flow("v1")))
    try await rig.playing { rig in
      rig.connections.fail(ActionError(.transient, "away"))
      try await rig.customer("раз")
      await rig.waiting(1)
      try await rig.customer("два")
      let publication = try await publishing.publish(Self.draft(next))
      await rig.finished(2)
      #expect(rig.outcomes == ["cancelled: superseded by version v2", "delivered"])
      #expect(rig.connections.texts == ["intro", "🆕\nдва"])
      #expect(try await journal.run(1)?.status == .done)
      let told = try await publishing.settleWork(of: publication)
      #expect(told.work?.pinned == 0)
    }
  }

  @Test func `cancel: a call under way comes to its end, the next one is not begun`() async throws {
    let journal = MemoryJournal()
    let next = Self.flow("v2", .cancel, mark: "🆕")
    let rig = try await EngineRig(journal: journal, flows: [], oldFlows: KnownFlows([Self.flow("v1"), next]))
    let publishing = rig.engine.publishing(journal)
    _ = try await publishing.publish(Self.draft(Self.flow("v1")))
    try await rig.playing { rig in
      rig.connections.hold("desk")
      try await rig.customer("раз")
      await rig.called(1)
      _ = try await publishing.publish(Self.draft(next))
      rig.connections.release("desk")
      await rig.finished(1)
      #expect(rig.outcomes == ["cancelled: superseded by version v2"])
      #expect(rig.connections.calls.map(\.action.name) == ["open_thread"])
      #expect(try await journal.deliveries(of: 1).map(\.state) == [.sent])
    }
  }

  @Test(arguments: [RunningPolicy.pin, .adopt, .cancel])
  func `a pending auto-reply is neither lost nor repeated`(_ running: RunningPolicy) async throws {
    let journal = MemoryJournal()
    let next = Self.flow("v2", running, mark: "🆕")
    let known = KnownFlows([Self.flow("v1"), next])
    let rig = try await EngineRig(journal: journal, flows: [], oldFlows: known)
    let publishing = rig.engine.publishing(journal)
    _ = try await publishing.publish(Self.draft(Self.flow("v1")))
    try await rig.playing { rig in
      try await rig.customer("раз")
      await rig.finished(1)
      let publication = try await publishing.settleWork(of: try await publishing.publish(Self.draft(next)))
      #expect(publication.work?.adopted == (running == .adopt ? 1 : 0))
      #expect(publication.work?.cancelled == (running == .cancel ? 1 : 0))
      #expect(try await journal.counts().pendingTimers == (running == .cancel ? 0 : 1))
      if running != .cancel {
        rig.clock.advance(milliseconds: 75_000)
        await rig.finished(2)
        #expect(try await journal.run(2)?.version == (running == .adopt ? "v2" : "v1"))
      } else {
        #expect(try await journal.run(2)?.outcome == "cancelled: superseded by version v2")
      }
      let replies = rig.connections.texts.count { $0 == "Скоро ответим" }
      #expect(replies == (running == .cancel ? 0 : 1))
      #expect(try await journal.counts().pendingTimers == 0)
    }
  }

  @Test func `ten thousand timers are adopted page by page, and a crash in the middle is made good`() async throws {
    let count = 10_000
    let writes = Writes()
    let journal = MemoryJournal(hooks: MemoryJournal.Hooks(beforeCommit: { () async throws(JournalError) in
      if writes.isOver() { throw JournalError(.unavailable, "cut off") }
    }))
    let known = KnownFlows([Self.flow("v1"), Self.flow("v2", .adopt)])
    let before = try await EngineRig(journal: journal, flows: [], oldFlows: known)
    let publishing = before.engine.publishing(journal)
    _ = try await publishing.publish(Self.draft(Self.flow("v1")))
    try await Self.plant(count, in: journal, clock: before.clock)
    let publication = try await publishing.publish(Self.draft(Self.flow("v2", .adopt)))
    writes.allow(7)
    await #expect(throws: JournalError.self) { try await publishing.settleWork(of: publication) }
    let found = journal.crashed()
    let moved = try await found.timers(ofFlow: "desk", project: "shop", after: "", limit: count)
    #expect(moved.count { $0.version == "v2" } == 3_500 && moved.count == count)
    let after = try await EngineRig(journal: found, clock: before.clock, flows: [], oldFlows: known)
    let again = after.engine.publishing(found)
    try await again.recall(["shop"])
    let same = try await again.publish(Self.draft(Self.flow("v2", .adopt)))
    #expect(same.number == publication.number && same.work == nil)
    let told = try await again.settleWork(of: same)
    #expect(told.work?.adopted == count - 3_500)
    let all = try await found.timers(ofFlow: "desk", project: "shop", after: "", limit: count + 1)
    #expect(all.count == count && all.allSatisfy { $0.version == "v2" })
    #expect(Set(all.map(\.dueAt)) == Set(moved.map(\.dueAt)))
  }

  private static func plant(_ count: Int, in journal: MemoryJournal, clock: VirtualClock) async throws {
    let record = IntakeRecord(
      project: "shop", connection: "avito", externalID: "m", conversation: "shop/avito/c",
      receivedAt: clock.now(), payload: Array("{}".utf8), runs: [])
    let event = try #require(try await journal.append([record]).first?.event)
    var state = RunState(position: try #require(Program(flow("v1")).autoReplies["auto"]))
    let due = clock.now().adding(milliseconds: 3_600_000)
    state.autoReply = DueAutoReply(text: "Скоро ответим", since: clock.now(), dueAt: due)
    let timers = (0..<count).map { number in
      TimerChange.start(
        TimerRecord(
          key: "auto:desk:auto:shop/avito/c\(number)", dueAt: due, project: "shop",
          conversation: "shop/avito/c\(number)", flow: "desk", version: "v1", label: "customer",
          lane: "shop/avito/c\(number)", event: event, state: state.encoded), keepsEarlier: false)
    }
    let receipt = try await journal.append([
      IntakeRecord(
        project: "shop", connection: "avito", externalID: "m2", conversation: "shop/avito/c", receivedAt: clock.now(),
        payload: Array("{}".utf8), runs: [NewRun(flow: "desk", version: "v1", label: "customer", lane: "l")])
    ])
    try await journal.commit(
      RunChange(run: try #require(receipt.first?.runs.first), status: .done, at: clock.now(), timers: timers))
  }

  @Test func `a journal that refuses the publication leaves the old version serving`() async throws {
    let writes = Writes()
    let journal = MemoryJournal(hooks: MemoryJournal.Hooks(beforeCommit: { () async throws(JournalError) in
      if writes.isOver() { throw JournalError(.full, "no space") }
    }))
    let rig = try await EngineRig(journal: journal, flows: [])
    let publishing = rig.engine.publishing(journal)
    let first = try await publishing.publish(Self.draft(Self.flow("v1")))
    writes.allow(0)
    let installed = Mutex(false)
    await #expect(throws: JournalError(.full, "no space")) {
      try await publishing.publish(Self.draft(Self.flow("v2"))) { installed.withLock { $0 = true } }
    }
    #expect(rig.engine.flows.publications["shop"] == first && rig.engine.flows.activeFlows.map(\.version) == ["v1"])
    #expect(!installed.withLock { $0 })
  }

  @Test func `a hundred publications under load lose nothing, and each message is one version's`() async throws {
    let flows = (1...100).map { Self.flow("v\($0)", mark: "v\($0)") }
    let known = KnownFlows(flows)
    let clock = VirtualClock()
    let connections = ScriptedConnections()
    var journal = MemoryJournal()
    for round in 0..<10 {
      let rig = try await EngineRig(
        journal: journal, connections: connections, clock: clock, flows: [], oldFlows: known)
      let publishing = rig.engine.publishing(journal)
      try await publishing.recall(["shop"])
      try await rig.playing { rig in
        for step in 1...10 {
          _ = try await publishing.publish(Self.draft(flows[round * 10 + step - 1]))
          for chat in 0..<3 { try await rig.customer("\(round)-\(step)", chat: "c\(chat)") }
        }
        // Every other life ends with work still in hand.
        if round.isMultiple(of: 2) { await rig.finished(30) }
      }
      journal = journal.crashed()
    }
    let last = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: [], oldFlows: known)
    _ = try await last.engine.publishing(journal).publish(Self.draft(flows[99]))
    try await last.playing { rig in
      let isDone = try await rig.passing { try await rig.journal.counts().openRuns == 0 }
      #expect(isDone)
    }
    #expect(try await journal.newestPublications() == ["shop": 100])
    let texts = connections.calls.filter { $0.connection == "desk" }.compactMap(\.action.message?.text)
      .filter { $0 != "intro" }
    // Each message was accepted under one version, and says so.
    for round in 0..<10 {
      for step in 1...10 { #expect(texts.count { $0 == "v\(round * 10 + step)\n\(round)-\(step)" } == 3) }
    }
    #expect(texts.count == 300)
  }
}

/// Flows whose source in the journal is their version's name.
struct KnownFlows: FlowSourcePort {
  let flows: [Flow]
  init(_ flows: [Flow]) { self.flows = flows }
  func flow(project: String, file: String, source: String) -> Flow? { flows.first { $0.version == source } }
}

/// Writes that a disk still takes.
final class Writes: Sendable {
  private let left = Mutex<Int?>(nil)
  func allow(_ count: Int) { left.withLock { $0 = count } }

  func isOver() -> Bool {
    left.withLock { left in
      guard let known = left else { return false }
      left = known - 1
      return known <= 0
    }
  }
}
