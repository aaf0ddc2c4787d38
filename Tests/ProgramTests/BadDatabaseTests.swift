//! Databases that cannot be used: the program says why and ends, changes nothing, and goes on once it is mended.
import Emulators
import Foundation
import GRDB
import SwitchboardSDK
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BadDatabaseTests {
  /// What `run` says to a database, and that it leaves every byte as it was.
  private func refusal(_ house: House) async throws -> String {
    let file = URL(fileURLWithPath: house.path("switchboard.db"))
    let before = try? Data(contentsOf: file)
    let ended = try await house.run(["run"])
    #expect(ended.status == 2 && ended.seconds < 20, "\(ended)")
    #expect((try? Data(contentsOf: file)) == before, "the file was changed")
    #expect(ended.output.contains("storage:") && !ended.output.contains(Secrets.deskToken), "\(ended.output)")
    #expect(ended.output.split(separator: "\n").count <= 3, "\(ended.output)")
    return ended.output
  }

  @Test func `a database of a newer program is refused, and served again by one that knows it`() async throws {
    try await Stage.play { stage in
      try await stage.vera("before.")
      try await stage.topicShows("before.")
      _ = try await stage.engine.stop()
      let version = try await setVersion(9_999, in: stage.house)
      #expect(try await refusal(stage.house).contains("newerSchema"))
      _ = try await setVersion(version, in: stage.house)
      try await stage.vera("meanwhile.")
      try await stage.engine.start()
      try await stage.topicShows("meanwhile.")
    }
  }

  /// The version before.
  private func setVersion(_ version: Int, in house: House) async throws -> Int {
    let database = try DatabaseQueue(path: house.path("switchboard.db"))
    let before = try await database.write { database in
      let before = try Int.fetchOne(database, sql: "SELECT version FROM schema_version") ?? 0
      try database.execute(sql: "UPDATE schema_version SET version = \(version)")
      return before
    }
    try database.close()
    return before
  }

  @Test func `files that are no database, somebody else's, or damaged are refused as they are`() async throws {
    let house = try House.sound()
    try house.write("switchboard.db", "switchboard: 1\n" + String(repeating: "A", count: 9_000))
    #expect(try await refusal(house).contains("corrupt"))
    try FileManager.default.removeItem(atPath: house.path("switchboard.db"))
    let others = try DatabaseQueue(path: house.path("switchboard.db"))
    try await others.write { try $0.execute(sql: "CREATE TABLE accounts (name TEXT)") }
    try others.close()
    #expect(try await refusal(house).contains("no journal of switchboard"))
    try FileManager.default.removeItem(atPath: house.path("switchboard.db"))
    try FileManager.default.createDirectory(atPath: house.path("switchboard.db"), withIntermediateDirectories: true)
    _ = try await refusal(house)
  }

  @Test func `a database whose pages were damaged is refused, and its backup is served`() async throws {
    try await Stage.play { stage in
      for number in 0..<30 { try await stage.vera("message-\(number).") }
      try await stage.topicShows("message-29.")
      _ = try await stage.engine.stop()
      let file = URL(fileURLWithPath: stage.house.path("switchboard.db"))
      let sound = try Data(contentsOf: file)
      var bytes = sound
      for offset in stride(from: 4_096, to: bytes.count, by: 7) { bytes[offset] = 0xFF }
      try bytes.write(to: file)
      #expect(try await refusal(stage.house).contains("corrupt"))
      try sound.write(to: file)
      try await stage.vera("mended.")
      try await stage.engine.start()
      try await stage.topicShows("mended.")
    }
  }

  @Test(.enabled(if: SmallDisk.isPossible, "mounting a small disk takes root: skipped"))
  func `a disk that may only be read is refused, and served once it may be written`() async throws {
    let disk = try SmallDisk(megabytes: 16)
    var settings = StageSettings()
    settings.storage = "sqlite:\(disk.path)/switchboard.db"
    try await Stage.play(settings) { stage in
      try await stage.vera("before.")
      try await stage.topicShows("before.")
      _ = try await stage.engine.stop()
      try disk.remount("ro")
      let ended = try await stage.house.run(["run"])
      #expect(ended.status == 2 && ended.output.contains("Read-only file system"), "\(ended)")
      try disk.remount("rw")
      try await stage.vera("meanwhile.")
      try await stage.engine.start()
      try await stage.topicShows("meanwhile.")
    }
  }

  @Test func `a database that another program holds for a while costs time only`() async throws {
    try await Stage.play { stage in
      try await stage.vera("before.")
      try await stage.topicShows("before.")
      var patient = Configuration()
      patient.busyMode = .timeout(10)
      patient.allowsUnsafeTransactions = true
      let other = try DatabaseQueue(path: stage.house.path("switchboard.db"), configuration: patient)
      try await other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
      try await stage.vera("during.")
      // SQLite waits five seconds for a lock, then the journal is in trouble.
      try await stage.logSays("unavailable", "not stored", seconds: 30)
      try await Patience.until("a health that tells of it") {
        let health = try await stage.health()
        return health["status"] == "degraded"
          && (health["storage"]["detail"].textValue ?? "").contains("database is locked")
      }
      try await other.inDatabase { try $0.execute(sql: "ROLLBACK") }
      try other.close()
      try await stage.topicShows("during.")
      try await Patience.until("a sound health") { try await stage.health()["status"] == "ok" }
      #expect(await stage.shown(containing: "[v1]") == ["[v1]\nbefore.", "[v1]\nduring."])
    }
  }

  @Test func `a second engine on one SQLite file is refused and named the first, which goes on`() async throws {
    try await Stage.play { stage in
      let first = try #require(await stage.engine.processID)
      let ended = try await stage.house.run(["run"])
      let refusal = "in use by another switchboard, process \(first)"
      #expect(ended.status == 2 && ended.output.contains(refusal), "\(ended)")
      try await stage.vera("один.")
      try await stage.topicShows("один.")
      // The lock falls with its process, however that ends.
      await stage.engine.killHard()
      try await stage.engine.start()
      try await stage.vera("два.")
      try await stage.topicShows("два.")
    }
  }
}

extension DatabaseQueue {
  /// Off the caller's thread; outside any transaction.
  fileprivate func inDatabase(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
    try await writeWithoutTransaction { try body($0) }
  }
}
