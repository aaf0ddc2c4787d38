//! What one customer's trouble costs the others: a conversation whose messages are never answered, and a project that
//! sends a hundred times as much.
import Foundation

struct IsolationBench: Sendable {
  let home: String
  private static let dialogs = 100
  private static let ratePerSecond = 50.0
  private static let seconds = 10.0

  func run() async throws -> [BenchReport] {
    [try await stuckLane(), try await loudProject()]
  }

  private func stuckLane() async throws -> BenchReport {
    let quiet = try await latencies(stuckDialog: nil)
    let stuck = try await latencies(stuckDialog: 7)
    return BenchReport(
      id: "isolation: lane", title: "a stuck conversation",
      setting: "\(Self.dialogs) conversations, \(Int(Self.ratePerSecond) * 4)/s in open loop; then the same with one "
        + "of them whose calls the far end never answers",
      figures: Self.comparison(quiet, stuck, "with a stuck lane", timesMost: 1.5))
  }

  private func latencies(stuckDialog: Int?) async throws -> [Int64] {
    try await BenchStage.with(home: home, stuckDialog: stuckDialog, dialogs: Self.dialogs) { stage in
      _ = try await stage.start()
      let load = stage.house.generator(dialogs: Self.dialogs, connections: 16)
      let opening = await BenchThread.run { load.run(first: 0, count: Self.dialogs, ratePerSecond: nil) }
      let stuckEach = stuckDialog == nil ? 0 : 1
      try await stage.stub.delivered(opening.answered - stuckEach)
      _ = stage.stub.takeAccount()
      let count = Int(exactly: (Self.ratePerSecond * 4 * Self.seconds).rounded()) ?? 0
      let result = await BenchThread.run {
        load.run(first: Self.dialogs, count: count, ratePerSecond: Self.ratePerSecond * 4)
      }
      try await stage.stub.delivered(result.answered - stuckEach * count / Self.dialogs)
      return stage.stub.takeAccount().sortedLatencies
    }
  }

  private func loudProject() async throws -> BenchReport {
    try await BenchStage.with(home: home, projectCount: 2) { stage in
      _ = try await stage.start()
      // Message numbers tell the projects apart: those of the loud one begin far behind.
      let loudFirst = 10_000_000
      let quietLoad = stage.house.generator(project: 0, dialogs: Self.dialogs, connections: 8)
      let loudLoad = stage.house.generator(project: 1, firstUser: 8_000_000, dialogs: 1_000, connections: 64)
      let count = Int(exactly: (Self.ratePerSecond * Self.seconds).rounded()) ?? 0
      async let opened = BenchThread.run { quietLoad.run(first: 0, count: Self.dialogs, ratePerSecond: nil) }
      let loudOpened = await BenchThread.run { loudLoad.run(first: loudFirst, count: 1_000, ratePerSecond: nil) }
      try await stage.stub.delivered(await opened.answered + loudOpened.answered)
      _ = stage.stub.takeAccount()
      _ = await BenchThread.run { quietLoad.run(first: 1_000, count: count, ratePerSecond: Self.ratePerSecond) }
      try await stage.stub.delivered(count)
      let alone = stage.stub.takeAccount().sortedLatencies
      let loudRate = Self.ratePerSecond * 100
      let loudCount = Int(exactly: (loudRate * Self.seconds).rounded()) ?? 0
      async let loud = BenchThread.run {
        loudLoad.run(first: loudFirst + 1_000, count: loudCount, ratePerSecond: loudRate)
      }
      _ = await BenchThread.run { quietLoad.run(first: 100_000, count: count, ratePerSecond: Self.ratePerSecond) }
      let loudResult = await loud
      try await stage.stub.delivered(loudResult.answered + count)
      let beside = stage.stub.takeAccount().latencies(ofNumbersBelow: loudFirst)
      return BenchReport(
        id: "isolation: project", title: "a project that sends a hundred times as much",
        setting: "one project at \(Int(Self.ratePerSecond))/s alone, then beside another at "
          + "\(Int(loudRate))/s, both in open loop",
        figures: Self.comparison(alone, beside, "beside the loud project", timesMost: 2) + [
          BenchFigure("answered to the loud project", loudResult.rate, "1/s"),
          BenchFigure("refused to the loud project", Double(loudResult.refused), ""),
        ])
    }
  }

  private static func comparison(
    _ quiet: [Int64], _ troubled: [Int64], _ name: String, timesMost: Double
  ) -> [BenchFigure] {
    let quietLast = Percentile.milliseconds(quiet, 99)
    let last = Percentile.milliseconds(troubled, 99)
    return [
      BenchFigure("others, due to delivered, quiet, median", Percentile.milliseconds(quiet, 50), "ms"),
      BenchFigure("others, due to delivered, quiet, 99th percentile", quietLast, "ms"),
      BenchFigure("others, \(name), median", Percentile.milliseconds(troubled, 50), "ms"),
      BenchFigure("others, \(name), 99th percentile", last, "ms"),
      BenchFigure(
        "others, \(name), 99th percentile in quiet ones", last / max(quietLast, 0.001), "", atMost: timesMost),
    ]
  }
}
