//! The words of steps: what stands behind each, and what may stand beside it.
internal import SwitchboardSDK

enum StepKeys {
  typealias Key = KeyTable.Key

  /// Behind the word.
  static let shapes: [String: KeyShape] = [
    "filter": .condition, "rule": .named("rule"), "route": .list(.table(FlowKeys.branch)),
    "relay": .table(FlowKeys.relay), "reply": .either([.textSource, .table(FlowKeys.outgoing)]),
    "send": .table(FlowKeys.send), "auto_reply": .table(FlowKeys.autoReply), "set": .map(.computed),
    "call": .table(FlowKeys.call), "http": .either([.textSource, .table(FlowKeys.http)]),
    "wait": .either([.text, .table(FlowKeys.wait)]), "emit": .text, "state": .table(FlowKeys.state),
    "each": .either([.text, .list(.any)]),
    "parallel": .either([.list(.steps), .map(.steps)]), "try": .steps, "flow": .text,
    "drop": .either([.text, .nothing]), "stop": .either([.nothing, .constant(true)]),
    "fail": .either([.textSource, .table(FlowKeys.fail)]),
  ]

  /// Beside the word.
  static let companions: [String: KeyTable] = [
    "filter": KeyTable([
      Key(
        name: "else",
        shape: .either([
          .choice(["drop", "stop"]), .table(KeyTable([Key(name: "drop", shape: .text, isRequired: true)])), .steps,
        ]), isRequired: true, help: "What happens to the rest.")
    ]),
    "try": KeyTable([Key(name: "catch", shape: .steps)]),
    "each": KeyTable([
      Key(name: "as", shape: .text), Key(name: "do", shape: .steps, isRequired: true),
      Key(name: "result", shape: .computed),
    ]),
    "flow": KeyTable([Key(name: "with", shape: .map(.computed))]),
    "emit": KeyTable([Key(name: "data", shape: .map(.computed))]),
  ]
}
