//! Durable intake and settling against the database itself: the same rows in batches of the same size.
import Foundation
import JournalSQLite

struct StoreBench: Sendable {
  let messages: Int
  private static let lanes = 100

  func run() async throws -> BenchReport {
    var ours: [JournalBenchmark.Report] = []
    var plain: [JournalBenchmark.Report] = []
    for _ in 0..<3 {
      ours.append(
        try await BenchFolder.with { folder in
          try await JournalBenchmark.journal(
            path: folder.appendingPathComponent("a.db").path, lanes: Self.lanes, messagesPerLane: messages / Self.lanes)
        })
      // As many writes to a transaction as ours made of themselves.
      let batch = max(1, Int(exactly: (ours.last?.writesPerCommit ?? 1).rounded()) ?? 1)
      plain.append(
        try await BenchFolder.with { folder in
          try JournalBenchmark.plain(
            path: folder.appendingPathComponent("b.db").path, batch: batch, messages: messages)
        })
    }
    let rate = Self.median(ours.map(\.messagesPerSecond))
    let plainRate = Self.median(plain.map(\.messagesPerSecond))
    return BenchReport(
      id: "W2", title: "the journal alone, SQLite",
      setting: "\(messages) messages of six rows in \(Self.lanes) lanes, synchronous=FULL; beside it SQLite's own "
        + "statements in a loop, as many writes to a transaction; three times each, alternating",
      figures: [
        BenchFigure("journal, of what SQLite itself does", rate / max(plainRate, 1), "", atLeast: 0.5),
        BenchFigure("journal", rate, "messages/s"),
        BenchFigure("SQLite itself", plainRate, "messages/s"),
        BenchFigure("writes a transaction", Self.median(ours.map(\.writesPerCommit)), ""),
        BenchFigure("CPU of the journal", Self.median(ours.map(\.cpuMicrosecondsPerMessage)), "µs/message"),
        BenchFigure("CPU of SQLite itself", Self.median(plain.map(\.cpuMicrosecondsPerMessage)), "µs/message"),
      ])
  }

  private static func median(_ numbers: [Double]) -> Double { numbers.sorted()[numbers.count / 2] }
}
