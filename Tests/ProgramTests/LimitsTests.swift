//! The channel's limits, seen from the channel: Telegram refuses nothing, because nobody asks too much.
import Emulators
import SwitchboardSDK
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct LimitsTests {
  @Test func `a rush of customers into one group is never refused, and everybody's messages come in order`()
    async throws
  {
    var settings = StageSettings()
    settings.keepsLimits = true
    settings.clockRate = 40
    try await Stage.play(settings) { stage in
      // A topic and three messages for each: 32 calls in a group that takes 20 a minute.
      var people: [Int64] = []
      for number in 0..<8 { people.append(try await stage.telegram.createUser(firstName: "Клиент \(number)")) }
      for round in 0..<3 {
        for (number, user) in people.enumerated() {
          try await stage.telegram.write(
            user: user, bot: stage.cast.shopBot, .text("раунд \(round) от \(number)"))
        }
      }
      try await stage.topicShows("раунд 2 от 7", seconds: 120)
      for number in 0..<8 {
        let shown = try await stage.shownWhole(3, containing: "от \(number)")
        #expect(shown.map { $0.suffix(12) } == (0..<3).map { "раунд \($0) от \(number)"[...] })
      }
      let refused = await stage.telegram.requestLog().requests.filter { $0.status == 429 }
      #expect(refused.isEmpty, "\(refused.map { "\($0.operation) at \($0.receivedAt)" })")
    }
  }
}

extension Stage {
  /// Waits until so many of these messages are there.
  fileprivate func shownWhole(_ count: Int, containing mark: String) async throws -> [String] {
    try await Patience.until("\(count) messages with \(mark)", seconds: 120) {
      await shown(containing: mark).count >= count
    }
    return await shown(containing: mark)
  }
}
