//! `kill -9` again and again under a stream of messages: nothing is lost, order holds, and each copy too many is
//! one that the send ledger could not know about.
import Emulators
import Foundation
import JournalCore
import JournalPostgres
import JournalSQLite
import PostgresServer
import SwitchboardSDK
import Testing

@Suite(.serialized, .timeLimit(.minutes(60)))
struct KillTests {
  /// `make test-long` plays ten times as many rounds.
  private static let factor = ProcessInfo.processInfo.environment["SWITCHBOARD_LONG"] == nil ? 1 : 10

  @Test(arguments: [("polling", 60, 1), ("webhook", 40, 2)])
  func `a hundred kills on SQLite lose nothing and double only what the ledger calls unknown`(
    receive: String, rounds: Int, seed: UInt64
  ) async throws {
    var settings = StageSettings()
    settings.receive = receive
    try await Stage.play(settings) { stage in
      var rounds = KillRounds(stage: stage, count: rounds * Self.factor, seed: seed)
      try await rounds.play()
      try await rounds.expectOrder()
      let (status, _) = try await stage.engine.stop()
      #expect(status == 0)
      let journal = try SQLiteJournal(path: stage.house.path("switchboard.db"))
      try await rounds.expectKnownCopies(journal)
      await journal.close()
    }
  }
  @Test(
    .enabled(if: PostgresServer.isAvailable, "there is no PostgreSQL here: skipped"),
    arguments: [("polling", 25, 3), ("webhook", 25, 4)])
  func `fifty kills on PostgreSQL lose nothing and double only what the ledger calls unknown`(
    receive: String, rounds: Int, seed: UInt64
  ) async throws {
    let url = try PostgresServer.shared().url()
    var settings = StageSettings()
    settings.receive = receive
    settings.storage = url
    try await Stage.play(settings) { stage in
      var rounds = KillRounds(stage: stage, count: rounds * Self.factor, seed: seed)
      try await rounds.play()
      try await rounds.expectOrder()
      let (status, _) = try await stage.engine.stop()
      #expect(status == 0)
      let journal = try PostgresJournal(url: url)
      try await rounds.expectKnownCopies(journal)
      await journal.close()
    }
  }
}
