import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

@Suite(.timeLimit(.minutes(1))) struct BlockTests {
  private static let place = SourcePlace(file: "desk.yaml", line: 1, column: 1)

  private static func step(
    _ id: String, _ body: StepBody, onError: ErrorPolicy? = nil, timeout: Int64? = nil
  ) -> Step {
    Step(id: id, isNamed: true, place: place, onError: onError, timeoutMilliseconds: timeout, body: body)
  }

  /// Says a text with holes on a connection.
  private static func say(_ id: String, _ text: String, on connection: String = "desk") -> Step {
    let template = (try? TemplateParser.parse(text).0) ?? Template(literal: text)
    return step(
      id,
      .send(
        Send(
          target: .chat(connection: connection, chat: Template(literal: "-100")),
          outgoing: Outgoing(text: .template(template)))))
  }

  private static func flow(_ steps: [Step], version: String = "v1", running: RunningPolicy = .pin) -> Flow {
    var flow = DemoLikeFlow.desk(version: version, running: running)
    flow.steps = steps
    return flow
  }

  private static func parallel(_ branches: [[Step]]) -> Step {
    step("both", .parallel(branches.enumerated().map { ParallelBranch(name: "b\($0.offset)", steps: $0.element) }))
  }

  private static let letters = step(
    "all", .each(Each(list: .list([.literal("a"), .literal("b"), .literal("c")]), name: "letter",
      steps: [say("one", "{letter} of {message.text}")])))

  @Test func `a slow call in one branch holds up no other, and the next message waits for all`() async throws {
    let flow = Self.flow([
      Self.parallel([
        [Self.say("slow", "slow {message.text}")], [Self.say("quick", "quick {message.text}", on: "avito")],
      ]),
      Self.say("end", "end {message.text}", on: "avito"),
    ])
    let connections = ScriptedConnections()
    connections.hold("desk")
    let rig = try await EngineRig(journal: MemoryJournal(), connections: connections, flows: [flow])
    try await rig.playing { rig in
      try await rig.customer("раз")
      try await rig.customer("два")
      await rig.called(2)
      #expect(Set(connections.texts) == ["slow раз", "quick раз"])
      connections.release("desk")
      await rig.finished(2)
    }
    #expect(Array(connections.texts.dropFirst(2).prefix(1)) == ["end раз"])
    #expect(connections.texts.count == 6)
    #expect(Set(connections.calls.map(\.action.idempotencyKey)).count == 6)
  }

  @Test func `a crash in the midst of branches repeats none that was done`() async throws {
    let flow = Self.flow([
      Self.parallel([
        [Self.say("slow", "slow")], [Self.say("quick", "quick", on: "avito"), Self.say("then", "then", on: "avito")],
      ]),
      Self.say("end", "end", on: "avito"),
    ])
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let lost = ScriptedConnections()
    lost.hold("desk")
    let survivor = Survivor()
    let before = try await EngineRig(journal: journal, connections: lost, clock: clock, flows: [flow])
    try await before.playing { rig in
      try await rig.customer("раз")
      await rig.called(3)
      let run = try #require(try await journal.openRuns(after: 0, limit: 1).first?.id)
      let isThere = try await rig.passing(milliseconds: 0) {
        try await journal.deliveries(of: run).count { $0.state == .sent } == 2
      }
      #expect(isThere)
      await survivor.keep(journal.crashed())
      lost.release("desk")
    }
    let connections = ScriptedConnections()
    let after = try await EngineRig(
      journal: try #require(await survivor.journal), connections: connections, clock: clock, flows: [flow])
    try await after.playing { rig in
      await rig.waiting(1)
      rig.clock.advance(milliseconds: 1_000)
      await rig.finished(1)
    }
    #expect(connections.texts == ["slow", "end"])
  }

  @Test func `a crash in the midst of a list goes on with the same element`() async throws {
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let lost = ScriptedConnections()
    let survivor = Survivor()
    let before = try await EngineRig(
      journal: journal, connections: lost, clock: clock, flows: [Self.flow([Self.letters])])
    try await before.playing { rig in
      lost.hold("desk")
      try await rig.customer("раз")
      await rig.called(1)
      lost.fail(ActionError(.rateLimited, "429", retryAfterMilliseconds: 60_000))
      lost.release("desk")
      await rig.waiting(1)
      await survivor.keep(journal.crashed())
    }
    #expect(lost.texts == ["a of раз", "b of раз"])
    let connections = ScriptedConnections()
    let after = try await EngineRig(
      journal: try #require(await survivor.journal), connections: connections, clock: clock,
      flows: [Self.flow([Self.letters])])
    try await after.playing { rig in
      rig.clock.advance(milliseconds: 60_000)
      await rig.finished(1)
    }
    #expect(connections.texts == ["b of раз", "c of раз"])
  }

  @Test func `the time of a block is over though the engine was down meanwhile`() async throws {
    let flow = Self.flow([
      Self.step(
        "careful", .attempt([Self.say("try", "try")], handler: [Self.say("late", "{error.code}")]), timeout: 30_000)
    ])
    let journal = MemoryJournal()
    let clock = VirtualClock()
    let connections = ScriptedConnections()
    connections.fail(ActionError(.rateLimited, "429", retryAfterMilliseconds: 3_600_000))
    let before = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: [flow])
    try await before.playing { rig in
      try await rig.customer("раз")
      await rig.waiting(1)
    }
    clock.advance(milliseconds: 31_000)
    let after = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: [flow])
    try await after.playing { rig in await rig.called(2) }
    #expect(connections.texts == ["try", "timeout"])
  }

  @Test func `counts of many conversations are all counted, whatever conflicts`() async throws {
    let count = StateAccess(operation: .increment(by: .literal(1)), key: Template(literal: "n"))
    let flow = Self.flow([Self.step("count", .state(count)), Self.say("told", "{count.value}", on: "avito")])
    let journal = MemoryJournal()
    let rig = try await EngineRig(journal: journal, flows: [flow])
    try await rig.playing { rig in
      for chat in 0..<20 { try await rig.customer("раз", chat: "c\(chat)") }
      await rig.finished(20)
    }
    #expect(Set(rig.connections.texts) == Set((1...20).map(String.init)))
    #expect(try await journal.projectState(project: "shop", key: "n") == StoredState(value: 20, revision: 20))
  }

  @Test func `a run in a list goes on in the new version, and one whose list is gone stays`() async throws {
    for (steps, expected) in [
      (
        [Self.say("first", "new"), Self.letters, Self.say("last", "new end")],
        ["a of раз", "b of раз", "c of раз", "new end"]
      ),
      ([Self.say("one", "new {message.text}")], ["a of раз", "b of раз", "c of раз"]),
    ] {
      let journal = MemoryJournal()
      let connections = ScriptedConnections()
      let old = Self.flow([Self.letters])
      let rig = try await EngineRig(journal: journal, connections: connections, flows: [old])
      try await rig.playing { rig in
        connections.hold("desk")
        try await rig.customer("раз")
        await rig.called(1)
        connections.fail(ActionError(.rateLimited, "429", retryAfterMilliseconds: 60_000))
        connections.release("desk")
        await rig.waiting(1)
        try await rig.engine.publish([Self.flow(steps, version: "v2", running: .adopt)], sources: [], project: "shop")
        _ = try await rig.passing { !rig.outcomes.isEmpty }
      }
      // The one that had to wait was asked twice.
      #expect(connections.texts.reduce(into: [String]()) { if $0.last != $1 { $0.append($1) } } == expected)
    }
  }
}
