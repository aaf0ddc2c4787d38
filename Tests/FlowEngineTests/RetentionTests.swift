import FlowModel
import JournalCore
import Logging
import SwitchboardSDK
import Testing

@testable import FlowEngine

/// What is over is forgotten in time; what somebody may need is not.
@Suite(.timeLimit(.minutes(1))) struct RetentionTests {
  private static let day: Int64 = 86_400_000

  private func retention(
    _ journal: MemoryJournal, _ clock: VirtualClock, _ policy: RetentionPolicy = RetentionPolicy(),
    isMine: @escaping @Sendable () async -> Bool = { true }
  ) -> RetentionService {
    var log = Logger(label: "test")
    log.logLevel = .critical
    return RetentionService(
      journal: journal, policy: policy, activeFlows: { [DemoLikeFlow.desk()] }, isMine: isMine, clock: clock, log: log)
  }

  /// One pass; time passes as its pauses ask.
  private func pass(_ service: RetentionService, _ clock: VirtualClock) async throws -> RetentionService.Removed {
    try await withThrowingTaskGroup(of: RetentionService.Removed?.self) { group in
      group.addTask { try await service.pass() }
      group.addTask {
        while !Task.isCancelled {
          clock.advance(milliseconds: 50)
          await Task.yield()
        }
        return nil
      }
      let removed = try await group.next() ?? nil
      group.cancelAll()
      return removed ?? .init()
    }
  }

  private func messages(_ count: Int, in rig: EngineRig) async throws {
    for number in 0..<count { try await rig.customer("сообщение \(number)", chat: "c\(number)") }
    await rig.finished(count)
  }

  @Test func `after its time history goes, and the conversation goes on in its thread`() async throws {
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal)
    try await rig.playing { rig in
      try await rig.customer("Ещё продаёте?")
      await rig.finished(1)
      try await rig.operatorWrites("Да", thread: "1")
      await rig.finished(2)
      rig.clock.advance(milliseconds: 91 * Self.day)
      try await rig.customer("Спасибо", chat: "c2")
      await rig.finished(3)
      let removed = try await pass(retention(journal, rig.clock), rig.clock)
      #expect(removed.events == 2)
      try await rig.operatorWrites("Приезжайте", thread: "1")
      await rig.finished(4)
    }
    let first = try await journal.run(1)
    let third = try await journal.run(3)
    #expect(first == nil && third != nil)
    #expect(rig.connections.calls.last?.action.chat == "c1")
  }

  @Test func `a long history goes in many steps with a pause after each`() async throws {
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal)
    try await rig.playing { rig in try await messages(350, in: rig) }
    // Their auto-replies are still to come: whoever waits is not forgotten.
    rig.clock.advance(milliseconds: 91 * Self.day)
    #expect(try await pass(retention(journal, rig.clock), rig.clock).events == 0)
    for timer in try await journal.pendingTimers(project: nil, after: nil, limit: .max) {
      #expect(try await journal.cancelTimer(key: timer.key))
    }
    let began = rig.clock.now()
    #expect(try await pass(retention(journal, rig.clock), rig.clock).events == 349)
    #expect(rig.clock.now().millisecondsSince(began) >= 3 * 50)
  }

  @Test func `parked and dead messages outlive history, until their own time is over`() async throws {
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let at = clock.now()
    var runs: [RunID] = []
    for (name, status) in [("parked", RunStatus.parked), ("dead", .dead), ("done", .done), ("last", .done)] {
      let record = IntakeRecord(
        project: "shop", connection: "avito", externalID: name, conversation: "shop/avito/\(name)", receivedAt: at,
        payload: [], runs: [NewRun(flow: "desk", version: "v1", label: "customer", lane: "shop/avito/\(name)")])
      let run = try #require(try await journal.append([record]).first?.runs.first)
      try await journal.commit(RunChange(run: run, status: status, at: at))
      runs.append(run)
    }
    clock.advance(milliseconds: 100 * Self.day)
    #expect(try await pass(retention(journal, clock), clock).events == 1)
    #expect(try await journal.run(runs[2]) == nil)
    clock.advance(milliseconds: 300 * Self.day)
    #expect(try await pass(retention(journal, clock, RetentionPolicy(deadMilliseconds: nil)), clock).events == 0)
    #expect(try await pass(retention(journal, clock), clock).events == 1)
    #expect(try await journal.run(runs[0])?.status == .parked)
    #expect(try await journal.run(runs[1]) == nil)
  }

  @Test func `history that is kept for ever stays, keys that are over go all the same`() async throws {
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal)
    try await rig.playing { rig in try await messages(3, in: rig) }
    _ = try await journal.claimDeduplicationKey(
      flow: "shop/desk", key: "order 1", run: 1, keepUntil: rig.clock.now().adding(milliseconds: Self.day),
      now: rig.clock.now())
    rig.clock.advance(milliseconds: 4_000 * Self.day)
    let forever = RetentionPolicy(historyMilliseconds: nil, deadMilliseconds: nil)
    let removed = try await pass(retention(journal, rig.clock, forever), rig.clock)
    #expect(removed.events == 0 && removed.keys == 1)
  }

  @Test func `the service passes by itself, unless another node does`() async throws {
    for isMine in [true, false] {
      let journal = MemoryJournal()
      let clock = VirtualClock()
      let record = { (name: String) in
        IntakeRecord(
          project: "shop", connection: "avito", externalID: name, conversation: "c", receivedAt: clock.now(),
          payload: [], runs: [])
      }
      _ = try await journal.append([record("old"), record("last")])
      clock.advance(milliseconds: 91 * Self.day)
      let service = retention(journal, clock, isMine: { isMine })
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await service.run() }
        // Hours of its clock: more than one pass.
        for _ in 0..<20_000 {
          clock.advance(milliseconds: 1_000)
          await Task.yield()
          if isMine, (try? await journal.event(1)) == .some(nil) { break }
        }
        group.cancelAll()
      }
      let isKept = try await journal.event(1) != nil
      #expect(isKept == !isMine)
    }
  }
}
