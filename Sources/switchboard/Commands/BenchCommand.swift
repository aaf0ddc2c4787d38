//! `switchboard bench`: the figures that the documentation quotes, measured on the machine it runs on.
import ArgumentParser
import Foundation
import SwitchboardSDK

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures throughput, cost, latency, growth and start on this machine.",
    discussion: """
      The engine runs as a process of its own; load generator and far end share the machine with it. Beside each
      figure stands what is promised and what others reach. Quote ratios between runs on one machine, not single
      figures.

      Example:  switchboard bench --only path --messages 30000
      """)

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case rules, flow, store, path, postgres, roundtrip, isolation, timers, growth, retention, idle
  }

  @Option(help: "Messages of the throughput run.")
  var messages = 40_000

  @Option(help: "Conversations that they come from.")
  var dialogs = 500

  @Option(help: "Connections of the load generator.")
  var connections = 64

  @Option(help: "Only this part: \(Part.allCases.map(\.rawValue).joined(separator: ", ")).")
  var only: Part?

  @Option(help: "The folder that holds flows/bench and rules/demo.")
  var home = "."

  @Option(
    help: "A PostgreSQL for the whole path: postgres://…; else SWITCHBOARD_BENCH_POSTGRES. It gets its own schema.")
  var postgres: String?

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print tables of Markdown.")
  var markdown = false

  func validate() throws {
    guard messages > 0, dialogs > 0, (1...1_024).contains(connections) else {
      throw ValidationError("--messages and --dialogs must be positive, --connections 1 to 1024")
    }
  }

  func run() async throws {
    FileLimit.raise()
    var isMet = true
    var reports: [BenchReport] = []
    for part in Part.allCases where only == nil || only == part {
      for report in try await measure(part) {
        isMet = isMet && report.isMet
        reports.append(report)
        if !json { print(markdown ? report.markdown : report.text) }
      }
    }
    if json { print(JSON.text(.list(reports.map(\.value)))) }
    if !isMet { throw ExitCode(1) }
  }

  /// None, and a word about it, where no PostgreSQL is given.
  private func postgresReports() async throws -> [BenchReport] {
    guard let address = postgres ?? ProcessInfo.processInfo.environment["SWITCHBOARD_BENCH_POSTGRES"] else {
      Console.error("postgres: skipped, no --postgres given")
      return []
    }
    let separator = address.contains("?") ? "&" : "?"
    let schema = "bench_\(UInt32.random(in: .min ... .max))"
    return try await PathBench(
      id: "W4", home: home, storage: "\"\(address)\(separator)schema=\(schema)\"", messages: messages / 2,
      dialogs: dialogs, connections: connections, wantedRate: 2_500, measuresLatency: false
    ).run()
  }

  private func measure(_ part: Part) async throws -> [BenchReport] {
    switch part {
    case .rules: try [RulesBench(home: home).run()]
    case .flow: try [FlowBench(home: home, events: 300_000).run()]
    case .path:
      try await PathBench(
        id: "W3", home: home, storage: "sqlite:bench.db", messages: messages, dialogs: dialogs,
        connections: connections, wantedRate: 5_000
      ).run()
    case .store: try await [StoreBench(messages: messages).run()]
    case .postgres: try await postgresReports()
    case .roundtrip:
      try await [RoundTripBench(home: home, messages: messages, connections: max(connections, 128)).run()]
    case .isolation: try await IsolationBench(home: home).run()
    case .timers: try await [TimerLoadBench().run(), TimerStartBench(home: home, timers: 10_000).run()]
    case .growth: try await GrowthBench(home: home, messages: messages, connections: connections).run()
    case .retention: try await [RetentionBench(home: home).run()]
    case .idle: try await [IdleBench(home: home).run()]
    }
  }
}
