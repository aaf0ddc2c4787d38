//! What an engine costs that has nothing to do.
import Foundation

struct IdleBench {
  let home: String

  func run() async throws -> BenchReport {
    try await BenchStage.with(home: home) { stage in
      let startedAt = BenchThread.now()
      let engine = try await stage.start()
      let startSeconds = Double(BenchThread.now() - startedAt) / 1e9
      try await Task.sleep(for: .seconds(2))
      let id = await engine.processID
      let before = ProcessFigures.processorSeconds(id)
      try await Task.sleep(for: .seconds(10))
      let percent = (ProcessFigures.processorSeconds(id) - before) / 10 * 100
      let figures = [
        BenchFigure("start to a healthy answer", startSeconds, "s", atMost: 1, peers: "FastAPI 0.78, Hummingbird 0.02"),
        BenchFigure("idle CPU", percent, "% of one core", atMost: 1),
        BenchFigure(
          "idle memory", ProcessFigures.residentMebibytes(id), "MiB", atMost: 80,
          peers: "Hummingbird alone 34, reference stack 300 without PostgreSQL"),
      ]
      return BenchReport(
        id: "W10", title: "idling", setting: "one project, one webhook and one long-polling bot, no traffic",
        figures: figures)
    }
  }
}
