//! What years of history cost: the same load on an empty database and on one with a million messages; and how soon
//! the first of a large backlog goes out.
import Foundation
import JournalSQLite
import SwitchboardSDK

struct GrowthBench: Sendable {
  let home: String
  let messages: Int
  let connections: Int
  static let history = 1_000_000
  static let dialogs = 100_000
  static let timers = 100_000
  static let backlog = 100_000
  private static let firstChat = 7_000_000

  func run() async throws -> [BenchReport] {
    // Alternating, so that a machine whose mood changes changes both.
    var empty: [Throughput] = []
    var grown: [Throughput] = []
    var memory = 0.0
    for _ in 0..<3 {
      empty.append(try await measure(isGrown: false).throughput)
      let one = try await measure(isGrown: true)
      grown.append(one.throughput)
      memory = max(memory, one.memory)
    }
    let ratio = Self.median(grown.map(\.rate)) / max(Self.median(empty.map(\.rate)), 1)
    let cost = Self.median(grown.map(\.engineCost)) / max(Self.median(empty.map(\.engineCost)), 1)
    let setting =
      "the same load of \(messages) messages three times each, alternating: a file with \(dialogs(grown: false)) "
      + "dialogs and nothing else, and one with \(Self.history) messages, \(Self.dialogs) dialogs (all of them written "
      + "to) and \(Self.timers) pending timers"
    let figures = [
      BenchFigure("throughput on the grown file, of that on the empty one", ratio, "", atLeast: 0.9),
      BenchFigure("CPU a message on the grown file, of that on the empty one", cost, ""),
      BenchFigure("delivered on the grown file", Self.median(grown.map(\.rate)), "messages/s"),
      BenchFigure("lost or delivered twice", Double(Self.faults(empty + grown)), "", atMost: 0),
      BenchFigure("memory with \(Self.dialogs) dialogs", memory, "MiB", atMost: 250),
    ]
    return [
      BenchReport(id: "W7", title: "growth", setting: setting, figures: figures), try await backlogReport(),
    ]
  }

  private func dialogs(grown isGrown: Bool) -> Int { isGrown ? Self.dialogs : 1_000 }

  private static func median(_ numbers: [Double]) -> Double { numbers.sorted()[numbers.count / 2] }

  private static func faults(_ runs: [Throughput]) -> Int {
    runs.reduce(0) { $0 + $1.account.repeated + $1.load.answered - $1.account.distinct + $1.load.refused }
  }

  private func measure(isGrown: Bool) async throws -> (throughput: Throughput, memory: Double) {
    try await BenchStage.with(home: home) { stage in
      var fill = HistoryFill(
        group: String(BenchHouse.group), firstChat: Self.firstChat, dialogs: dialogs(grown: isGrown),
        at: SystemClock().now())
      if isGrown {
        fill.messages = Self.history
        fill.timers = Self.timers
      }
      let path = stage.databasePath
      try await BenchThread.run { [fill] in Result { try fill.write(to: path) } }.get()
      let engine = try await stage.start()
      let load = stage.house.generator(
        firstUser: Self.firstChat, dialogs: dialogs(grown: isGrown), connections: connections)
      let result = try await Throughput.measure(
        load, first: Self.history, count: messages, stub: stage.stub, engine: engine)
      // Every dialog has then been written to.
      let rest = max(0, dialogs(grown: isGrown) - messages)
      let others = await BenchThread.run { [messages] in
        load.run(first: Self.history + messages, count: rest, ratePerSecond: nil)
      }
      try await stage.stub.delivered(others.answered)
      return (result, ProcessFigures.residentMebibytes(await engine.processID))
    }
  }

  private func backlogReport() async throws -> BenchReport {
    try await BenchStage.with(home: home) { stage in
      let version = try await stage.publishedVersion()
      var fill = HistoryFill(
        group: String(BenchHouse.group), firstChat: Self.firstChat, dialogs: 10_000, at: SystemClock().now())
      fill.version = version
      fill.backlog = Self.backlog
      let path = stage.databasePath
      try await BenchThread.run { [fill] in Result { try fill.write(to: path) } }.get()
      let begunAt = BenchThread.now()
      let engine = try await stage.startWithoutWaiting()
      try await stage.stub.delivered(1)
      let seconds = Double(stage.stub.firstArrivalAt - begunAt) / 1e9
      try await stage.stub.delivered(Self.backlog)
      let account = stage.stub.takeAccount()
      let rate = Double(account.distinct) / (Double(account.lastAt - begunAt) / 1e9)
      _ = engine
      return BenchReport(
        id: "W7b", title: "start with a backlog",
        setting: "\(Self.backlog) events accepted and not walked, 10000 dialogs",
        figures: [
          BenchFigure("start of the process to the first delivery", seconds, "s", atMost: 2),
          BenchFigure("backlog delivered at", rate, "messages/s"),
          BenchFigure(
            "lost or delivered twice", Double(Self.backlog - account.distinct + account.repeated), "", atMost: 0),
          BenchFigure("out of order", Double(account.outOfOrder), "", atMost: 0),
        ])
    }
  }
}
