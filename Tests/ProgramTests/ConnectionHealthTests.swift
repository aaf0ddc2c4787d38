//! A channel that does not answer shows in `/health`, in the metrics and once in the log, and nothing of it is secret.
import Foundation
import HTTPTransport
import SwitchboardSDK
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ConnectionHealthTests {
  @Test func `a channel out of reach degrades its connection until it answers again`() async throws {
    var settings = StageSettings()
    settings.hasFaultyPeers = true
    try await Stage.play(settings) { stage in
      #expect(try await stage.health()["status"] == "ok")
      let line = try #require(stage.telegramLine)
      line.set(.down)
      try await Patience.until("both bots to be degraded") {
        let states = try await stage.health()["connections"].listValue ?? []
        return states.filter { $0["state"] == "degraded" }.compactMap { $0["name"].textValue } == ["desk", "shop-bot"]
      }
      let health = try await stage.health()
      #expect(health["status"] == "degraded")
      let desk = try #require(health["connections"].listValue?.first { $0["name"] == "desk" })
      #expect(desk["detail"].textValue?.isEmpty == false)
      let address = "http://127.0.0.1:\(stage.port)/metrics"
      let metrics = String(decoding: try await stage.http.send(HTTPRequest(url: address)).body, as: UTF8.self)
      #expect(metrics.contains("switchboard_connection_degraded{project=\"shop\",connection=\"desk\"} 1"))
      #expect(metrics.contains("switchboard_connection_degraded{project=\"shop\",connection=\"avito-main\"} 0"))
      line.set(.passes)
      try await Patience.until("a sound health") { try await stage.health()["status"] == "ok" }
      try await stage.logSays("the connection is well again", "\"desk\"")
      let told = stage.engine.log().split(separator: "\n").filter {
        $0.contains("the connection is degraded") && $0.contains("\"desk\"")
      }
      #expect(told.count == 1)
      let all = stage.engine.log() + metrics + "\(health)"
      #expect(!all.contains(Secrets.deskToken) && !all.contains(Secrets.shopToken))
    }
  }
}
