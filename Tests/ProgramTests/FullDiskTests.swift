//! The disk under the database and the log fills up under load and is freed again: nothing is confirmed that is not
//! stored, and the program goes on by itself.
import Emulators
import Foundation
import SwitchboardSDK
import Testing

@Suite(
  .serialized, .timeLimit(.minutes(10)),
  .enabled(if: SmallDisk.isPossible, "mounting a small disk takes root: skipped"))
struct FullDiskTests {
  private static let rounds = ProcessInfo.processInfo.environment["SWITCHBOARD_LONG"] == nil ? 3 : 20

  @Test func `a full disk costs 503 and time, never a message`() async throws {
    let disk = try SmallDisk(megabytes: 16)
    var settings = StageSettings()
    settings.receive = "webhook"
    settings.storage = "sqlite:\(disk.path)/switchboard.db"
    settings.engineLog = disk.path + "/engine.log"
    settings.shopExtra = WebhookCall.setting
    try await Stage.play(settings) { stage in
      try await stage.vera("до")
      try await stage.topicShows("до")
      var expected: [String] = []
      for round in 0..<Self.rounds {
        try disk.fill()
        // Telegram holds back what the program does not take.
        try await stage.vera("вера-\(round).")
        let refused = try await callUntilRefused(stage, round, &expected)
        #expect(refused.retryAfter == "2")
        try await Patience.until("the health to tell of the full disk", seconds: 10) {
          let health = try await stage.health()
          let detail = health["storage"]["detail"].textValue ?? ""
          return health["status"] == "degraded" && (detail.hasPrefix("full") || detail.hasPrefix("unavailable"))
        }
        #expect(await stage.engine.isAlive)
        disk.free()
        let beganAt = ContinuousClock.now
        try await Patience.until("a sound health", seconds: 30) { try await stage.health()["status"] == "ok" }
        #expect(ContinuousClock.now - beganAt < .seconds(5))
        // The sender repeats what was refused, and only that.
        for text in refused.texts { #expect(try await stage.callShop(text, padded: true).status == 200) }
        expected += refused.texts
        try await stage.topicShows("вера-\(round).", seconds: 120)
      }
      for text in expected { try await stage.topicShows(text, seconds: 120) }
      let shown = await stage.shown(containing: "[v1]").map { $0.split(separator: "\n").last.map(String.init) ?? "" }
      let called = shown.filter { $0.hasPrefix("п-") }
      #expect(called == expected, "lost, doubled or out of order")
      try await Patience.until("the end of all runs") { try await stage.health()["counts"]["open_runs"] == 0 }
      let (status, _) = try await stage.engine.stop()
      #expect(status == 0)
    }
  }

  private struct Refused {
    var texts: [String] = []
    var retryAfter: String?
  }

  /// Calls one conversation's webhook until it has been refused ten times in a row; what was accepted is expected.
  private func callUntilRefused(_ stage: Stage, _ round: Int, _ expected: inout [String]) async throws -> Refused {
    var refused = Refused()
    for number in 0..<3_000 where refused.texts.count < 10 {
      let text = "п-\(round)-\(number)."
      let answer = try await stage.callShop(text, padded: true)
      #expect(answer.status == 200 || answer.status == 503)
      if answer.status == 200 {
        // A little may still fit into what SQLite had reserved.
        #expect(refused.texts.isEmpty, "accepted after a refusal, with the disk still full")
        expected.append(text)
      } else {
        refused.texts.append(text)
        refused.retryAfter = answer.header("retry-after")
      }
    }
    #expect(refused.texts.count == 10, "the full disk was never noticed")
    return refused
  }
}
