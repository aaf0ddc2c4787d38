//! Plays recorded events through a project's flows and rules, and tells what came of each of them. Nothing is sent.
import FlowLoading
import FlowModel
import JournalCore
package import RuleEngine
import Simulation
import SwitchboardSDK

package struct RecordedPlay: Sendable {
  /// What came of one event.
  package struct Outcome: Sendable, Hashable {
    /// Messages and other actions, each with where it goes, in order.
    package var said: [Saying] = []
    /// What rules decided about it.
    package var decisions: [String] = []
  }

  package struct Saying: Sendable, Hashable {
    /// `avito c1`, or `desk topic`: threads have other names in each play.
    package var place: String
    package var text: String
    /// Goes to a customer.
    package var isReply: Bool
  }

  package struct Result: Sendable {
    /// By connection and external id.
    package var outcomes: [String: Outcome] = [:]
    /// Written in threads of conversations that began before the recording.
    package var skipped = 0
    package var story: [String] = []
    package var problems: [String] = []
  }

  /// Time that passes behind the last event.
  private static let tailMilliseconds: Int64 = 86_400_000
  private static let jobsMax = 200_000_000

  private let house: CaseHouse
  private let served: [CaseSetting.Served]

  /// Throws what stands in the way of loading the flows.
  package init(_ house: CaseHouse) throws(CaseSuite.Refusal) {
    self.house = house
    var served: [CaseSetting.Served] = []
    var diagnostics: [Diagnostic] = []
    for file in house.flows {
      let loaded = FlowLoader.load(source: file.bytes, file: file.file, catalogue: house.catalogue)
      diagnostics += loaded.diagnostics.filter { $0.severity == .error }
      if let flow = loaded.content { served.append(CaseSetting.Served(flow: flow, source: file.bytes)) }
    }
    guard diagnostics.isEmpty else { throw CaseSuite.Refusal(diagnostics: diagnostics) }
    self.served = served
  }

  package static func key(_ entry: Recording.Entry) -> String { "\(entry.connection) \(entry.event.externalID)" }

  /// - Parameter first: the story begins with this event; nil: with the first.
  package func play(
    _ entries: [Recording.Entry], storyFrom first: String? = nil, rehearsal: RuleRehearsal = RuleRehearsal()
  ) async -> Result {
    var result = Result()
    guard let start = entries.first?.at else { return result }
    let executor = SeededExecutor(seed: 1)
    let world = CaseWorld(
      CaseSetting(house: house, served: served, start: start, settings: house.settings, knowsAllChats: true),
      rehearsal: rehearsal)
    let stage = CaseStage(world: world, executor: executor, jobsMax: Self.jobsMax)
    var storyFrom = 0
    await withTaskGroup(of: Void.self) { group in
      stage.run(&group) { await world.serve() }
      for entry in entries {
        stage.advance(max(0, entry.at.millisecondsSince(world.clock.now())))
        if let first, Self.key(entry) == first { storyFrom = world.story.count }
        let came = Box<Bool>()
        stage.run(&group) { came.value = await world.come(recorded: entry) }
        if came.value != true { result.skipped += 1 }
      }
      stage.advance(Self.tailMilliseconds)
      let outcomes = Box<[String: Outcome]>()
      stage.run(&group) { outcomes.value = await Self.outcomes(of: world, entries) }
      result.outcomes = outcomes.value ?? [:]
      world.crash(at: nil)
      group.cancelAll()
      while executor.runOne() {}
      await group.waitForAll()
    }
    result.story = Array(world.story.all.dropFirst(storyFrom))
    result.problems = stage.failures.map(\.message)
    world.takeApart()
    return result
  }

  private static func outcomes(of world: CaseWorld, _ entries: [Recording.Entry]) async -> [String: Outcome] {
    var outcomes: [String: Outcome] = [:]
    var events: [Int64: (key: String, conversation: String)] = [:]
    for deed in world.channels.deeds {
      let parts = deed.action.idempotencyKey.split(separator: "-")
      guard parts.count >= 3, let run = Int64(parts[1]) else { continue }
      if events[run] == nil, let stored = try? await world.journal.run(run) {
        events[run] = ("\(stored.connection) \(stored.externalID)", stored.conversation)
      }
      guard let event = events[run] else { continue }
      let isReply = event.conversation == "\(world.project)/\(deed.connection)/\(deed.action.chat)"
      let place = "\(deed.connection) \(deed.action.thread == nil ? deed.action.chat : "topic")"
      outcomes[event.key, default: Outcome()].said.append(
        Saying(place: place, text: said(deed.action), isReply: isReply && deed.action.name == "send"))
    }
    let byMessage = Dictionary(
      entries.compactMap { entry in entry.event.message.map { ($0.id, key(entry)) } }, uniquingKeysWith: { $1 })
    for asked in world.rules.asked {
      guard let key = byMessage[asked.messageID] else { continue }
      outcomes[key, default: Outcome()].decisions.append(CaseRules.described(asked.rule, asked.trial))
    }
    return outcomes
  }

  private static func said(_ action: Action) -> String {
    guard action.name == "send" else { return "\(action.name) \(JSON.text(action.arguments))" }
    let kind = action.message?.attachment.map { "[\($0.kind.rawValue)] " } ?? ""
    return kind + CaseStory.quoted(action.message?.text ?? "")
  }
}
