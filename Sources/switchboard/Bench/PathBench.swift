//! The whole path under load: webhook in → flow with Lua rule → one delivery. Throughput, cost, latency.
import Foundation
import SwitchboardSDK

struct PathBench: Sendable {
  let id: String
  let home: String
  let storage: String
  let messages: Int
  let dialogs: Int
  let connections: Int
  let wantedRate: Double
  /// Leave the open-loop latencies out.
  var measuresLatency = true

  static let setting =
    "load: one epoll thread, keep-alive connections; far end: a Bot API stand-in on one epoll thread that checks "
    + "token, method, chat and text and answers a whole Message; both on the machine of the engine"

  func run() async throws -> [BenchReport] {
    try await BenchStage.with(home: home, storage: storage) { stage in
      let engine = try await stage.start()
      return try await measure(stage.house, stage.stub, engine)
    }
  }

  private func measure(
    _ house: BenchHouse, _ stub: ChannelStub, _ engine: EngineProcess
  ) async throws -> [BenchReport] {
    let load = house.generator(dialogs: dialogs, connections: connections)
    // Topics are opened before the clock starts: what is measured is one delivery a message.
    let opening = await BenchThread.run { [dialogs] in load.run(first: 0, count: dialogs, ratePerSecond: nil) }
    try await stub.delivered(opening.answered)
    _ = stub.takeAccount()
    let full = try await Throughput.measure(load, first: dialogs, count: messages, stub: stub, engine: engine)
    var reports = [
      BenchReport(
        id: id, title: "whole path, \(storage.hasPrefix("sqlite") ? "SQLite synchronous=FULL" : "PostgreSQL")",
        setting: Self.setting,
        figures: full.figures(wantedRate: wantedRate) + [
          BenchFigure("engine memory after the load", ProcessFigures.residentMebibytes(await engine.processID), "MiB")
        ])
    ]
    guard measuresLatency else { return reports }
    var first = dialogs + messages
    var figures: [BenchFigure] = []
    for (name, rate, seconds, p50, p99) in [
      ("at 100/s", 100.0, 10.0, 5.0, 20.0), ("at half the maximum", full.rate / 2, 5.0, Double?.none, 50.0),
    ] {
      let count = Int(exactly: (rate * seconds).rounded()) ?? 1_000
      let start = first
      let result = await BenchThread.run { load.run(first: start, count: count, ratePerSecond: rate) }
      try await stub.delivered(result.answered)
      let latencies = stub.takeAccount().sortedLatencies
      first += count
      figures += [
        BenchFigure(
          "webhook due to delivered, \(name), median", Percentile.milliseconds(latencies, 50), "ms", atMost: p50,
          peers: "reference stack 6.5"),
        BenchFigure(
          "webhook due to delivered, \(name), 99th percentile", Percentile.milliseconds(latencies, 99), "ms",
          atMost: p99, peers: "reference stack 12–26"),
        BenchFigure(
          "webhook due to answered, \(name), 99th percentile", Percentile.milliseconds(result.latencies, 99), "ms"),
        BenchFigure("refused, \(name)", Double(result.refused), "", atMost: 0),
      ]
    }
    reports.append(BenchReport(id: "W5", title: "latency, open loop", setting: Self.setting, figures: figures))
    return reports
  }
}
