import FlowModel
import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

/// Weeks of conversations in seconds: customers, operators, failing channels, crashes and restarts as a seed has
/// them. What must hold whatever happens is checked at the end of each; the seed is told with what does not.
@Suite(.timeLimit(.minutes(2))) struct SimulationTests {
  @Test func `nothing is lost, overtaken or doubled, whatever fails and whenever the engine dies`() async throws {
    var seen = SimulatedPlay.Figures()
    for seed in UInt64(1)...240 {
      let play = SimulatedPlay(seed: seed)
      let problems = try await play.problems()
      #expect(problems.isEmpty, "seed \(seed): \(problems.joined(separator: "; "))")
      seen.add(await play.figures)
    }
    // A simulation in which nothing happens would find nothing.
    #expect(seen.messages > 2_000 && seen.greetings > 100 && seen.crashes > 300 && seen.repetitions > 20, "\(seen)")
  }
}

/// One seed's story.
actor SimulatedPlay {
  private static let chats = ["c1", "c2", "c3"]
  private static let oncePerMilliseconds: Int64 = 43_200_000
  private static let greeting = "Скоро ответим"

  private var random: SeededRandom
  private let clock = VirtualClock()
  private let channels: SimulatedChannels
  private var journal = MemoryJournal()
  /// Accepted texts by destination and chat, in their order.
  private var accepted: [String: [String]] = [:]
  private var count = 0
  private var echoed = 0
  private var outcomes: [String] = []
  private var problemsFound: [String] = []
  private var crashes = 0

  struct Figures {
    var messages = 0
    var greetings = 0
    var repetitions = 0
    var crashes = 0

    mutating func add(_ other: Figures) {
      messages += other.messages
      greetings += other.greetings
      repetitions += other.repetitions
      crashes += other.crashes
    }
  }

  var figures: Figures {
    let texts = channels.said.map(\.text).filter { $0 != "intro" }
    let greetings = texts.count { $0 == Self.greeting }
    return Figures(
      messages: accepted.values.reduce(0) { $0 + $1.count }, greetings: greetings,
      repetitions: texts.count - greetings - Set(texts).subtracting([Self.greeting]).count, crashes: crashes)
  }

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
    channels = SimulatedChannels(seed: seed &* 31 &+ 7, clock: clock)
  }

  func problems() async throws -> [String] {
    for _ in 0..<Int.random(in: 2...5, using: &random) {
      try await life { rig in
        for _ in 0..<Int.random(in: 3...14, using: &self.random) { try await self.step(rig) }
      }
    }
    channels.calm()
    for _ in 0..<6 where try await !isQuiet() {
      for run in try await journal.troubledRuns(limit: 100) { _ = try await journal.retryRun(run.id) }
      try await life { rig in try await self.settle(rig) }
    }
    if try await !isQuiet() { problemsFound.append("still open: \(try await journal.counts())") }
    check()
    return problemsFound
  }

  private func isQuiet() async throws -> Bool {
    let counts = try await journal.counts()
    return counts.openRuns == 0 && counts.deadRuns == 0 && counts.pendingTimers == 0
  }

  /// From a start of the engine to its crash, or to its stop in order.
  private func life(_ play: (EngineRig) async throws -> Void) async throws {
    let rig = try await EngineRig(
      journal: journal, connections: channels, clock: clock, flows: [DemoLikeFlow.desk()])
    do {
      // Cancelled and awaited at the end of this block.
      async let _: Void = rig.engine.run()
      try await play(rig)
      if random.chance(60) {
        journal = journal.crashed()
        crashes += 1
      } else {
        rig.engine.lanes.stop()
        for _ in 0..<Int.random(in: 0...20, using: &random) { await Task.yield() }
      }
    }
    try await noteUnsure()
    outcomes += rig.outcomes
  }

  /// Calls that the engine's end has left without an outcome.
  private func noteUnsure() async throws {
    for run in try await journal.openRuns(after: 0, limit: 1_000) {
      for delivery in try await journal.deliveries(of: run.id)
      where delivery.state == .sending || delivery.state == .unknown {
        guard let action = Action(stored: try JSON.parse(delivery.request)) else { continue }
        if let text = action.message?.text { channels.noteUnsure(text) }
      }
    }
  }

  private func step(_ rig: EngineRig) async throws {
    let chat = Self.chats[Int.random(in: 0..<Self.chats.count, using: &random)]
    count += 1
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<35:
      let text = "вопрос \(count)"
      try await rig.customer(text, chat: chat, name: chat, facts: .null)
      accepted["desk \(chat)", default: []].append("💬\n\(text)")
    case 35..<55:
      guard let thread = channels.thread(of: chat) else { return }
      try await rig.operatorWrites("ответ \(count)", thread: thread)
      accepted["avito \(chat)", default: []].append("ответ \(count)")
    case 55..<65:
      // The channel shows us what we ourselves have sent.
      let ours = channels.said.filter { $0.connection == "avito" }
      guard echoed < ours.count else { return }
      try await rig.echo(ours[echoed].text, id: ours[echoed].id, chat: ours[echoed].chat)
      echoed += 1
    case 65..<68:
      if let thread = channels.thread(of: chat) { channels.delete(thread: thread) }
    case 68..<71: try await mend()
    case 71..<74: clock.advance(milliseconds: Int64.random(in: 3_600_000...50_000_000, using: &random))
    default: clock.advance(milliseconds: Int64.random(in: 0...40_000, using: &random))
    }
    for _ in 0..<Int.random(in: 0...30, using: &random) { await Task.yield() }
  }

  /// What `switchboard dead retry` does, beside the running engine.
  private func mend() async throws {
    guard let run = try await journal.troubledRuns(limit: 100).randomElement(using: &random) else { return }
    _ = try await journal.retryRun(run.id)
    let note = try await journal.connectionValue(connection: MendingNote.connection, key: MendingNote.key)
    try await journal.setConnectionValue(
      connection: MendingNote.connection, key: MendingNote.key, value: MendingNote.adding(run: run.id, to: note))
  }

  private func settle(_ rig: EngineRig) async throws {
    for _ in 0..<100_000 {
      try Task.checkCancellation()
      let counts = try await journal.counts()
      if counts.openRuns == counts.parkedRuns, counts.pendingTimers == 0 { return }
      for _ in 0..<10 { await Task.yield() }
      clock.advance(milliseconds: 5_000)
    }
  }

  // MARK: What must hold

  private func check() {
    for (way, texts) in accepted {
      let place = way.split(separator: " ").map(String.init)
      let heard = channels.said.filter {
        $0.connection == place[0] && $0.chat == place[1] && $0.text != "intro" && $0.text != Self.greeting
      }.map(\.text)
      // A repetition follows at once upon what it repeats: nothing comes between.
      var once: [String] = []
      for text in heard where once.last != text { once.append(text) }
      if once != texts { problemsFound.append("\(way): accepted \(texts), heard \(heard)") }
      for text in Set(heard) where heard.count(where: { $0 == text }) > 1 {
        if place[0] == "avito" { problemsFound.append("\(way): '\(text)' twice though the channel could tell") }
        if !channels.unsure.contains(text) { problemsFound.append("\(way): '\(text)' twice, nothing was unknown") }
      }
    }
    checkGreetings()
    if outcomes.contains("answered in the channel's own app") { problemsFound.append("an echo of ours counted") }
  }

  private func checkGreetings() {
    for chat in Self.chats {
      let said = channels.said.filter { $0.connection == "avito" && $0.chat == chat }
      for (index, line) in said.enumerated() where line.text == Self.greeting {
        guard index > 0 else { continue }
        let pause = line.at.millisecondsSince(said[index - 1].at)
        if pause < Self.oncePerMilliseconds {
          problemsFound.append("\(chat): greeted \(pause) ms after '\(said[index - 1].text)'")
        }
      }
    }
  }
}
