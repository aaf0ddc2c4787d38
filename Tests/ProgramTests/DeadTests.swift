//! `switchboard dead` beside a running engine: what was parked is mended, and its lane goes on in order.
import Emulators
import Foundation
import SwitchboardSDK
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct DeadTests {
  private static let refusal = #"{"ok":false,"error_code":400,"description":"Bad Request: message text is empty"}"#

  private func dead(_ stage: Stage, _ arguments: String...) async throws -> Program.Ended {
    try await stage.house.run(["dead"] + arguments + ["--database", "switchboard.db"])
  }

  /// The only parked run.
  private func parked(_ stage: Stage) async throws -> String {
    var run: String?
    try await Patience.until("a parked run") {
      let listed = try await dead(stage, "list", "--json")
      run = try JSON.parse(Array(listed.output.utf8)).listValue?.first { $0["status"] == "parked" }?["run"].intValue
        .map(String.init)
      return run != nil
    }
    return try #require(run)
  }

  @Test func `a parked message is shown, retried and delivered before those behind it`() async throws {
    try await Stage.play { stage in
      #expect(try await dead(stage, "list").output.contains("nothing waits for a person"))
      await stage.telegram.addFault(
        Fault(.answer(status: 400, body: Self.refusal), operation: "sendMessage", containing: "первое"))
      for text in ["первое", "второе", "третье"] { try await stage.vera(text) }
      let run = try await parked(stage)
      try await stage.logSays("parked, the lane waits for a person", "message text is empty")
      let listed = try await dead(stage, "list")
      #expect(listed.status == 0 && listed.output.contains("parked") && listed.output.contains(run), "\(listed)")
      let shown = try await dead(stage, "show", run)
      #expect(shown.status == 0 && shown.output.contains("text: первое"), "\(shown)")
      #expect(shown.output.contains("message text is empty"), "\(shown)")
      // Another conversation goes on meanwhile.
      try await stage.anna("мимо очереди")
      try await stage.topicShows("мимо очереди")
      #expect(await stage.shown(containing: "второе").isEmpty)
      #expect(try await dead(stage, "retry", run).status == 0)
      try await stage.topicShows("третье")
      let mine = await stage.shown(containing: "[v1]").filter { !$0.contains("мимо") }
      #expect(mine == ["[v1]\nпервое", "[v1]\nвторое", "[v1]\nтретье"])
      #expect(try await dead(stage, "retry", run).status == 1)
      #expect(try await dead(stage, "show", "999999").status == 1)
    }
  }

  @Test func `where a copy would be worse than a wait, an unknown outcome is held for a person`() async throws {
    var settings = StageSettings()
    settings.deskExtra = "unknown: hold"
    try await Stage.play(settings) { stage in
      try await stage.vera("до")
      try await stage.topicShows("до")
      await stage.telegram.addFault(
        Fault(.performThenNeverAnswer, operation: "sendMessage", containing: "зависло"))
      try await stage.vera("зависло")
      try await stage.vera("после")
      try await stage.topicShows("зависло")
      await stage.engine.killHard()
      try await stage.engine.start()
      let run = try await parked(stage)
      let shown = try await dead(stage, "show", run)
      #expect(shown.output.contains("unknown"), "\(shown)")
      #expect(await stage.shown(containing: "зависло").count == 1)
      #expect(await stage.shown(containing: "после").isEmpty)
      #expect(try await dead(stage, "drop", run, "--yes").status == 0)
      try await stage.topicShows("после")
      #expect(await stage.shown(containing: "зависло").count == 1)
    }
  }

  @Test func `a dropped message is gone by decision, and the lane goes on`() async throws {
    try await Stage.play { stage in
      await stage.telegram.addFault(
        Fault(.answer(status: 400, body: Self.refusal), operation: "sendMessage", containing: "плохое"))
      for text in ["плохое", "хорошее"] { try await stage.vera(text) }
      let run = try await parked(stage)
      let careless = try await dead(stage, "drop", run)
      #expect(careless.status != 0 && careless.output.contains("--yes"))
      #expect(try await dead(stage, "drop", run, "--yes").status == 0)
      try await stage.topicShows("хорошее")
      #expect(await stage.shown(containing: "плохое").isEmpty)
      #expect(try await dead(stage, "list").output.contains("nothing waits for a person"))
    }
  }
}
