//! What forgetting costs the living: the same load before the first pass of retention, and while it removes messages.
import FlowEngine
import Foundation
import JournalCore
import JournalSQLite
import SwitchboardSDK

struct RetentionBench: Sendable {
  let home: String
  static let history = 200_000
  private static let dialogs = 1_000
  private static let ratePerSecond = 200.0
  private static let messages = 4_000
  private static let ageMilliseconds: Int64 = 100 * 86_400_000

  func run() async throws -> BenchReport {
    try await BenchStage.with(home: home) { stage in
      let clock = SystemClock()
      var fill = HistoryFill(
        group: String(BenchHouse.group), firstChat: 7_000_000, dialogs: Self.dialogs,
        at: clock.now().adding(milliseconds: -Self.ageMilliseconds))
      fill.messages = Self.history
      let path = stage.databasePath
      try await BenchThread.run { [fill] in Result { try fill.write(to: path) } }.get()
      let passAt = clock.now().adding(milliseconds: RetentionService.firstPassAfterMilliseconds)
      _ = try await stage.start()
      let quiet = try await latencies(stage, first: Self.history)
      await clock.sleep(milliseconds: passAt.millisecondsSince(clock.now()) + 5_000)
      let before = try await events(path)
      let pruning = try await latencies(stage, first: Self.history + Self.messages)
      let removed = before + Int64(Self.messages) - (try await events(path))
      let ratio = Percentile.milliseconds(pruning, 99) / max(Percentile.milliseconds(quiet, 99), 0.001)
      return BenchReport(
        id: "retention", title: "forgetting under load",
        setting: "SQLite, \(Self.history) messages older than `history`, \(Int(Self.ratePerSecond))/s in open loop; "
          + "then the same while retention removes them",
        figures: [
          BenchFigure("quiet, due to delivered, median", Percentile.milliseconds(quiet, 50), "ms"),
          BenchFigure("quiet, 99th percentile", Percentile.milliseconds(quiet, 99), "ms"),
          BenchFigure("while forgetting, median", Percentile.milliseconds(pruning, 50), "ms"),
          BenchFigure("while forgetting, 99th percentile", Percentile.milliseconds(pruning, 99), "ms"),
          BenchFigure("99th percentile while forgetting, in quiet ones", ratio, "", atMost: 2),
          BenchFigure("messages forgotten meanwhile", Double(removed), "", atLeast: 1_000),
        ])
    }
  }

  private func latencies(_ stage: BenchStage, first: Int) async throws -> [Int64] {
    let load = stage.house.generator(dialogs: Self.dialogs, connections: 16)
    _ = stage.stub.takeAccount()
    let result = await BenchThread.run {
      load.run(first: first, count: Self.messages, ratePerSecond: Self.ratePerSecond)
    }
    try await stage.stub.delivered(result.answered)
    return stage.stub.takeAccount().sortedLatencies
  }

  /// Events that are kept.
  private func events(_ path: String) async throws -> Int64 {
    let journal = try SQLiteJournal(existing: path)
    let facts = try await journal.databaseFacts()
    await journal.close()
    return facts.tables.first { $0.name == "events" }?.rows ?? 0
  }
}
