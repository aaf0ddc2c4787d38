//! How long a start takes with many pending timers.
import Foundation
import HTTPTransport
import JournalCore
import JournalSQLite
import SwitchboardSDK

struct TimerStartBench: Sendable {
  let home: String
  let timers: Int

  func run() async throws -> BenchReport {
    let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("switchboard-timers-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await fill(folder.appendingPathComponent("bench.db").path)
    guard let port = LoopbackPort.free() else { throw DemoFailure("no free port") }
    let root = URL(fileURLWithPath: home).standardizedFileURL.path
    let text = """
      switchboard: 1
      server: { listen: "127.0.0.1:\(port)" }
      storage: sqlite:bench.db
      projects:
        bench:
          time_zone: Europe/Moscow
          settings: { stop_words: [] }
          connections:
            source:
              plugin: telegram
              token: "1:not-used-here"
              receive: polling
              api_base: "http://127.0.0.1:9"
            desk:
              plugin: telegram
              limits: none
              token: "2:not-used-here"
              group: -1001
              receive: polling
              api_base: "http://127.0.0.1:9"
          flows: "\(root)/flows/bench"
          rules: "\(root)/rules/demo"

      """
    let configuration = folder.appendingPathComponent("switchboard.yaml")
    try text.write(to: configuration, atomically: true, encoding: .utf8)
    let transport = try CurlTransport()
    let engine = EngineProcess(
      arguments: ["run", "--config", configuration.path, "--log-level", "error"],
      environment: ProcessInfo.processInfo.environment, logFile: folder.appendingPathComponent("engine.log"),
      healthURL: "http://127.0.0.1:\(port)/health", http: transport)
    let startedAt = BenchThread.now()
    try await engine.start()
    let seconds = Double(BenchThread.now() - startedAt) / 1_000_000_000
    await engine.stop()
    await transport.shutdown()
    return BenchReport(
      id: "W6a", title: "start with pending timers", setting: "\(timers) timers, all due tomorrow",
      figures: [
        BenchFigure("cold start with \(timers) pending timers, to a healthy answer", seconds, "s", atMost: 1)
      ])
  }

  /// Timers of as many conversations, due tomorrow.
  private func fill(_ path: String) async throws {
    let journal = try SQLiteJournal(path: path)
    let now = SystemClock().now()
    let due = now.adding(milliseconds: 86_400_000)
    for start in stride(from: 0, to: timers, by: 500) {
      let numbers = start..<min(start + 500, timers)
      let records = numbers.map { number in
        IntakeRecord(
          project: "bench", connection: "source", externalID: "m:\(number)", conversation: "bench/source/\(number)",
          receivedAt: now, payload: Array(#"{"id":"m:\#(number)"}"#.utf8),
          runs: [NewRun(flow: "relay", version: "v", label: "customer", lane: "bench/source/\(number)")])
      }
      let receipts = try await journal.append(records)
      for (number, receipt) in zip(numbers, receipts) {
        guard let run = receipt.runs.first else { continue }
        let timer = TimerRecord(
          key: "auto:relay:auto:bench/source/\(number)", dueAt: due, project: "bench",
          conversation: "bench/source/\(number)", flow: "relay", version: "v", label: "customer",
          lane: "bench/source/\(number)", event: receipt.event, state: Array("{\"at\":0}".utf8))
        try await journal.commit(
          RunChange(run: run, status: .done, outcome: "done", at: now, timers: [.start(timer, keepsEarlier: false)]))
      }
    }
    await journal.close()
  }
}
