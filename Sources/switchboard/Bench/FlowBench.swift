//! W1: a line of JSON to a decision, with everything between and no store: decode, filter, rule, route, template.
import CLinux
import FlowLoading
import FlowModel
import Foundation
import RuleEngine
import SwitchboardSDK

struct FlowBench {
  let home: String
  let events: Int

  private static let flow = """
    switchboard: 1
    flow: decide
    project: bench
    listen:
      - customer: { connection: source, events: [message] }
    steps:
      - id: noise
        filter: not text.has_any(message.text, project.stop_words)
        else: { drop: "stop word" }
      - id: rules
        rule: reply
      - id: way
        route:
          - when: rules.action == "drop"
            do: [ { drop: "by the rule" } ]
          - when: rules.reply != null
            do: [ { send: { to: desk, chat: "1", text: "{conversation.name}: {rules.reply}" } } ]
          - else:
            do: [ { send: { to: desk, chat: "1", text: "💬 Клиент {conversation.name}: {message.text}" } } ]
    """
  private static let settings: Value = ["stop_words": ["казино", "крипта", "быстрый заработок"]]
  private static let texts = [
    "Здравствуйте! Подскажите, пожалуйста, диван ещё продаётся? Можно посмотреть сегодня вечером?",
    "Добрый день, а доставка по городу есть? Сколько будет стоить?",
    "Привет! Уступите немного? Заберу сам.", "Онлайн-казино, заходи и выигрывай!", "Спасибо, всё понятно.",
    "Размеры какие: ширина, высота? И в каком состоянии обивка, есть ли пятна или потёртости?",
  ]

  func run() throws -> BenchReport {
    let path = home + "/rules/demo/reply.lua"
    guard let data = FileManager.default.contents(atPath: path) else { throw StartupFailure("no \(path)") }
    let source = RuleSource(name: "reply", file: path, bytes: Array(data))
    let machine = RunMachine(program: Program(try Self.loaded()))
    let lines = Self.lines()
    let rounds = max(1, events / lines.count)
    let measured = RuleBenchmark.withJudge(source) { judge -> (seconds: Double, tally: Tally) in
      var tally = Tally()
      for line in lines { Self.decide(line, machine, judge, &tally) }
      tally = Tally()
      let start = switchboard_thread_cpu_ns()
      for _ in 0..<rounds {
        for line in lines { Self.decide(line, machine, judge, &tally) }
      }
      return (Double(switchboard_thread_cpu_ns() - start) / 1e9, tally)
    }
    guard let (seconds, tally) = measured else { throw StartupFailure("no thread for rules") }
    // A run that went wrong would be a fast one.
    guard tally.sent + tally.dropped == rounds * lines.count, tally.sent > tally.dropped, tally.dropped > 0 else {
      throw StartupFailure("of \(rounds * lines.count) events \(tally.sent) were sent and \(tally.dropped) dropped")
    }
    let bytes = lines.reduce(0) { $0 + $1.count } / lines.count
    return BenchReport(
      id: "W1", title: "flow without store",
      setting: "\(rounds * lines.count) lines of \(bytes) bytes, one thread: JSON → event → filter → "
        + "rules/demo/reply.lua → route → template → decision; \(tally.dropped) dropped, \(tally.sent) to be sent",
      figures: [
        BenchFigure(
          "events per CPU-second", Double(rounds * lines.count) / seconds, "1/s", atLeast: 100_000,
          peers: "Fluent Bit with a Lua filter 57000, C with liblua 220000")
      ])
  }

  private struct Tally {
    var sent = 0
    var dropped = 0
  }

  private static func decide(
    _ line: [UInt8], _ machine: RunMachine, _ judge: (RuleCall) -> RuleJudgement, _ tally: inout Tally
  ) {
    guard let value = try? JSON.parse(line), let event = Event(stored: value) else { return }
    var state = RunState()
    var context = RunContext(
      run: Int64(tally.sent), event: event, connection: "source", label: "customer", receivedAt: event.occurredAt,
      conversation: ConversationSnapshot(
        key: "bench/source/\(event.chat.id)", project: "bench", connection: "source", chat: event.chat.id),
      places: [:], settings: settings, now: event.occurredAt, utcOffsetSeconds: { _ in 10_800 }, random: { 0.5 })
    var output = machine.advance(&state, on: .start, in: &context)
    while case .judge(let call) = output {
      output = machine.advance(&state, on: .verdict(judge(call).result), in: &context)
    }
    switch output {
    case .perform: tally.sent += 1
    case .finish(_, isDead: false): tally.dropped += 1
    default: break
    }
  }

  /// Events as the journal keeps them, one a line: of 500 chats.
  private static func lines() -> [[UInt8]] {
    (0..<3_000).map { index in
      Event(
        externalID: "m\(index)", kind: .message, chat: Chat(id: "u2i-\(index % 500)", kind: .private),
        sender: Sender(id: "\(1_000 + index % 500)", name: "Анна Петрова"),
        message: Message(id: "\(index)", text: texts[index % texts.count]),
        facts: ["item": ["id": "77", "title": "Диван угловой", "price": 24_900, "price_text": "24 900 ₽"]],
        occurredAt: Timestamp(seconds: 1_800_000_000 + Int64(index))
      ).storedBytes
    }
  }

  private static func loaded() throws -> Flow {
    let manifest = PluginManifest(
      name: "bench", version: "1", summary: "", settings: [],
      capabilities: ConnectorCapabilities(textScalarsMax: 4_096))
    let catalogue = Catalogue(
      project: "bench", connections: ["source": manifest, "desk": manifest], rules: ["reply"], settings: settings)
    let loaded = FlowLoader.load(source: Array(flow.utf8), file: "decide.yaml", catalogue: catalogue)
    guard let flow = loaded.content else {
      throw StartupFailure(loaded.diagnostics.map(\.text).joined(separator: "\n"))
    }
    return flow
  }
}
