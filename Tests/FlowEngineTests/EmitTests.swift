import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

/// Events inside the project: committed with the run that emits them, given to each listener once.
@Suite(.timeLimit(.minutes(2))) struct EmitTests {
  private static let paid = Emit(
    topic: "paid", data: ["order": .path(["message", "text"]), "list": .list([.literal(1), .literal("a")])])

  private static let source = WaitFlows.flow("source", [WaitFlows.step("tell", .emit(paid))])

  private static func listener(_ name: String) -> Flow {
    WaitFlows.flow(
      name, triggers: [WaitFlows.on("paid")],
      [
        WaitFlows.step(
          "note",
          .send(
            Send(
              target: .origin,
              outgoing: Outgoing(
                text: .expression(
                  .binary(.add, .literal(.text("\(name): ")), .path(["event", "data", "order"])))))))
      ])
  }

  @Test func `each listening flow is started once, in the emitter's conversation`() async throws {
    let journal = MemoryJournal()
    let rig = try await EngineRig(
      journal: journal, flows: [Self.source, Self.listener("books"), Self.listener("stock")])
    try await rig.playing { rig in
      try await rig.customer("17", chat: "c7")
      await rig.called(2)
      await rig.finished(4)
      #expect(Set(rig.connections.lines) == ["send avito c7: books: 17", "send avito c7: stock: 17"])
      let events = try await journal.events(externalID: "emit:1:1")
      #expect(events.map(\.connection) == ["@event"])
      #expect(events.map(\.conversation) == ["shop/avito/c7"])
    }
    #expect(try await journal.counts().pendingTimers == 0)
  }

  @Test func `many emissions arrive in their order`() async throws {
    let rig = try await EngineRig(journal: MemoryJournal(), flows: [Self.source, Self.listener("books")])
    try await rig.playing { rig in
      for number in 10..<40 { try await rig.customer("\(number)") }
      await rig.called(30)
      #expect(rig.connections.texts == (10..<40).map { "books: \($0)" })
    }
  }

  @Test func `a crash at any point gives each listener the event once`() async throws {
    // What is committed before the crash: the emitter alone, or the event and its runs as well.
    for committed in 1...4 {
      let journal = MemoryJournal()
      let clock = VirtualClock()
      let connections = ScriptedConnections()
      let flows = [Self.source, Self.listener("books")]
      let before = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: flows)
      try await before.playing { rig in
        try await rig.customer("17")
        for _ in 0..<(committed * 40) { await Task.yield() }
      }
      let after = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: flows)
      try await after.playing { rig in
        let isOver = try await rig.passing {
          guard !connections.texts.isEmpty else { return false }
          return try await journal.counts().openRuns == 0
        }
        #expect(isOver)
      }
      #expect(connections.texts == ["books: 17"])
    }
  }

  @Test func `a waiting run goes on by an emitted event, with its data`() async throws {
    let isHis = Expression.binary(.equal, .path(["event", "data", "order"]), .literal("18"))
    let waits = WaitFlows.flow(
      "waits",
      [
        WaitFlows.step("first", .filter(WaitFlows.isFirst, otherwise: .stop)),
        WaitFlows.step("pause", .wait(WaitFlows.event(.topic("paid"), if: isHis))),
        WaitFlows.say("told", ["pause", "data", "order"]),
      ])
    let rig = try await EngineRig(journal: MemoryJournal(), flows: [Self.source, waits])
    try await rig.playing { rig in
      try await rig.customer("начать", chat: "c1")
      await rig.timersStarted(1)
      try await rig.customer("17", chat: "c2")
      try await rig.customer("18", chat: "c3")
      await rig.called(1)
      #expect(rig.connections.lines == ["send avito c1: 18"])
    }
  }

  @Test func `flows that start each other in a circle are stopped at the limit`() async throws {
    func round(_ name: String, on topic: String, to next: String) -> Flow {
      WaitFlows.flow(
        name, triggers: [WaitFlows.on(topic)], [WaitFlows.step("again", .emit(Emit(topic: next, data: [:])))])
    }
    let rig = try await EngineRig(
      journal: MemoryJournal(),
      flows: [
        WaitFlows.flow("start", [WaitFlows.step("go", .emit(Emit(topic: "ping", data: [:])))]),
        round("one", on: "ping", to: "pong"), round("two", on: "pong", to: "ping"),
      ])
    try await rig.playing { rig in
      try await rig.customer("раз")
      await rig.parked(1)
      #expect(rig.parkedReasons.first?.hasPrefix("emit: 'ping' would be event 17 in a row") == true)
    }
  }

  @Test func `an event of a channel on a topic starts the flows of that connection's topic`() async throws {
    let flow = WaitFlows.flow(
      "orders",
      triggers: [
        Trigger(label: "orders", source: .topic(connection: "avito", name: "orders/new"), place: WaitFlows.place)
      ], [WaitFlows.say("told", ["event", "data", "id"])])
    let rig = try await EngineRig(journal: MemoryJournal(), flows: [flow])
    try await rig.playing { rig in
      for (number, topic) in ["orders/old", "orders/new"].enumerated() {
        let event = Event(
          externalID: "b:\(number)", kind: .service, chat: Chat(id: topic, kind: .channel), sender: Sender(id: "b"),
          details: ["topic": .text(topic), "data": ["id": .int(Int64(number))]], occurredAt: rig.clock.now())
        try await rig.engine.intake.accept([event], connection: "avito", project: "shop")
      }
      await rig.called(1)
      #expect(rig.connections.texts == ["1"])
    }
  }
}
