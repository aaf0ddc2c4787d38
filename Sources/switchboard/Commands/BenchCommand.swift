//! `switchboard bench`: the figures that the documentation quotes, measured on the machine it runs on.
import ArgumentParser
import FlowModel
import Foundation
import RuleEngine
import SwitchboardSDK

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures the whole path, the rules, start and idling, on this machine.",
    discussion: """
      The engine runs as a process of its own (SQLite, synchronous=FULL); load generator and Telegram emulator share
      the machine with it. Quote ratios between runs on one machine, not single figures.

      Example:  switchboard bench --only path --messages 30000
      """)

  enum Part: String, CaseIterable, ExpressibleByArgument { case rules, path, idle, timers }

  @Option(help: "Messages of the throughput run.")
  var messages = 20_000

  @Option(help: "Conversations that they come from.")
  var dialogs = 500

  @Option(help: "Connections of the load generator.")
  var connections = 64

  @Option(help: "Only this part: rules, path, idle, timers.")
  var only: Part?

  @Option(help: "The folder that holds flows/bench and rules/demo.")
  var home = "."

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard messages > 0, dialogs > 0, (1...1_024).contains(connections) else {
      throw ValidationError("--messages and --dialogs must be positive, --connections 1 to 1024")
    }
  }

  func run() async throws {
    var figures: [BenchFigure] = []
    if only == nil || only == .rules { figures += try rulesFigures() }
    if only == nil || only == .path || only == .idle {
      let bench = PathBench(
        home: home, messages: messages, dialogs: dialogs, connections: connections, measuresPath: only != .idle,
        measuresIdle: only != .path)
      figures += try await bench.run()
    }
    if only == nil || only == .timers { figures += try await TimerStartBench(home: home, timers: 10_000).run() }
    if json {
      print(JSON.text(.list(figures.map(\.value))))
    } else {
      for figure in figures { print(figure.line) }
    }
    if figures.contains(where: { !$0.isMet }) { throw ExitCode(1) }
  }

  private func rulesFigures() throws -> [BenchFigure] {
    let path = home + "/rules/demo/reply.lua"
    guard let data = FileManager.default.contents(atPath: path) else { throw StartupFailure("no \(path)") }
    let call = RuleCall(
      project: "bench", rule: "reply",
      message: [
        "id": "1",
        "text": "Здравствуйте! Подскажите, пожалуйста, диван ещё продаётся? Можно посмотреть сегодня вечером?",
        "from": "customer", "kind": "message",
        "sender": ["id": "5", "name": "Анна", "username": .null, "is_bot": false],
        "chat": ["id": "u2i-abc", "kind": "private", "title": .null], "attachments": [], "reply_to": .null,
        "channel": "avito-main",
      ],
      conversation: [
        "key": "bench/avito-main/u2i-abc", "name": "Анна",
        "item": ["title": "Диван угловой", "price": 24_900, "price_text": "24 900 ₽", "url": "https://avito.ru/1"],
        "state": .null,
      ],
      now: Timestamp(seconds: 1_800_000_000), utcOffsetSeconds: 10_800, seed: 7, settings: .null)
    let rate = try RuleBenchmark.evaluationsPerSecond(
      source: RuleSource(name: "reply", file: path, bytes: Array(data)), call: call, iterations: 100_000)
    return [BenchFigure("rule evaluations on one core, budgets on", rate, "1/s", atLeast: 60_000)]
  }
}
