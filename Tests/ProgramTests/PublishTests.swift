//! `switchboard publish` and `rollback` beside a running engine: receipts, refusals, restarts, and what proves it all.
import Emulators
import Foundation
import HTTPTransport
import SwitchboardSDK
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct PublishTests {
  private static func flow(_ mark: String) -> String {
    Texts.flow.replacingOccurrences(of: "[{rules.reply}]", with: "\(mark){rules.reply}\(mark)")
  }

  private func publication(_ stage: Stage) async throws -> Value { try await stage.health()["publications"][0] }

  private func metrics(_ stage: Stage) async throws -> String {
    let answer = try await stage.http.send(HTTPRequest(url: "http://127.0.0.1:\(stage.port)/metrics"))
    #expect(answer.status == 200)
    return String(decoding: answer.body, as: UTF8.self)
  }

  private func shows(_ stage: Stage, _ text: String, as shown: String) async throws {
    try await stage.vera(text)
    #expect(try await stage.topicShows("\n" + text).text == shown + "\n" + text)
  }

  @Test func `a publication has a receipt, is refused whole, is rolled back and stays so over restarts`() async throws {
    try await Stage.play { stage in
      #expect(try await publication(stage)["number"] == 1)
      try await shows(stage, "раз", as: "[v1]")
      // Flow and rule change together: one publication.
      try stage.house.write("flows/desk.yaml", Self.flow("#"))
      let done = try await stage.house.run(["publish", "shop", "--by", "anna", "--json"])
      #expect(done.status == 0, "\(done.output)")
      let receipt = try JSON.parse(Array(done.output.utf8))[0]
      #expect(receipt["number"] == 2 && receipt["by"] == "anna" && receipt["origin"] == "command")
      let (old, new) = (receipt["changes"][0]["from"], receipt["changes"][0]["to"])
      #expect(receipt["changes"][0]["part"] == "desk" && old != new)
      #expect(try await publication(stage)["hash"] == receipt["hash"])
      try await shows(stage, "два", as: "#v1#")
      let again = try await stage.house.run(["publish"])
      #expect(again.status == 0 && again.output.contains("nothing has changed"), "\(again.output)")
      // Two broken files: both are told, and nothing is put in force.
      try stage.house.write("flows/desk.yaml", Self.flow("%").replacingOccurrences(of: "- relay:", with: "- relya:"))
      try stage.house.write("flows/other.yaml", "switchboard: 1\nflow: other\nflow: again\n")
      let refused = try await stage.house.run(["publish"])
      #expect(refused.status == 1)
      for word in ["flows/desk.yaml:", "SB0204", "flows/other.yaml:3:1", "SB0108"] {
        #expect(refused.output.contains(word), "\(refused.output)")
      }
      try FileManager.default.removeItem(atPath: stage.house.path("flows/other.yaml"))
      try stage.house.write("flows/desk.yaml", Self.flow("#"))
      let back = try await stage.house.run(["rollback", "desk", "--by", "oleg"])
      #expect(back.status == 0 && back.output.contains("publication 3") && back.output.contains("rolled back"))
      try await shows(stage, "три", as: "[v1]")
      #expect(try await publication(stage)["rolled_back"]["desk"]["to"] == old)
      // Neither SIGHUP nor a restart brings the file back.
      await stage.engine.signal(SIGHUP)
      _ = try await stage.engine.stop()
      try await stage.engine.start()
      try await stage.logSays("desk was rolled back", "warning")
      #expect(try await publication(stage)["number"] == 3)
      try await shows(stage, "четыре", as: "[v1]")
      let metrics = try await metrics(stage)
      #expect(metrics.contains("switchboard_publication_info{project=\"shop\",hash=\""))
      #expect(metrics.contains(",version=\"3\"} 1\n"))
      #expect(metrics.contains("switchboard_publication_rolled_back{project=\"shop\"} 1\n"))
      // The message is seen before its run has ended.
      try await Patience.until("the end of the run") {
        try await self.metrics(stage).contains("switchboard_runs_finished_total 1\n")
      }
      let told = try await self.metrics(stage)
      #expect(told.contains("switchboard_delivery_seconds_count{project=\"shop\"} 1\n"))
      #expect(told.contains("switchboard_delivery_seconds_bucket{project=\"shop\",le=\"+Inf\"} 1\n"))
      for secret in [Secrets.deskToken, Secrets.shopToken, Secrets.avitoSecret] { #expect(!metrics.contains(secret)) }
      // By name it comes back.
      let named = try await stage.house.run(["publish", "shop/desk"])
      #expect(named.status == 0 && named.output.contains("publication 4"), "\(named.output)")
      try await shows(stage, "пять", as: "#v1#")
      let history = try await stage.house.run(["publish", "--history", "--json"])
      let numbers = try JSON.parse(Array(history.output.utf8)).listValue?.compactMap { $0["number"].intValue }
      #expect(numbers == [4, 3, 2, 1])
    }
  }

  @Test func `a saved rule is a publication, and can be rolled back`() async throws {
    try await Stage.play { stage in
      try await shows(stage, "раз", as: "[v1]")
      try stage.house.write("rules/reply.lua", Texts.rule("v2"))
      try await Patience.until("the second publication") { try await publication(stage)["number"] == 2 }
      #expect(try await publication(stage)["origin"] == "edit")
      try await shows(stage, "два", as: "[v2]")
      let back = try await stage.house.run(["rollback", "rule:reply"])
      #expect(back.status == 0, "\(back.output)")
      try await shows(stage, "три", as: "[v1]")
      try stage.house.write("rules/reply.lua", Texts.rule("v3"))
      try await Patience.until("the fourth publication") { try await publication(stage)["number"] == 4 }
      try await shows(stage, "четыре", as: "[v3]")
      // A rule that a flow asks cannot be taken away.
      try FileManager.default.removeItem(atPath: stage.house.path("rules/reply.lua"))
      try await stage.logSays("reload refused", "desk.yaml:17")
      try await shows(stage, "пять", as: "[v3]")
      #expect(try await publication(stage)["files_differ"] == true)
    }
  }

  @Test func `files that break while the engine is down leave what was published last serving`() async throws {
    try await Stage.play { stage in
      try await shows(stage, "раз", as: "[v1]")
      await stage.engine.killHard()
      try stage.house.write("flows/desk.yaml", "switchboard: 1\nflow: desk\nflow: twice\n")
      try await stage.engine.start()
      try await stage.logSays("publication 1 goes on serving", "SB0108")
      try await shows(stage, "два", as: "[v1]")
      #expect(try await publication(stage)["refused"].textValue?.contains("flows/desk.yaml:") == true)
      #expect(try await metrics(stage).contains("switchboard_publication_refused{project=\"shop\"} 1\n"))
    }
  }

  @Test func `without a running engine nothing is published, and that is said`() async throws {
    let house = try House.sound()
    let none = try await house.run(["publish"])
    #expect(none.status == 1 && none.output.contains("nothing serves"), "\(none.output)")
    let dry = try await house.run(["publish", "--dry-run"])
    #expect(dry.status == 0 && dry.output.contains("nothing was published"), "\(dry.output)")
    let unknown = try await house.run(["publish", "nowhere"])
    #expect(unknown.status == 2 && unknown.output.contains("nowhere"), "\(unknown.output)")
  }
}
