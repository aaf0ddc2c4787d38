//! The developer's loop beside a running engine: record, replay, backtest, and publications that need their cases.
import Emulators
import Foundation
import SwitchboardSDK
import Testing

@Suite(.serialized, .timeLimit(.minutes(5)))
struct LoopTests {
  @Test func `what came in is recorded, told again in a dry run, and compared with what a draft would do`() async throws
  {
    try await Stage.play { stage in
      try await stage.vera("Доставка есть?")
      _ = try await stage.topicShows("\nДоставка есть?")
      var recorded = ""
      try await Patience.until("the recording") {
        recorded = try await stage.house.run(["record", "shop"]).output
        return recorded.contains("Доставка есть?")
      }
      for secret in [Secrets.shopToken, Secrets.deskToken, Secrets.avitoSecret] { #expect(!recorded.contains(secret)) }
      let line = try JSON.parse(Array((recorded.split(separator: "\n").last ?? "").utf8))
      let message = try #require(line["event"]["id"].textValue)

      let dry = try await stage.house.run(["replay", message, "--dry-run"])
      #expect(dry.status == 0 && dry.output.contains("decision  reply: reply «v1»"), "\(dry.output)")
      #expect(dry.output.contains("«[v1] ⏎ Доставка есть?»"), "\(dry.output)")

      try stage.house.write("drafts/reply.lua", Texts.rule("v2"))
      let backtest = try await stage.house.run(["backtest", "--rule", "drafts/reply.lua", "--since", "30d", "--diff"])
      #expect(backtest.status == 0, "\(backtest.output)")
      #expect(backtest.output.contains("  - desk topic «[v1] ⏎ Доставка есть?»"), "\(backtest.output)")
      #expect(backtest.output.contains("  + desk topic «[v2] ⏎ Доставка есть?»"), "\(backtest.output)")
      #expect(backtest.output.contains("1 messages: 0 more replies, 0 fewer, 0 changed text; 1 with differences"))
      // Nothing of all this reached anybody.
      let seen = await stage.telegram.seen().filter { $0.text.contains("Доставка") && $0.senderIsBot }
      #expect(seen.count == 1)
    }
  }

  @Test func `cases that fail keep the old version serving, and the receipt says which`() async throws {
    try await Stage.play(
      prepare: { house in
        let file = house.path("switchboard.yaml")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try house.write(
          "switchboard.yaml",
          text.replacingOccurrences(of: "flows: flows", with: "require_tests: true\n    flows: flows"))
        try house.write("flows/desk.cases.yaml", Self.cases("v1"))
      },
      { stage in
        try stage.house.write("rules/reply.lua", Texts.rule("v2"))
        let refused = try await stage.house.run(["publish"])
        #expect(refused.status == 1)
        #expect(refused.output.contains("in case 'the mark of the rule'"), "\(refused.output)")
        // The engine saw the file, too, and said the same.
        try await stage.logSays("in case 'the mark of the rule'")
        try await stage.vera("раз")
        #expect(try await stage.topicShows("\nраз").text == "[v1]\nраз")
        try stage.house.write("flows/desk.cases.yaml", Self.cases("v2"))
        let done = try await stage.house.run(["publish"])
        #expect(done.status == 0, "\(done.output)")
        try await stage.vera("два")
        #expect(try await stage.topicShows("\nдва").text == "[v2]\nдва")
      })
  }

  private static func cases(_ mark: String) -> String {
    """
    flow: desk
    cases:
      - name: the mark of the rule
        play: [ { in: { connection: shop-bot, chat: c1, text: "Привет" } } ]
        expect: [ { out: { connection: desk, text: "[\(mark)]\\nПривет" } } ]

    """
  }
}
