//! SB04xx: flows that can be read, and would not do what was meant.
internal import FlowModel

extension Explanation {
  static let flows: [Explanation] = [
    Explanation(
      .routeWithoutElse, .steps,
      "A route must say what happens to messages that fit none of its branches: a message is never lost by silence.",
      bad: "  - route:\n      - when: message.text == \"цена\"\n        do: [ { reply: \"100\" } ]",
      mended: "  - route:\n      - when: message.text == \"цена\"\n        do: [ { reply: \"100\" } ]\n"
        + "      - else:\n        do: [ { drop: other } ]"),
    Explanation(
      .unreachableStep, .steps, "Every run has ended before it comes to this step.",
      bad: "  - drop: spam\n  - reply: \"а\"",
      mended: "  - { if: message.text == \"спам\", drop: spam }\n  - reply: \"а\""),
    Explanation(
      .endlessRetry, .flow,
      "A call that never succeeds would hold its lane for ever: a retry needs an end, after which a person is asked.",
      bad: whole("  - reply: \"а\"") + "\non_error: { retry: { times: forever } }",
      mended: whole("  - reply: \"а\"") + "\non_error: { retry: { times: 8 }, then: park }"),
    Explanation(
      .textOverLimit, .steps,
      "The channel refuses a text of this length; the customer would get nothing.",
      bad: "  - { if: event.from == \"customer\", reply: \"\(String(repeating: "а", count: 1_100))\" }",
      mended: "  - { if: event.from == \"customer\", reply: \"\(String(repeating: "а", count: 20))\" }"),
    Explanation(
      .relayLoop, .steps,
      "The message would be relayed to where it came from, come in again, and so on without end.",
      bad: "  - relay: { to: desk, thread: conversation }",
      mended: "  - { if: event.from == \"customer\", relay: { to: desk, thread: conversation } }"),
    Explanation(
      .missingCapability, .steps, "The channel behind this connection cannot do what is asked of it.",
      bad: "  - { if: event.from == \"operator\", relay: { to: avito-main, thread: conversation } }",
      mended: "  - { if: event.from == \"operator\", relay: { to: conversation.origin } }"),
    Explanation(
      .emitLoop, .flow,
      "The event starts the flow that has emitted it, which emits it again. While running, such a circle is broken "
        + "after \(Limits.emitDepthMax) rounds: the step fails and 'on_error' decides.",
      bad: "switchboard: 1\nflow: f\nlisten:\n  - paid: { event: order_paid }\nsteps:\n  - emit: order_paid",
      mended: "switchboard: 1\nflow: f\nlisten:\n  - paid: { event: order_paid }\nsteps:\n  - emit: order_done"),
    Explanation(
      .flowCycle, .steps, "A flow that calls itself, directly or through others, would never come to its end.",
      bad: "  - flow: f",
      mended: "  - route:\n      - when: event.from == \"customer\"\n        do: [ { reply: \"а\" } ]\n"
        + "      - else:\n        do: [ stop ]"),
    Explanation(
      .flowDepth, .flow,
      cause: "Flows that call flows that call flows are hard to follow, and each level is kept with the run's state.",
      bad: Example(
        "# a.yaml\nflow: a\nsteps: [ { flow: b } ]\n# b.yaml\nflow: b\nsteps: [ { flow: c } ]\n# and so on, nine deep",
        bytes: chain(of: 9)),
      mended: Example(
        "# a.yaml\nflow: a\nsteps: [ { flow: b }, { flow: c } ]\n# b.yaml and c.yaml call no others",
        bytes: chain(of: 2))),
    Explanation(
      .brokenFlow, .flow,
      cause: "The flow that is called here could not run. What is wrong with it is told where it stands.",
      bad: Example(
        "# a.yaml\nflow: a\nsteps: [ { flow: b } ]\n# b.yaml\nflow: b\nsteps: [ { repyl: \"а\" } ]",
        bytes: calling("  - repyl: \"а\"")),
      mended: Example(
        "# a.yaml\nflow: a\nsteps: [ { flow: b } ]\n# b.yaml\nflow: b\nsteps: [ { reply: \"а\" } ]",
        bytes: calling("  - reply: \"а\""))),
  ]

  private static func file(_ name: String, _ steps: String) -> AttachedFlows.File {
    AttachedFlows.File(
      file: "\(name).yaml",
      bytes: Array("switchboard: 1\nflow: \(name)\nproject: shop\nsteps:\n\(steps)\n".utf8))
  }

  /// The first of the files, with the others that it calls.
  private static func first(of files: [AttachedFlows.File]) -> [UInt8] {
    AttachedFlows.attaching(files).first?.bytes ?? []
  }

  private static func calling(_ steps: String) -> [UInt8] { first(of: [file("a", "  - flow: b"), file("b", steps)]) }

  private static func chain(of count: Int) -> [UInt8] {
    first(of: (1...count).map { file("a\($0)", $0 == count ? "  - stop" : "  - flow: a\($0 + 1)") })
  }
}
