//! A far end that takes its time, as real APIs do: what is kept then is concurrency across conversations.
import Foundation

struct RoundTripBench: Sendable {
  let home: String
  let messages: Int
  let connections: Int
  private static let roundTripMilliseconds: Int64 = 50
  private static let conversations = 1_000

  func run() async throws -> BenchReport {
    try await BenchStage.with(home: home, roundTripMilliseconds: Self.roundTripMilliseconds) { stage in
      let engine = try await stage.start()
      let load = stage.house.generator(dialogs: Self.conversations, connections: connections)
      let opening = await BenchThread.run { load.run(first: 0, count: Self.conversations, ratePerSecond: nil) }
      try await stage.stub.delivered(opening.answered)
      _ = stage.stub.takeAccount()
      let result = try await Throughput.measure(
        load, first: Self.conversations, count: messages, stub: stage.stub, engine: engine)
      return BenchReport(
        id: "W9", title: "an API with 50 ms round trip, 1000 conversations",
        setting: PathBench.setting + "; each answer leaves 50 ms after its call",
        figures: result.figures(wantedRate: 5_000))
    }
  }
}
