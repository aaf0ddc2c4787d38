//! `kill -9` again and again under a stream of messages: nothing is lost, order holds, and each copy too many is
//! one that the send ledger could not know about.
import Emulators
import Foundation
import JournalCore
import JournalSQLite
import SwitchboardSDK
import Testing

@Suite(.serialized, .timeLimit(.minutes(15)))
struct KillTests {
  private static let rounds = 15

  @Test(arguments: ["polling", "webhook"])
  func `fifteen kills lose nothing and double only what the ledger calls unknown`(receive: String) async throws {
    var settings = StageSettings()
    settings.receive = receive
    try await Stage.play(settings) { stage in
      let people = try await people(stage)
      var written: [[String]] = Array(repeating: [], count: people.count + 1)
      var answers: [String] = []
      var chat = try await stage.anna("первое сообщение")
      let thread = try #require(try await stage.topicShows("первое сообщение").thread)
      for round in 0..<Self.rounds {
        let before = await stage.telegram.requestLog().requests.count
        for step in 0..<4 {
          for person in people.indices {
            let text = "к\(person)-\(round)-\(step)."
            written[person].append(text)
            try await stage.telegram.write(user: people[person], bot: stage.cast.shopBot, .text(text))
          }
          let text = "а-\(round)-\(step)."
          written[people.count].append(text)
          chat = try await stage.anna(text)
          let answer = "о-\(round)-\(step)."
          answers.append(answer)
          try await stage.telegram.write(user: stage.cast.oleg, chat: stage.cast.group, thread: thread, .text(answer))
        }
        // Somewhere else in the work each time: after so many more requests to Telegram.
        let wanted = before + 2 + round * 3 % 17
        try await Patience.until("request \(wanted) to Telegram") {
          await stage.telegram.requestLog().requests.count >= wanted
        }
        await stage.engine.killHard()
        // Written while nobody is there to take it.
        for person in people.indices {
          let text = "к\(person)-\(round)-ночь."
          written[person].append(text)
          try await stage.telegram.write(user: people[person], bot: stage.cast.shopBot, .text(text))
        }
        written[people.count].append("а-\(round)-ночь.")
        try await stage.anna("а-\(round)-ночь.")
        try await stage.engine.start()
      }
      for texts in written {
        try await stage.topicShows(try #require(texts.last), seconds: 120)
        if let night = texts.last(where: { $0.hasSuffix("ночь.") }) { try await stage.topicShows(night, seconds: 120) }
      }
      let seen = await stage.shown(containing: "[v1]").map { $0.split(separator: "\n").last.map(String.init) ?? "" }
      for texts in written {
        var firsts: [String] = []
        for text in seen where texts.contains(text) && !firsts.contains(text) { firsts.append(text) }
        // Avito does not repeat a webhook that met a closed door: what the poll finds later may have been overtaken.
        let mayBeOvertaken = receive == "webhook" && texts == written.last
        #expect(
          mayBeOvertaken ? Set(firsts) == Set(texts) : firsts == texts, "lost or out of order: \(texts.first ?? "")")
      }
      try await Patience.until("the operator's last answer on Avito", seconds: 120) {
        await stage.avito.seen(chat: chat).last?.text == answers.last
      }
      // Avito can be asked what became of a send: so there nothing at all may come twice.
      #expect(await stage.avito.seen(chat: chat).map(\.text) == answers)
      // Echoes of the answers may still be on their way.
      try await Patience.until("the end of all runs", seconds: 120) {
        try await stage.health()["counts"]["open_runs"] == 0
      }
      let (status, _) = try await stage.engine.stop()
      #expect(status == 0)
      try await expectKnownCopies(seen, of: Array(written.joined()), in: stage)
    }
  }

  /// Each copy too many is a call that the ledger had to begin anew, because nobody knew what became of it.
  private func expectKnownCopies(_ seen: [String], of written: [String], in stage: Stage) async throws {
    let ledger = try await attempts(stage)
    let copies = Dictionary(grouping: seen, by: { $0 }).mapValues(\.count)
    let doubled = copies.filter { $0.value > 1 }
    let unknown = written.filter { ledger[$0, default: 0] > 1 }.count
    print(
      "kill -9 × \(Self.rounds): \(written.count) customers' messages, \(unknown) of unknown outcome, "
        + "\(doubled.count) of them seen twice")
    for (text, count) in doubled {
      #expect(
        count <= ledger[text] ?? 0, "\(text) came \(count) times, the ledger tells of \(ledger[text] ?? 0) calls")
    }
    // A kill has at most one call under way in each of the lanes.
    #expect(doubled.count <= Self.rounds * 4)
  }

  private func people(_ stage: Stage) async throws -> [Int64] {
    var people = [stage.cast.vera]
    for name in ["Глеб", "Дина"] { people.append(try await stage.telegram.createUser(firstName: name)) }
    return people
  }

  /// How often the ledger says that each text's relay was begun.
  private func attempts(_ stage: Stage) async throws -> [String: Int] {
    let journal = try SQLiteJournal(path: stage.house.path("switchboard.db"))
    let counts = try await journal.counts()
    var attempts: [String: Int] = [:]
    var id: Int64 = 1
    var missing = 0
    while missing < 100 {
      guard let run = try await journal.run(id) else {
        missing += 1
        id += 1
        continue
      }
      missing = 0
      id += 1
      let text = try JSON.parse(run.payload)["message"]["text"].textValue ?? ""
      #expect(run.status == .done, "run \(run.id) of «\(text)» is \(run.status)")
      for delivery in try await journal.deliveries(of: run.id) where delivery.request.contains(text) {
        attempts[text, default: 0] += delivery.attempt
        #expect(delivery.state == .sent, "\(text): \(delivery.state)")
      }
    }
    print("the journal after the kills: \(counts)")
    await journal.close()
    return attempts
  }
}

extension [UInt8] {
  fileprivate func contains(_ text: String) -> Bool { String(decoding: self, as: UTF8.self).contains(text) }
}
