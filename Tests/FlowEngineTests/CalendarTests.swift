import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

/// `cron:` fires at its times, once, whatever restarts between; what was missed is made up for as the flow says.
@Suite(.timeLimit(.minutes(2))) struct CalendarTests {
  private static let hour: Int64 = 3_600_000

  private static func flow(
    _ text: String, missed: Trigger.MissedPolicy = .runOnce, zone: String? = nil
  ) throws -> Flow {
    let cron = try CronParser.parse(text)
    let said = Send(
      target: .chat(connection: "desk", chat: Template(literal: "-100")),
      outgoing: Outgoing(text: .expression(.path(["event", "occurred_at"]))))
    return WaitFlows.flow(
      "digest",
      triggers: [
        Trigger(label: "morning", source: .cron(cron, zone: zone, missed: missed), place: WaitFlows.place)
      ], [WaitFlows.step("say", .send(said))])
  }

  /// 2027-01-15T08:00:00Z, a Friday, 11:00 by the project's clocks.
  private let clock = VirtualClock()

  @Test func `it fires at each of its times by the project's clocks`() async throws {
    let flow = try Self.flow("30 12,13 * * mon-fri")
    let rig = try await EngineRig(journal: MemoryJournal(), clock: clock, flows: [flow])
    try await rig.playing { rig in
      for count in 1...3 {
        let hasCome = try await rig.passing(milliseconds: Self.hour / 4) { rig.connections.texts.count >= count }
        #expect(hasCome)
      }
      #expect(
        rig.connections.texts
          == ["2027-01-15T09:30:00.000Z", "2027-01-15T10:30:00.000Z", "2027-01-18T09:30:00.000Z"])
    }
  }

  @Test func `its own zone counts for it`() async throws {
    var project = DemoLikeFlow.project
    let vladivostok: CivilTime.Offset = { _ in 36_000 }
    project.zone = { name in name == "Asia/Vladivostok" ? vladivostok : nil }
    let rig = try await EngineRig(
      journal: MemoryJournal(), clock: clock, flows: [try Self.flow("0 19 * * *", zone: "Asia/Vladivostok")],
      project: project)
    try await rig.playing { rig in
      let hasCome = try await rig.passing(milliseconds: Self.hour / 4) { !rig.connections.texts.isEmpty }
      #expect(hasCome)
      #expect(rig.connections.texts == ["2027-01-15T09:00:00.000Z"])
    }
  }

  @Test(arguments: Trigger.MissedPolicy.allCases)
  func `what came while the engine was away`(missed: Trigger.MissedPolicy) async throws {
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    let flows = [try Self.flow("0 12 * * *", missed: missed)]
    let before = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: flows)
    try await before.playing { rig in
      let isNoted = try await rig.passing(milliseconds: 1) {
        try await !journal.connectionValue(connection: "@schedule", key: "shop/digest/morning/0 12 * * */").isNull
      }
      #expect(isNoted)
    }
    // Over two noons: 12:00 on the 15th and on the 16th.
    clock.advance(milliseconds: 30 * Self.hour)
    let after = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: flows)
    try await after.playing { rig in
      let hasCome = try await rig.passing(milliseconds: Self.hour / 4) { connections.texts.count >= 1 }
      #expect(hasCome)
    }
    #expect(
      connections.texts == [missed == .runOnce ? "2027-01-16T09:00:00.000Z" : "2027-01-17T09:00:00.000Z"])
    // Nothing of it again after another start.
    let again = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: flows)
    try await again.playing { _ in for _ in 0..<1_000 { await Task.yield() } }
    #expect(connections.texts.count == 1)
  }

  @Test func `a stop between the beat and its note fires it no second time`() async throws {
    let journal = MemoryJournal()
    let connections = ScriptedConnections()
    let flows = [try Self.flow("0 12 * * *")]
    let before = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: flows)
    try await before.playing { rig in
      let hasCome = try await rig.passing(milliseconds: Self.hour / 4) { connections.texts.count == 1 }
      #expect(hasCome)
    }
    let key = "shop/digest/morning/0 12 * * */"
    let noted = try await journal.connectionValue(connection: "@schedule", key: key).intValue
    // As if the process had ended before the note was written.
    try await journal.setConnectionValue(
      connection: "@schedule", key: key, value: .int((noted ?? 0) - 24 * Self.hour))
    let after = try await EngineRig(journal: journal, connections: connections, clock: clock, flows: flows)
    try await after.playing { rig in
      let isNoted = try await rig.passing(milliseconds: 1) {
        try await journal.connectionValue(connection: "@schedule", key: key).intValue == noted
      }
      #expect(isNoted)
    }
    #expect(connections.texts.count == 1)
  }
}
