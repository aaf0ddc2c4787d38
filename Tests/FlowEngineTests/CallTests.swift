import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

/// Calls from outside start flows once, and `api:` flows answer theirs; `http` steps go through the ledger.
@Suite(.timeLimit(.minutes(2))) struct CallTests {
  private static func call(
    _ kind: InboundCall.Kind, _ name: String, _ body: Value, headers: [String: String] = [:], unique: String
  ) -> InboundCall {
    InboundCall(
      kind: kind, project: "shop", name: name, body: body, headers: headers, query: ["q": "1"], unique: unique)
  }

  private static func trigger(_ source: Trigger.Source) -> Trigger {
    Trigger(label: "call", source: source, place: WaitFlows.place)
  }

  private static func note(_ path: [String]) -> Step {
    WaitFlows.step(
      "note",
      .send(
        Send(
          target: .chat(connection: "desk", chat: Template(literal: "-100")),
          outgoing: Outgoing(text: .expression(.call("string", [.path(path)]))))))
  }

  @Test func `a webhook starts its flow once for each key, in its order`() async throws {
    let flow = WaitFlows.flow(
      "lead", triggers: [Self.trigger(.webhook(name: "lead", keyHeader: "X-Delivery"))],
      [Self.note(["event", "body", "name"])])
    let rig = try await EngineRig(journal: MemoryJournal(), flows: [flow])
    try await rig.playing { rig in
      for number in 0..<5 {
        for repetition in 0..<2 {
          let accepted = try await rig.engine.intake.accept(
            Self.call(
              .webhook, "lead", ["name": .text("n\(number)")], headers: ["x-delivery": "\(number)"],
              unique: "\(number)-\(repetition)"))
          #expect(accepted?.isDuplicate == (repetition == 1))
        }
      }
      let none = try await rig.engine.intake.accept(Self.call(.webhook, "other", .null, unique: "x"))
      #expect(none == nil)
      await rig.called(5)
      #expect(rig.connections.texts == (0..<5).map { "n\($0)" })
    }
  }

  @Test func `what an api flow replies is kept with its run, also over a wait and a restart`() async throws {
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let flow = WaitFlows.flow(
      "price", triggers: [Self.trigger(.api(name: "price"))],
      [
        WaitFlows.step("pause", .wait(.duration(.milliseconds(60_000)))),
        WaitFlows.say("answer", ["event", "body", "item"]),
      ])
    let before = try await EngineRig(journal: journal, clock: clock, flows: [flow])
    let event = try await before.engine.intake.accept(
      Self.call(.api, "price", ["item": "диван"], headers: ["idempotency-key": "k1"], unique: "a"))?.event
    try await before.playing { rig in await rig.finished(1) }
    clock.advance(milliseconds: 60_000)
    let after = try await EngineRig(journal: journal, clock: clock, flows: [flow])
    try await after.playing { rig in await rig.finished(1) }
    // Nothing was sent anywhere: the caller is who is answered.
    #expect(after.connections.calls.isEmpty)
    let runs = try await journal.runs(ofEvent: try #require(event))
    var answers: [Value] = []
    for run in runs {
      if let state = try await journal.run(run.id)?.state, let answer = RunState(encoded: state)?.answer {
        answers.append(answer)
      }
    }
    #expect(answers == [["text": "диван"]])
    let later = try await EngineRig(journal: journal, clock: clock, flows: [flow])
    let again = try await later.engine.intake.accept(
      Self.call(.api, "price", ["item": "диван"], headers: ["idempotency-key": "k1"], unique: "b"))
    #expect(again == AcceptedCall(event: try #require(event), isDuplicate: true))
  }

  private static func order(_ policy: ConnectionFacts.UnknownPolicy) -> Flow {
    WaitFlows.flow(
      "order",
      [
        WaitFlows.step(
          "order",
          .http(
            HTTPCall(
              method: "POST", url: WaitFlows.text("https://crm.example/orders"),
              query: ["q": .expression(.path(["message", "text"]))],
              body: .json(.map(["text": .value(.path(["message", "text"])), "list": .list([.value(.literal(1))])])),
              unknownPolicy: policy)))
      ])
  }

  private static let project: ProjectFacts = {
    var project = DemoLikeFlow.project
    project.places["@http/shop"] = ConnectionFacts(
      capabilities: ConnectorCapabilities(textScalarsMax: .max), groupChat: nil, unknownPolicy: .hold)
    return project
  }()

  @Test func `a request is worked out once, and its outcome is in the ledger`() async throws {
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal, flows: [Self.order(.hold)], project: Self.project)
    try await rig.playing { rig in
      try await rig.customer("да & нет")
      await rig.finished(1)
    }
    let call = try #require(rig.connections.calls.first)
    #expect(call.connection == "@http/shop" && call.action.name == "request" && call.action.chat == "crm.example")
    #expect(
      call.action.arguments["url"] == "https://crm.example/orders?q=%D0%B4%D0%B0%20%26%20%D0%BD%D0%B5%D1%82")
    #expect(call.action.arguments["json"] == ["text": "да & нет", "list": [1]])
    #expect(try await journal.deliveries(of: 1).map(\.state) == [.sent])
  }

  @Test func `a POST of unknown outcome waits for a person, unless the flow says to repeat it`() async throws {
    for policy in ConnectionFacts.UnknownPolicy.allCases {
      let rig = try await EngineRig(
        journal: MemoryJournal(), flows: [Self.order(policy)], project: Self.project)
      rig.connections.tellNothing()
      rig.connections.fail(ActionError(.unknown, "cut off"))
      try await rig.playing { rig in
        try await rig.customer("да")
        switch policy {
        case .hold: await rig.parked(1)
        case .resend:
          await rig.waiting(1)
          rig.clock.advance(milliseconds: 60_000)
          await rig.finished(1)
          let keys = Set(rig.connections.calls.map(\.action.idempotencyKey))
          #expect(keys.count == 1 && rig.connections.calls.count == 2)
        }
      }
    }
  }

  @Test func `a server that asks for patience is given it, and the tries count`() async throws {
    let rig = try await EngineRig(journal: MemoryJournal(), flows: [Self.order(.hold)], project: Self.project)
    rig.connections.fail(ActionError(.transient, "status 503", retryAfterMilliseconds: 120_000))
    try await rig.playing { rig in
      try await rig.customer("да")
      await rig.waiting(1)
      rig.clock.advance(milliseconds: 119_000)
      for _ in 0..<500 { await Task.yield() }
      #expect(rig.connections.calls.count == 1)
      rig.clock.advance(milliseconds: 1_000)
      await rig.finished(1)
      #expect(rig.connections.calls.count == 2)
    }
  }
}
