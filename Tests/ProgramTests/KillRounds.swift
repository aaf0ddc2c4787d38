//! Rounds of messages, each ended by `kill -9`, and what customers and operators must have seen after the last.
import Emulators
import Foundation
import JournalCore
import SwitchboardSDK
import Testing

struct KillRounds {
  let stage: Stage
  let count: Int
  private var dice: Dice
  private let seed: UInt64
  /// By lane: three people on Telegram, then Anna on Avito.
  private var written: [[String]] = Array(repeating: [], count: 4)
  private var answers: [String] = []
  private var chat = ""
  private var deaths: [String: Int] = [:]

  init(stage: Stage, count: Int, seed: UInt64) {
    self.stage = stage
    self.count = count
    self.seed = seed
    dice = Dice(state: seed)
  }

  mutating func play() async throws {
    var people = [stage.cast.vera]
    for name in ["Глеб", "Дина"] { people.append(try await stage.telegram.createUser(firstName: name)) }
    chat = try await stage.anna("первое сообщение")
    let thread = try #require(try await stage.topicShows("первое сообщение").thread)
    for round in 0..<count {
      let death = Death.drawn(round, &dice)
      deaths[death.name, default: 0] += 1
      await death.prepare(stage)
      let before = await stage.telegram.requestLog().count
      for step in 0..<2 {
        try await write(people, "\(round)-\(step).")
        let answer = "о-\(round)-\(step)."
        answers.append(answer)
        try await stage.telegram.write(user: stage.cast.oleg, chat: stage.cast.group, thread: thread, .text(answer))
      }
      try await death.strike(stage, round: round, requestsBefore: before)
      // Written while nobody is there to take it.
      try await write(people, "\(round)-ночь.")
      try await stage.engine.start()
    }
    for texts in written { try await stage.topicShows(try #require(texts.last), seconds: 120) }
    // Echoes of the answers may still be on their way.
    try await Patience.until("all messages", seconds: 120) {
      let seen = Set(await self.seen())
      return self.written.allSatisfy { $0.allSatisfy(seen.contains) }
    }
    try await Patience.until("the operator's last answer on Avito", seconds: 120) {
      await stage.avito.seen(chat: chat).last?.text == answers.last
    }
    try await Patience.until("the end of all runs", seconds: 120) {
      try await stage.health()["counts"]["open_runs"] == 0
    }
  }

  private mutating func write(_ people: [Int64], _ mark: String) async throws {
    for person in people.indices {
      let text = "к\(person)-\(mark)"
      written[person].append(text)
      try await stage.telegram.write(user: people[person], bot: stage.cast.shopBot, .text(text))
    }
    written[people.count].append("а-\(mark)")
    try await stage.anna("а-\(mark)")
  }

  /// Customers' texts as operators saw them, copies included.
  private func seen() async -> [String] {
    await stage.shown(containing: "[v1]").map { $0.split(separator: "\n").last.map(String.init) ?? "" }
  }

  func expectOrder() async throws {
    let seen = await seen()
    for texts in written {
      let mine = Set(texts)
      var known: Set<String> = []
      let firsts = seen.filter { mine.contains($0) && known.insert($0).inserted }
      #expect(firsts == texts, "lost or out of order (seed \(seed)): \(texts[0])")
    }
    // Avito can be asked what became of a send: so there nothing at all may come twice.
    #expect(await stage.avito.seen(chat: chat).map(\.text) == answers, "seed \(seed)")
  }

  /// Each copy too many is a call that the ledger had to begin anew, because nobody knew what became of it.
  func expectKnownCopies(_ journal: any Journal) async throws {
    let ledger = try await attempts(journal)
    let texts = Array(written.joined())
    let copies = Dictionary(grouping: await seen(), by: { $0 }).mapValues(\.count)
    let doubled = copies.filter { $0.value > 1 }
    let unknown = texts.filter { ledger[$0, default: 0] > 1 }.count
    let kinds = deaths.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    print(
      "kill -9 × \(count) (\(kinds)): "
        + "\(texts.count + answers.count) messages, \(unknown) of unknown outcome, \(doubled.count) seen twice")
    for (text, count) in doubled {
      #expect(
        count <= ledger[text] ?? 0, "\(text) came \(count) times, the ledger tells of \(ledger[text] ?? 0) calls")
    }
    // A kill has at most one call under way in each of the lanes.
    #expect(doubled.count <= count * 4)
  }

  /// How often the ledger says that each text's relay was begun.
  private func attempts(_ journal: any Journal) async throws -> [String: Int] {
    let counts = try await journal.counts()
    #expect(counts.openRuns == 0 && counts.deadRuns == 0 && counts.unknownDeliveries == 0, "\(counts)")
    var attempts: [String: Int] = [:]
    var id: Int64 = 1
    var missing = 0
    while missing < 1_000 {
      defer { id += 1 }
      guard let run = try await journal.run(id) else {
        missing += 1
        continue
      }
      missing = 0
      let text = try JSON.parse(run.payload)["message"]["text"].textValue ?? ""
      #expect(run.status == .done, "run \(run.id) of «\(text)» is \(run.status)")
      for delivery in try await journal.deliveries(of: run.id) where delivery.request.contains(text) {
        attempts[text, default: 0] += delivery.attempt
        #expect(delivery.state == .sent, "\(text): \(delivery.state)")
      }
    }
    return attempts
  }
}

extension [UInt8] {
  fileprivate func contains(_ text: String) -> Bool { String(decoding: self, as: UTF8.self).contains(text) }
}
