//! What stands in the boxes: a word and, below it, what it is about.
import FlowModel
import SwitchboardSDK

enum GraphWords {
  /// Longer texts end in an ellipsis: a picture is read at a glance, the file has the rest.
  static let charactersMax = 44

  static func shortened(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ⏎ ")
    return line.count <= charactersMax ? line : line.prefix(charactersMax - 1) + "…"
  }

  static func words(of step: Step) -> (title: String, detail: String) {
    let (word, detail) = wordAndDetail(of: step)
    return (step.isNamed ? "\(word) · \(step.id)" : word, shortened(detail))
  }

  private static func wordAndDetail(of step: Step) -> (String, String) {
    switch step.body {
    case .filter(let condition, _): ("filter", condition.text)
    case .rule(let name): ("rule", "\(name).lua")
    case .route: ("route", "")
    case .relay(let relay): ("relay", target(relay.target))
    case .reply(let outgoing): ("reply", text(outgoing.text))
    case .send(let send): ("send", "\(target(send.target)): \(text(send.outgoing.text))")
    case .autoReply(let reply):
      (
        "auto_reply",
        "after \(duration(reply.after))\(reply.unlessOperatorAnswered ? ", unless answered" : ""): \(text(reply.text))"
      )
    case .set(let assignments): ("set", assignments.map { $0.path.joined(separator: ".") }.joined(separator: ", "))
    case .call(let call): ("call", "\(call.connection).\(call.action)")
    case .wait(let wait): ("wait", detail(of: wait))
    case .emit(let emit): ("emit", emit.topic)
    case .drop(let reason): ("drop", reason)
    case .stop: ("stop", "")
    case .state(let access): ("state", access.key.source)
    case .fail(let failing): ("fail", text(failing.text))
    case .attempt: ("try", "")
    case .each(let each): ("each", "\(each.name) of \(each.list.text)")
    case .parallel: ("parallel", "")
    case .flow(let call): ("flow", call.name)
    }
  }

  private static func detail(of wait: Wait) -> String {
    switch wait {
    case .duration(let duration): return self.duration(duration)
    case .until(let time): return "until \(text(time))"
    case .event(let event):
      let name =
        switch event.source {
        case .topic(let topic): topic
        case .connection(let connection, _, let topic, _): topic.map { "\(connection): \($0)" } ?? connection
        }
      return "\(name), at most \(duration(event.timeout))"
    }
  }

  private static func target(_ target: Relay.Target) -> String {
    switch target {
    case .origin: "conversation.origin"
    case .thread(let connection): "\(connection), thread"
    case .chat(let connection, let chat): "\(connection), chat \(chat.source)"
    }
  }

  private static func text(_ source: TextSource) -> String {
    switch source {
    case .template(let template): "«\(template.source)»"
    case .expression(let expression): expression.text
    }
  }

  private static func duration(_ source: DurationSource) -> String {
    switch source {
    case .expression(let expression): return expression.text
    case .milliseconds(let milliseconds):
      for (unit, length) in [("d", Int64(86_400_000)), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
      where milliseconds > 0 && milliseconds % length == 0 {
        return "\(milliseconds / length)\(unit)"
      }
      return "\(milliseconds)ms"
    }
  }

  static func detail(of trigger: Trigger) -> String {
    switch trigger.source {
    case .events(let connection, let kinds, _):
      return shortened(
        "\(connection): " + (kinds.isEmpty ? "message" : kinds.map(\.rawValue).joined(separator: ", ")))
    case .command(let connection, let name):
      return shortened((connection.map { "\($0): " } ?? "") + "/\(name)")
    case .callback(let connection, let pattern):
      let data = pattern.parts.map { part in
        switch part {
        case .literal(let text): text
        case .hole(let name): "{\(name)}"
        }
      }
      return shortened((connection.map { "\($0): " } ?? "") + "button \(data.joined())")
    case .cron(let cron, let zone, _): return shortened("cron \(cron.text)" + (zone.map { ", \($0)" } ?? ""))
    case .topic(let connection, let name): return shortened((connection.map { "\($0): " } ?? "") + "event \(name)")
    case .every(let milliseconds): return "every \(duration(.milliseconds(milliseconds)))"
    }
  }
}
