//! SB04xx: flows that can be read, and would not do what was meant.

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
  ]
}
