//! The machine's clock is set back by an hour while the program is down: messages pass as ever, and what waits for a
//! moment comes at that moment, once.
import Emulators
import Foundation
import SwitchboardSDK
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ClockTests {
  private static let flow = Texts.flow.replacingOccurrences(
    of: "prefix: \"[{rules.reply}]\" }",
    with: "prefix: \"[{rules.reply}]\" }\n"
      + "          - auto_reply: { after: 60s, once_per: 24h, text: \"We will answer soon\" }")

  @Test func `a clock set back by an hour delays no message, and no timer fires early or twice`() async throws {
    var settings = StageSettings()
    settings.flow = Self.flow
    try await Stage.play(settings) { stage in
      try await stage.vera("one.")
      try await stage.topicShows("one.")
      try await Patience.until("the timer") { try await stage.health()["counts"]["pending_timers"] == 1 }
      await stage.engine.killHard()
      // At twenty seconds a second, an origin that lies 3,600/19 s later makes an hour less.
      let origin = stage.clock.origin.adding(milliseconds: 3_600_000 / 19)
      try await stage.engine.start("--clock-origin", "\(origin.milliseconds)")
      for number in 0..<10 {
        try await stage.vera("back-\(number).")
        let chat = try await stage.anna("avito-back-\(number).")
        let thread = try #require(try await stage.topicShows("avito-back-\(number).").thread)
        try await stage.telegram.write(
          user: stage.cast.oleg, chat: stage.cast.group, thread: thread, .text("answer-\(number)."))
        try await Patience.until("the answer") {
          await stage.avito.seen(chat: chat).contains { $0.text == "answer-\(number)." }
        }
      }
      try await stage.topicShows("back-9.")
      #expect(await replies(stage).isEmpty, "a timer fired before its moment")
      await stage.engine.killHard()
      // The clock is right again: by now, or a little later, it is due.
      try await stage.engine.start()
      try await Patience.until("the auto-reply") { await !replies(stage).isEmpty }
      try await stage.vera("two.")
      try await stage.topicShows("two.")
      try await Patience.until("no timer") { try await stage.health()["counts"]["pending_timers"] != 1 }
      let shown = await stage.shown(containing: "[v1]").map { $0.split(separator: "\n").last.map(String.init) ?? "" }
      #expect(shown.filter { !$0.hasPrefix("avito") } == ["one."] + (0..<10).map { "back-\($0)." } + ["two."])
      #expect(shown.filter { $0.hasPrefix("avito") } == (0..<10).map { "avito-back-\($0)." })
      #expect(await replies(stage).count == 1)
      let (status, _) = try await stage.engine.stop()
      #expect(status == 0)
    }
  }

  private func replies(_ stage: Stage) async -> [SeenMessage] {
    await stage.telegram.seen().filter { $0.chat == stage.cast.vera && $0.text == "We will answer soon" }
  }
}
