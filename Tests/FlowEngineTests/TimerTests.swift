import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

/// Timers are due by the wall clock: they fire once, in order, never early, whatever happens to engine and clock.
@Suite(.timeLimit(.minutes(1))) struct TimerTests {
  private static let hour: Int64 = 3_600_000

  private func replies(_ rig: EngineRig) -> Int { rig.connections.texts.filter { $0 == "Скоро ответим" }.count }

  /// Lets everything that is ready happen, without time.
  private func settle() async { for _ in 0..<2_000 { await Task.yield() } }

  /// A machine with much else to do needs more than two turns of a minute, but no hour.
  private func passMinutes(_ minutes: Int, in rig: EngineRig) async {
    for _ in 0..<(minutes * 3) where rig.outcomes.isEmpty {
      await settle()
      rig.clock.advance(milliseconds: 20_000)
    }
  }

  @Test func `late ones fire after the start in the order in which they came due, once each`() async throws {
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let before = try await EngineRig(journal: journal, clock: clock)
    let count = 250
    try await before.playing { rig in
      for number in 0..<count {
        try await rig.customer("Ещё продаёте?", chat: "c\(number)")
        rig.clock.advance(milliseconds: 10)
      }
      await rig.finished(count)
    }
    clock.advance(milliseconds: Self.hour)
    let after = try await EngineRig(journal: journal, clock: clock)
    try await after.playing { rig in await rig.finished(count) }
    #expect(replies(after) == count)
    #expect(try await journal.counts().pendingTimers == 0)
    // More than one reading of the journal: what came due first is in the first of them.
    let chats = try await journal.runs(matching: RunFilter(), before: .max, limit: count).map(\.lane).reversed()
    let places = chats.compactMap { $0.split(separator: "/").last.flatMap { Int($0.dropFirst()) } }
    #expect(Set(places.prefix(TimerService.batch)) == Set(0..<TimerService.batch))
  }

  @Test func `two of one conversation become runs in the order in which they came due`() async throws {
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let rig = try await EngineRig(journal: journal, clock: clock)
    let lane = "shop/avito/c1"
    let record = IntakeRecord(
      project: "shop", connection: "avito", externalID: "m1", conversation: lane, receivedAt: clock.now(), payload: [],
      runs: [NewRun(flow: "desk", version: "v1", label: "customer", lane: lane)])
    let receipt = try #require(try await journal.append([record]).first)
    let timers = (0..<20).map { number in
      TimerChange.start(
        TimerRecord(
          key: "t\(99 - number)", dueAt: clock.now().adding(milliseconds: Int64(number)), project: "shop",
          conversation: lane, flow: "timer-\(number)", version: "v1", label: "x", lane: lane, event: receipt.event,
          state: []), keepsEarlier: false)
    }
    try await journal.commit(RunChange(run: receipt.runs[0], status: .done, at: clock.now(), timers: timers))
    clock.advance(milliseconds: 1_000)
    try await rig.playing { rig in
      while try await journal.counts().pendingTimers > 0, !Task.isCancelled { await Task.yield() }
    }
    let flows = try await journal.runs(ofEvent: receipt.event).map(\.flow)
    #expect(flows == ["desk"] + (0..<20).map { "timer-\($0)" })
  }

  @Test func `a cancelled timer is off for good, also over a restart`() async throws {
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let rig = try await EngineRig(journal: journal, clock: clock)
    try await rig.playing { rig in
      try await rig.customer("Ещё продаёте?")
      await rig.finished(1)
      let key = try #require(try await journal.pendingTimers(project: nil, after: nil, limit: 9).first?.key)
      #expect(try await journal.cancelTimer(key: key))
      rig.clock.advance(milliseconds: Self.hour)
      await settle()
    }
    let after = try await EngineRig(journal: journal, clock: clock)
    try await after.playing { rig in
      rig.clock.advance(milliseconds: Self.hour)
      await settle()
    }
    #expect(replies(rig) == 0 && replies(after) == 0)
  }

  @Test func `one that a person makes due fires within a beat, and not again in its old time`() async throws {
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal)
    try await rig.playing { rig in
      try await rig.customer("Ещё продаёте?")
      await rig.finished(1)
      let key = try #require(try await journal.pendingTimers(project: nil, after: nil, limit: 9).first?.key)
      #expect(try await journal.makeTimerDue(key: key, at: rig.clock.now()))
      try await MendingNote.leave(in: journal)
      let began = rig.clock.now()
      #expect(try await rig.passing(milliseconds: 100) { replies(rig) == 1 })
      #expect(rig.clock.now().millisecondsSince(began) < 75_000)
      rig.clock.advance(milliseconds: Self.hour)
      await settle()
      #expect(replies(rig) == 1)
    }
  }

  @Test func `a clock set back an hour fires nothing twice and nothing early, and the due time is kept`() async throws {
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal)
    try await rig.playing { rig in
      try await rig.customer("раз", chat: "c1")
      await rig.timersStarted(1)
      rig.clock.advance(milliseconds: 70_000)
      try await rig.customer("два", chat: "c2")
      await rig.timersStarted(2)
      rig.clock.advance(milliseconds: 5_000)
      await rig.finished(3)
      #expect(replies(rig) == 1)
      // 70 s before the second is due.
      rig.clock.setBack(milliseconds: Self.hour)
      for _ in 0..<10 {
        rig.clock.advance(milliseconds: 10_000)
        await settle()
      }
      #expect(replies(rig) == 1)
      // A timer that is started now is due in its own time.
      try await rig.customer("три", chat: "c3")
      await rig.timersStarted(3)
      rig.clock.advance(milliseconds: 75_000)
      #expect(try await rig.passing(milliseconds: 100) { replies(rig) == 2 })
      // By the wall clock the second is due an hour after the jump.
      let due = try #require(try await journal.pendingTimers(project: nil, after: nil, limit: 9).first?.dueAt)
      rig.clock.advance(milliseconds: due.millisecondsSince(rig.clock.now()) - 1)
      await settle()
      #expect(replies(rig) == 2)
      rig.clock.advance(milliseconds: 1)
      // No more time need pass: a busy machine's threads may take as long as they like.
      #expect(try await rig.passing(milliseconds: 0) { replies(rig) == 3 })
      #expect(rig.clock.now().millisecondsSince(due) < 250)
    }
    #expect(try await journal.counts().pendingTimers == 0)
  }

  @Test func `a clock set back prolongs no retry's pause, neither in the engine nor over a restart`() async throws {
    for restarts in [false, true] {
      let journal = MemoryJournal()
      let clock = VirtualClock()
      let connections = ScriptedConnections()
      let rig = try await EngineRig(journal: journal, connections: connections, clock: clock)
      connections.fail(ActionError(.rateLimited, "429", retryAfterMilliseconds: 120_000))
      try await rig.playing { rig in
        try await rig.customer("раз")
        await rig.waiting(1)
        while rig.clock.longestSleepMilliseconds < 50_000, !Task.isCancelled { await Task.yield() }
        rig.clock.setBack(milliseconds: Self.hour)
        if !restarts { await passMinutes(20, in: rig) }
      }
      if restarts {
        let after = try await EngineRig(journal: journal, connections: connections, clock: clock)
        try await after.playing { rig in await passMinutes(20, in: rig) }
      }
      #expect(connections.texts == ["intro", "💬\nраз"])
    }
  }
}
