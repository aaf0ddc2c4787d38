//! A PostgreSQL that crashes, hangs, refuses or is out of reach, under load: webhooks get 503 and never a false 200,
//! and everything goes on by itself once it is back.
import Emulators
import Foundation
import JournalCore
import JournalPostgres
import PostgresServer
import SwitchboardSDK
import Testing

/// Side by side: they wait for time-outs more than they work.
@Suite(
  .timeLimit(.minutes(30)), .enabled(if: PostgresServer.isAvailable, "there is no PostgreSQL here: skipped"))
struct PostgresTests {
  private static func settings(_ url: String) -> StageSettings {
    var settings = StageSettings()
    settings.receive = "webhook"
    settings.storage = url
    settings.shopExtra = WebhookCall.setting
    return settings
  }

  /// The address of the same database, through a proxy.
  private static func url(_ url: String, through proxy: FaultyProxy, to port: Int) -> String {
    url.replacingOccurrences(of: "127.0.0.1:\(port)", with: "127.0.0.1:\(proxy.port)")
  }

  private func expectEnd(_ stage: Stage, _ url: String) async throws {
    try await Patience.until("the end of all runs", seconds: 120) {
      try await stage.health()["counts"]["open_runs"] == 0
    }
    try await Patience.until("a sound health", seconds: 60) { try await stage.health()["status"] == "ok" }
    let (status, _) = try await stage.engine.stop()
    #expect(status == 0)
    let log = stage.engine.log()
    #expect(!log.contains(PostgresServer.password), "the password is in the log")
    let journal = try PostgresJournal(url: url)
    let counts = try await journal.counts()
    #expect(counts.openRuns == 0 && counts.deadRuns == 0 && counts.unknownDeliveries == 0, "\(counts)")
    await journal.close()
  }

  @Test func `a server that crashes under load again and again loses and doubles nothing`() async throws {
    let server = try PostgresServer()
    let url = server.url()
    try await Stage.play(Self.settings(url)) { stage in
      let storm = Storm(stage, mark: "storm")
      try await storm.blow {
        var dice = Dice(state: 7)
        for round in 0..<5 {
          let before = storm.accepted
          try await Patience.until("messages in round \(round)") {
            storm.accepted >= before + Int.random(in: 5...40, using: &dice)
          }
          server.crash()
          try await Patience.until("refusals") { storm.refusals > 0 }
          await Patience.clock.sleep(milliseconds: Int64.random(in: 0...1_500, using: &dice))
          try server.start()
        }
      }
      try await storm.expectAllShown()
      print("PostgreSQL crashed 5 times: \(storm.accepted) accepted, \(storm.refusals) refused")
      try await expectEnd(stage, url)
    }
  }

  @Test func `a line that is cut, silent, slow or down costs time only`() async throws {
    let server = try PostgresServer.shared()
    let direct = server.url()
    let proxy = try FaultyProxy(to: server.port, readsHTTP: false)
    try await Stage.play(Self.settings(Self.url(direct, through: proxy, to: server.port))) { stage in
      let storm = Storm(stage, mark: "line")
      try await storm.blow {
        var dice = Dice(state: 8)
        for round in 0..<12 {
          let before = storm.accepted
          try await Patience.until("messages in round \(round)", seconds: 90) {
            storm.accepted >= before + Int.random(in: 3...30, using: &dice)
          }
          switch round % 4 {
          case 0: proxy.cut(resets: true)
          case 1: proxy.cut(resets: false)
          case 2:
            proxy.set(.down)
            await Patience.clock.sleep(milliseconds: Int64.random(in: 100...4_500, using: &dice))
          default:
            proxy.set(.silent)
            await Patience.clock.sleep(milliseconds: Int64.random(in: 100...1_500, using: &dice))
          }
          proxy.set(.passes)
        }
        proxy.set(.slow(400))
        await Patience.clock.sleep(milliseconds: 2_000)
        proxy.set(.passes)
      }
      try await storm.expectAllShown()
      print("the line to PostgreSQL broke 13 times: \(storm.accepted) accepted, \(storm.refusals) refused")
      try await expectEnd(stage, direct)
    }
  }

  @Test func `a database behind a forgotten connection is found again without a hand`() async throws {
    let server = try PostgresServer.shared()
    let direct = server.url()
    let proxy = try FaultyProxy(to: server.port, readsHTTP: false)
    try await Stage.play(Self.settings(Self.url(direct, through: proxy, to: server.port))) { stage in
      let storm = Storm(stage, mark: "forgotten")
      try await storm.blow {
        try await Patience.until("messages") { storm.accepted > 10 }
        proxy.set(.silent)
        // Silence is noticed, said, and answered with 503.
        try await Patience.until("refusals", seconds: 90) { storm.refusals > 0 }
        #expect(await stage.engine.isAlive)
        proxy.cut(resets: false)
        proxy.set(.passes)
        let before = storm.accepted
        try await Patience.until("messages again", seconds: 60) { storm.accepted > before + 10 }
      }
      try await storm.expectAllShown()
      try await expectEnd(stage, direct)
    }
  }

  @Test func `a password that is changed, a database that is renamed or read-only: told, and mended by itself`()
    async throws
  {
    let server = try PostgresServer()
    try server.run("CREATE DATABASE shop")
    let url = server.url().replacingOccurrences(of: "/postgres?", with: "/shop?")
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shop'"
    let troubles = [
      ("ALTER ROLE tester PASSWORD 'another'", "ALTER ROLE tester PASSWORD '\(PostgresServer.password)'", "password"),
      ("ALTER DATABASE shop RENAME TO elsewhere", "ALTER DATABASE elsewhere RENAME TO shop", "does not exist"),
      (
        "ALTER DATABASE shop SET default_transaction_read_only = on",
        "ALTER DATABASE shop SET default_transaction_read_only = off", "read-only"
      ),
    ]
    try await Stage.play(Self.settings(url)) { stage in
      let storm = Storm(stage, mark: "hand")
      try await storm.blow {
        for (breaks, mends, word) in troubles {
          let before = (storm.accepted, storm.refusals)
          try await Patience.until("messages") { storm.accepted > before.0 + 5 }
          // Nobody renames a database with guests in it: they are sent away until nobody is left.
          try await Patience.until("the server to obey: \(breaks)") {
            _ = try? server.run(cut)
            return (try? server.run(breaks)) != nil
          }
          _ = try? server.run(cut)
          try await Patience.until("refusals after \(breaks)", seconds: 90) { storm.refusals > before.1 + 3 }
          try await stage.logSays("journal is in trouble", seconds: 60)
          try await stage.logSays(word, seconds: 60)
          try server.run(mends)
          _ = try? server.run(cut)
          let after = storm.accepted
          try await Patience.until("messages again", seconds: 60) { storm.accepted > after + 5 }
        }
      }
      try await storm.expectAllShown()
      try await expectEnd(stage, url)
    }
  }

  @Test func `a start against a wrong password, a missing database, a newer schema or nobody says so and ends`()
    async throws
  {
    let server = try PostgresServer.shared()
    let url = server.url()
    try await Stage.play(Self.settings(url)) { stage in
      try await stage.vera("before.")
      try await stage.topicShows("before.")
      _ = try await stage.engine.stop()
      let configuration = try String(contentsOfFile: stage.house.path("switchboard.yaml"), encoding: .utf8)
      let port = try #require(FreePort.take())
      let cases = [
        (url.replacingOccurrences(of: PostgresServer.password, with: "wrong-0451"), "password"),
        (url.replacingOccurrences(of: "/postgres?", with: "/nowhere?"), "nowhere"),
        (url.replacingOccurrences(of: ":\(server.port)", with: ":\(port)"), "refused"),
        (url.replacingOccurrences(of: "127.0.0.1", with: "no-such-host.invalid"), "no-such-host"),
      ]
      for (wrong, word) in cases {
        try stage.house.write("switchboard.yaml", configuration.replacingOccurrences(of: url, with: wrong))
        try await expectRefusal(stage.house, word)
      }
      try stage.house.write("switchboard.yaml", configuration)
      let schema = String(url.split(separator: "=").last ?? "")
      let version = try server.run("SELECT version FROM \(schema).schema_version")
      try server.run("UPDATE \(schema).schema_version SET version = 9999")
      try await expectRefusal(stage.house, "newerSchema")
      try server.run("UPDATE \(schema).schema_version SET version = \(version)")
      try await stage.vera("meanwhile.")
      try await stage.engine.start()
      try await stage.topicShows("meanwhile.")
      try await expectEnd(stage, url)
    }
  }

  private func expectRefusal(_ house: House, _ word: String) async throws {
    let ended = try await house.run(["run"])
    #expect(ended.status == 2 && ended.seconds < 30, "\(ended)")
    #expect(ended.output.contains("storage:") && ended.output.contains(word), "\(ended.output)")
    #expect(!ended.output.contains(PostgresServer.password) && !ended.output.contains("wrong-0451"), "\(ended.output)")
  }
}
