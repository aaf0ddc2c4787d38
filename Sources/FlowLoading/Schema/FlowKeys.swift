//! Every key of a flow file.
internal import FlowModel
internal import SwitchboardSDK

enum FlowKeys {
  typealias Key = KeyTable.Key

  static let file = KeyTable([
    Key(name: "switchboard", shape: .constant(1), isRequired: true, help: "The version of the language."),
    Key(name: "flow", shape: .text, isRequired: true, help: "The flow's name."),
    Key(name: "project", shape: .text, help: "Checked against the folder."),
    Key(name: "description", shape: .text), Key(name: "vars", shape: .map(variable), help: "Values of its own."),
    Key(name: "listen", shape: .list(.named("trigger")), help: "What starts the flow."),
    Key(name: "lane", shape: .textSource, help: "What is handled one after the other: conversation by default."),
    Key(name: "dedup", shape: .table(dedup)),
    Key(name: "steps", shape: .steps, isRequired: true),
    Key(name: "on_error", shape: .named("on_error"), help: "What follows a failure."),
    Key(name: "publish", shape: .table(publish)), Key(name: "result", shape: .computed),
  ])

  static let typedVariable = KeyTable([
    Key(name: "type", shape: .choice(FlowReader.VarType.allCases.map(\.rawValue)), isRequired: true),
    Key(name: "default", shape: .any), Key(name: "env", shape: .text), Key(name: "secret", shape: .text),
    Key(name: "description", shape: .text),
  ])
  static let reference = KeyTable([
    Key(name: "env", shape: .text, help: "A variable of the environment."), Key(name: "default", shape: .any),
    Key(name: "secret", shape: .text, help: "A secret's path."),
  ])
  private static let variable = KeyShape.either([
    .text, .bool, .number, .nothing, .list(.any), .table(typedVariable), .table(reference),
  ])

  static let dedup = KeyTable([
    Key(name: "key", shape: .condition), Key(name: "keep", shape: .duration, help: "How long a key is known: 30d."),
  ])
  static let publish = KeyTable([
    Key(name: "running", shape: .choice(RunningPolicy.allCases.map(\.rawValue)), help: "What becomes of open runs.")
  ])
  static let onError = KeyTable([
    Key(name: "retry", shape: .either([.constant("none"), .table(retry)])),
    Key(name: "then", shape: .choice(ErrorPolicy.Last.allCases.map(\.rawValue))),
  ])
  static let retry = KeyTable([
    Key(name: "times", shape: .int(minimum: 0, maximum: 100)), Key(name: "first", shape: .duration),
    Key(name: "max", shape: .duration), Key(name: "jitter", shape: .choice(["full", "none"])),
  ])

  // MARK: listen

  static let trigger = KeyTable([
    Key(name: "connection", shape: .named("connection")),
    Key(name: "events", shape: .list(.choice(Event.Kind.allCases.map(\.rawValue)))),
    Key(name: "chats", shape: .choice(["private", "group", "channel"])),
    Key(name: "command", shape: .text, help: "/name"), Key(name: "callback", shape: .text, help: "confirm_{id}"),
    Key(name: "every", shape: .duration), Key(name: "cron", shape: .text, help: "0 9 * * mon-fri"),
    Key(name: "time_zone", shape: .text), Key(name: "missed", shape: .text),
    Key(name: "event", shape: .either([.text, .table(topic)])),
    Key(name: "webhook", shape: .either([.text, .table(webhook)]), help: "/hooks/NAME"),
    Key(name: "api", shape: .text),
  ])
  static let webhook = KeyTable([
    Key(name: "path", shape: .text, isRequired: true), Key(name: "key", shape: .text),
  ])
  static let topic = KeyTable([
    Key(name: "connection", shape: .named("connection")), Key(name: "topic", shape: .text, isRequired: true),
  ])

  // MARK: Steps

  /// Where something goes.
  private static let place = KeyShape.either([.constant("conversation.origin"), .named("connection")])

  static let relay = KeyTable([
    Key(name: "to", shape: place, isRequired: true),
    Key(name: "thread", shape: .constant("conversation")), Key(name: "chat", shape: .textSource),
    Key(name: "title", shape: .text), Key(name: "intro", shape: .text), Key(name: "prefix", shape: .text),
  ])
  static let outgoing = KeyTable([
    Key(name: "text", shape: .textSource, isRequired: true), Key(name: "buttons", shape: buttons),
  ])
  static let button = KeyTable([
    Key(name: "text", shape: .text, isRequired: true), Key(name: "data", shape: .text, isRequired: true),
  ])
  private static let buttons = KeyShape.list(.either([.table(button), .list(.table(button))]))
  static let send = KeyTable([
    Key(name: "to", shape: place, isRequired: true), Key(name: "thread", shape: .constant("conversation")),
    Key(name: "chat", shape: .textSource), Key(name: "text", shape: .textSource, isRequired: true),
    Key(name: "buttons", shape: buttons),
  ])
  static let autoReply = KeyTable([
    Key(name: "after", shape: .durationSource, isRequired: true, help: "75s, or an expression over settings."),
    Key(name: "from", shape: .choice(AutoReply.CountFrom.allCases.map(\.rawValue))),
    Key(name: "unless", shape: .choice(["operator_answered", "never"])),
    Key(name: "once_per", shape: .durationSource), Key(name: "active", shape: .either([.text, .table(active)])),
    Key(name: "text", shape: .textSource, isRequired: true),
  ])
  static let active = KeyTable([
    Key(name: "days", shape: .either([.text, .list(.text)]), help: "mon-fri, or [mon, wed]."),
    Key(name: "hours", shape: .text, help: "09:00-21:00"),
  ])
  static let call = KeyTable([
    Key(name: "connection", shape: .named("connection"), isRequired: true),
    Key(name: "action", shape: .named("action"), isRequired: true), Key(name: "chat", shape: .computed),
    Key(name: "arguments", shape: .map(.computed)),
  ])
  static let fail = KeyTable([
    Key(name: "code", shape: .text), Key(name: "text", shape: .textSource, isRequired: true),
  ])
  static let branch = KeyTable([
    Key(name: "when", shape: .condition), Key(name: "else", shape: .either([.nothing, .steps])),
    Key(name: "do", shape: .steps),
  ])
  static let state = KeyTable([
    Key(name: "get", shape: .text), Key(name: "set", shape: .text), Key(name: "increment", shape: .text),
    Key(name: "delete", shape: .text), Key(name: "value", shape: .computed), Key(name: "by", shape: .computed),
    Key(name: "ttl", shape: .duration),
  ])
  static let http = KeyTable([
    Key(name: "method", shape: .choice(HTTPCall.methods)), Key(name: "url", shape: .textSource, isRequired: true),
    Key(name: "query", shape: .map(.computed)), Key(name: "headers", shape: .map(.textSource)),
    Key(name: "json", shape: .any), Key(name: "text", shape: .textSource),
    Key(name: "expect", shape: .any, help: "200, 2xx or a list of them."),
    Key(name: "unknown", shape: .choice(["resend", "hold"])),
  ])
  static let wait = KeyTable([
    Key(name: "until", shape: .text), Key(name: "event", shape: .either([.text, .table(awaited)])),
    Key(name: "where", shape: .condition), Key(name: "timeout", shape: .durationSource),
  ])
  static let awaited = KeyTable([
    Key(name: "connection", shape: .named("connection")),
    Key(name: "events", shape: .list(.choice(Event.Kind.allCases.map(\.rawValue)))),
    Key(name: "topic", shape: .text), Key(name: "in", shape: .choice(["conversation", "anywhere"])),
  ])

  /// What every step takes.
  static let shared = KeyTable([
    Key(name: "id", shape: .text), Key(name: "if", shape: .condition),
    Key(name: "on_error", shape: .named("on_error")), Key(name: "timeout", shape: .durationSource),
  ])
}
