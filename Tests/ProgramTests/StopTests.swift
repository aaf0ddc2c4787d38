//! SIGTERM under a database in any state: the program ends in time, with 0, and nothing acknowledged is lost.
import Emulators
import Foundation
import JournalCore
import JournalPostgres
import PostgresServer
import SwitchboardSDK
import Testing

@Suite(
  .timeLimit(.minutes(20)), .enabled(if: PostgresServer.isAvailable, "there is no PostgreSQL here: skipped"))
struct StopTests {
  /// What reliability.md T9 allows.
  private static let stopSeconds = 25.0

  /// The machine's clock: deadlines are real here.
  private static func settings(_ url: String) -> StageSettings {
    var settings = StageSettings()
    settings.receive = "webhook"
    settings.storage = url
    settings.shopExtra = WebhookCall.setting
    settings.clockRate = 1
    return settings
  }

  enum Trouble: String, CaseIterable, Sendable { case refused, frozen, halfOpen }

  /// A server of the test's own, with a line to it that may be made silent.
  private final class Database: Sendable {
    let server: PostgresServer
    let line: FaultyProxy
    let direct: String
    var url: String {
      direct.replacingOccurrences(of: "127.0.0.1:\(server.port)", with: "127.0.0.1:\(line.port)")
    }

    init() throws {
      server = try PostgresServer()
      line = try FaultyProxy(to: server.port, readsHTTP: false)
      direct = server.url()
    }

    deinit { server.thaw() }

    func meet(_ trouble: Trouble) {
      switch trouble {
      case .refused: server.crash()
      case .frozen: server.freeze()
      case .halfOpen: line.set(.silent)
      }
    }

    func mend(_ trouble: Trouble) throws {
      switch trouble {
      case .refused: try server.start()
      case .frozen: server.thaw()
      case .halfOpen:
        line.cut(resets: false)
        line.set(.passes)
      }
    }
  }

  @Test(arguments: Trouble.allCases)
  func `a database that is gone for good keeps no stop waiting, and nothing acknowledged is lost`(
    _ trouble: Trouble
  ) async throws {
    let database = try Database()
    try await Stage.play(Self.settings(database.url)) { stage in
      let storm = Storm(stage, mark: trouble.rawValue)
      try await storm.blow {
        try await Patience.until("messages") { storm.accepted > 30 }
        database.meet(trouble)
        // Calls of unknown outcome are in the hands of lanes by then.
        try await Patience.until("refusals", seconds: 20) { storm.refusals + storm.unanswered > 0 }
        let (status, seconds) = try await stage.engine.stop()
        #expect(status == 0 && seconds <= Self.stopSeconds, "\(status) after \(seconds) s")
        #expect(!stage.engine.log().contains("ends where it stands"))
        try database.mend(trouble)
        try await stage.engine.start()
        let before = storm.accepted
        try await Patience.until("messages again", seconds: 60) { storm.accepted > before + 10 }
      }
      try await storm.expectAllShown(isOnce: false)
      try await expectEnd(stage, database.direct)
    }
  }

  @Test func `while the database is silent a webhook is refused within ten seconds, and health says so`() async throws {
    let database = try Database()
    try await Stage.play(Self.settings(database.url)) { stage in
      let first = try await stage.callShop("до.")
      #expect(first.status == 200)
      try await stage.topicShows("до.")
      database.meet(.frozen)
      // The first is in a transaction of unknown outcome, the others wait behind it.
      try await withThrowingTaskGroup(of: (Int, Duration).self) { group in
        for person in 0..<5 {
          group.addTask {
            let beganAt = ContinuousClock.now
            let answer = try await stage.callShop("тишина-\(person).", person: person)
            return (answer.status, ContinuousClock.now - beganAt)
          }
        }
        for try await (status, time) in group { #expect(status == 503 && time < .seconds(10), "\(status) \(time)") }
      }
      let beganAt = ContinuousClock.now
      #expect(try await stage.callShop("сразу.", person: 5).status == 503)
      #expect(ContinuousClock.now - beganAt < .seconds(5), "a database known to be silent is not waited for")
      #expect(try await stage.health()["status"] == "unavailable")
      database.server.thaw()
      for person in 0..<5 {
        try await Patience.until("message \(person) is taken") {
          try await stage.callShop("тишина-\(person).", person: person).status == 200
        }
      }
      for person in 0..<5 { try await stage.topicShows("тишина-\(person).") }
      let shown = await stage.shown(containing: "тишина-")
      #expect(shown.count == 5, "\(shown)")
      try await expectEnd(stage, database.direct)
    }
  }

  @Test func `a second SIGTERM ends the program at once, and so does one before it serves`() async throws {
    let database = try Database()
    try await Stage.play(Self.settings(database.url)) { stage in
      #expect(try await stage.callShop("до.").status == 200)
      try await stage.topicShows("до.")
      database.meet(.frozen)
      async let hanging = stage.callShop("в пути.")
      try await Patience.until("a call under way") { await stage.engine.isAlive }
      await stage.engine.signal(SIGTERM)
      try await stage.logSays("graceful shutdown")
      let (status, seconds) = try await stage.engine.stop()
      #expect(status == 1 && seconds <= 1, "\(status) after \(seconds) s")
      try await stage.logSays("told to stop twice")
      _ = try? await hanging
      // A start that waits for the silent database.
      try await stage.engine.spawn()
      await Patience.clock.sleep(milliseconds: 1_500)
      let early = try await stage.engine.stop()
      #expect(early.status == 0 && early.seconds <= 1, "\(early)")
      database.server.thaw()
      try await stage.engine.start()
      try await Patience.until("the message is taken") { try await stage.callShop("в пути.").status == 200 }
      try await stage.topicShows("в пути.")
      try await expectEnd(stage, database.direct)
    }
  }

  private func expectEnd(_ stage: Stage, _ url: String) async throws {
    try await Patience.until("the end of all runs", seconds: 120) {
      try await stage.health()["counts"]["open_runs"] == 0
    }
    let (status, _) = try await stage.engine.stop()
    #expect(status == 0)
    let journal = try PostgresJournal(url: url)
    let counts = try await journal.counts()
    #expect(counts.openRuns == 0 && counts.deadRuns == 0 && counts.unknownDeliveries == 0, "\(counts)")
    await journal.close()
  }
}
