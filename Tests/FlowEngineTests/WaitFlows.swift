import FlowEngine
import FlowModel
import SwitchboardSDK

/// Flows that wait, emit and follow the calendar, built by hand.
enum WaitFlows {
  static let place = SourcePlace(file: "waits.yaml", line: 1, column: 1)

  static func step(_ id: String, _ body: StepBody, if condition: Expression? = nil) -> Step {
    Step(id: id, isNamed: true, place: place, condition: condition, body: body)
  }

  static func text(_ text: String) -> TextSource { .template(Template(literal: text)) }

  static func say(_ id: String, _ path: [String]) -> Step {
    step(id, .reply(Outgoing(text: .expression(.call("string", [.path(path)])))))
  }

  static func flow(
    _ name: String, version: String = "v1", running: RunningPolicy = .pin, triggers: [Trigger] = [customer],
    _ steps: [Step]
  ) -> Flow {
    Flow(
      name: name, project: "shop", file: "\(name).yaml", version: version, vars: [:], triggers: triggers,
      lane: .conversation, deduplication: Deduplication(key: nil, keepMilliseconds: 86_400_000), steps: steps,
      onError: .standard, running: running)
  }

  static let customer = Trigger(
    label: "customer", source: .events(connection: "avito", kinds: [.message], chats: nil), place: place)

  static func on(_ topic: String) -> Trigger {
    Trigger(label: topic, source: .topic(connection: nil, name: topic), place: place)
  }

  /// Only the first message of a conversation begins one: `message.text == "начать"`.
  static let isFirst = Expression.binary(.equal, .path(["message", "text"]), .literal("начать"))

  /// Says "before", waits, says what came of it.
  static func waiting(
    _ wait: Wait, version: String = "v1", running: RunningPolicy = .pin, after: String = "after"
  ) -> Flow {
    flow(
      "waits", version: version, running: running,
      [
        step("first", .filter(isFirst, otherwise: .stop)),
        step("before", .reply(Outgoing(text: text("before")))), step("pause", .wait(wait)),
        say("timed", ["pause", "timed_out"]), step("after", .reply(Outgoing(text: text(after)))),
      ])
  }

  static func event(_ source: AwaitedEvent.Source, if condition: Expression? = nil, _ seconds: Int64 = 3_600) -> Wait {
    .event(AwaitedEvent(source: source, condition: condition, timeout: .milliseconds(seconds * 1_000)))
  }

  static let answer = AwaitedEvent.Source.connection("avito", kinds: [.message], topic: nil, isAnywhere: false)
}
