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
    let source = RuleSource(name: "reply", file: path, bytes: Array(data))
    let rate = try RuleBenchmark.evaluationsPerSecond(source: source, call: call, iterations: 100_000)
    let share = try RuleBenchmark.budgetShare(source: source, call: call, iterations: 100_000)
    let both = try RuleBenchmark.evaluationsPerSecond(apart: .own, source: source, call: call, iterations: 20_000)
    guard let worst = RuleBenchmark.worst(of: Self.hostile) else { throw StartupFailure("no thread for rules") }
    return BenchReport(
      id: "W1", title: "rules",
      setting: "rules/demo/reply.lua on one thread, with instruction, memory and time budgets",
      figures: [
        BenchFigure(
          "rule evaluations on one core, budgets on", rate, "1/s", atLeast: 60_000,
          peers: "bare liblua 168000, with hook and capped allocator 120000–156000"),
        BenchFigure(
          "CPU time with budgets, as a share of that without", share * 100, "%", atMost: 115,
          peers: "a count hook and a capped allocator in C: 107–140 %"),
        BenchFigure("a worker process, one caller waiting for each answer", both.apart, "1/s"),
        BenchFigure("its share of what one thread does in the same time", both.apart / both.near * 100, "%"),
        BenchFigure(
          "the longest of \(Self.hostile.count) hostile scripts", worst.cpuMilliseconds, "ms of CPU", atMost: 110),
        BenchFigure(
          "the most memory that one of them held", Double(worst.memoryBytes) / 1_048_576, "MiB", atMost: 16),
      ])
  }

  /// One of each kind: a loop, one that catches its end, one inside a pattern, a search, a table, a text.
  private static let hostile = [
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "return ('a'):rep(3000):find(('a-'):rep(9) .. 'b')",
    "local s, w = ('a'):rep(3000000), ('a'):rep(1500000) .. 'b' while true do s:find(w, 1, true) end",
    "table.move({}, 1, 1 << 40, 2)",
    "local t = {} for i = 1, math.huge do t[i] = i end",
    "local s = 'x' while true do s = s .. s end",
    "local t = {} for i = 1, 70000 do t[i * 65535] = true end",
    "local s = ('Ё '):rep(40000) while true do text.words(s) end",
  ]
}
