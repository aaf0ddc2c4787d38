//! What a Lua rule costs, budgets on.
import FlowModel
import Foundation
import RuleEngine
import SwitchboardSDK

struct RulesBench {
  let home: String

  func run() throws -> BenchReport {
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
    return BenchReport(
      id: "W1", title: "rules",
      setting: "rules/demo/reply.lua on one thread, with instruction, memory and time budgets",
      figures: [
        BenchFigure(
          "rule evaluations on one core, budgets on", rate, "1/s", atLeast: 60_000,
          peers: "bare liblua 168000, with hook and capped allocator 120000–156000")
      ])
  }
}
