//! SB09xx: what may run and is most often a mistake.

extension Explanation {
  static let doubts: [Explanation] = [
    Explanation(
      .unusedVariable, .flow, "Nothing in the flow reads the variable: a name was changed in one place only. Warning.",
      bad: whole("  - reply: \"а\"").replacing("listen:", with: "vars: { greeting: \"Да\" }\nlisten:"),
      mended: whole("  - reply: vars.greeting").replacing("listen:", with: "vars: { greeting: \"Да\" }\nlisten:")),
    Explanation(
      .variableWithoutValue, .flow,
      "A type without a default is for flows that others call; here nobody gives the value. Warning.",
      bad: whole("  - reply: \"{vars.name}\"").replacing("listen:", with: "vars: { name: { type: text } }\nlisten:"),
      mended: whole("  - reply: \"{vars.name}\"").replacing(
        "listen:", with: "vars: { name: { type: text, default: \"Анна\" } }\nlisten:")),
    Explanation(
      .resultBeforeStep, .steps,
      "A step's result is there behind the step; what stands above reads nothing. Warning.",
      bad: "  - { if: rules.action == \"block\", drop: blocked }\n  - { id: rules, rule: reply }",
      mended: "  - { id: rules, rule: reply }\n  - { if: rules.action == \"block\", drop: blocked }"),
    Explanation(
      .pathNeverGiven, .steps, "'callback' holds something only where 'listen' asks for buttons. Warning.",
      bad: "  - { if: callback.data == \"price\", reply: \"100\" }",
      mended: "  - { if: message.text == \"цена\", reply: \"100\" }"),
    Explanation(
      .coveredTrigger, .listen,
      "A flow runs once for an event, by the first trigger that fits: the second label is never seen. Warning.",
      bad: "  - customer: { connection: avito-main }\n  - private: { connection: avito-main, chats: private }",
      mended: "  - customer: { connection: avito-main, chats: private }\n"
        + "  - group: { connection: avito-main, chats: group }"),
    Explanation(
      .unreachedBranch, .steps, "A step or branch above has taken every event that this condition asks for. Warning.",
      bad: "  - { if: event.from == \"operator\", drop: own }\n"
        + "  - filter: event.from == \"customer\"\n    else: drop\n"
        + "  - { if: event.from == \"operator\", reply: \"а\" }",
      mended: "  - { if: event.from == \"operator\", drop: own }\n  - reply: \"а\""),
    Explanation(
      .repeatedCondition, .steps, "The first of the two branches takes everything. Warning.",
      bad: "  - route:\n      - { when: message.text == \"цена\", do: [ { reply: \"100\" } ] }\n"
        + "      - { when: message.text == \"цена\", do: [ { reply: \"200\" } ] }\n      - else: [ stop ]",
      mended: "  - route:\n      - { when: message.text == \"цена\", do: [ { reply: \"100\" } ] }\n"
        + "      - { when: message.text == \"опт\", do: [ { reply: \"200\" } ] }\n      - else: [ stop ]"),
    Explanation(
      .idlePolicy, .steps, "'drop', 'stop' and 'set' cannot fail; the policy belongs to a step that calls. Warning.",
      bad: "  - { set: { conversation.state.seen: true }, on_error: skip }",
      mended: "  - { set: { conversation.state.seen: true } }"),
    Explanation(
      .onceShorterThanAfter, .steps,
      "The next auto-reply comes after 'after' at the earliest: a shorter 'once_per' never stops one. Warning.",
      bad: "  - { id: auto, auto_reply: { after: 10m, once_per: 5m, text: \"Скоро ответим\" } }",
      mended: "  - { id: auto, auto_reply: { after: 10m, once_per: 12h, text: \"Скоро ответим\" } }"),
    Explanation(
      .wholeDay, .steps, "Hours that end where they begin are taken as the whole day, not as no hours. Warning.",
      bad: "  - { id: auto, auto_reply: { after: 75s, active: { hours: \"09:00-09:00\" }, text: \"Ждите\" } }",
      mended: "  - { id: auto, auto_reply: { after: 75s, active: { hours: \"09:00-21:00\" }, text: \"Ждите\" } }"),
    Explanation(
      .emptyText, .steps, "No channel sends an empty message; the step would fail for every customer.",
      bad: "  - reply: \"\"", mended: "  - reply: \"Здравствуйте!\""),
    Explanation(
      .buttonDataTooLong, .steps, "Telegram refuses a button whose data is over 64 bytes. Warning.",
      bad: "  - { reply: { text: \"а\", buttons: [ { text: \"б\", data: \"\(long)\" } ] } }",
      mended: "  - { reply: { text: \"а\", buttons: [ { text: \"б\", data: \"да\" } ] } }"),
    Explanation(
      .adjacentHoles, .listen, "Where one hole ends and the next begins cannot be told.",
      bad: "  - { callback: \"confirm_{id}{number}\", connection: desk }",
      mended: "  - { callback: \"confirm_{id}:{number}\", connection: desk }"),
    Explanation(
      .repeatedHole, .listen, "Both holes would be callback.<name>; one of them would be lost.",
      bad: "  - { callback: \"move_{id}:{id}\", connection: desk }",
      mended: "  - { callback: \"move_{from}:{to}\", connection: desk }"),
    Explanation(
      .constantLane, .flow,
      "Events of one lane are handled one after the other: all customers would wait for the slowest. Warning.",
      bad: whole("  - reply: \"а\"") + "\nlane: \"'all'\"", mended: whole("  - reply: \"а\"") + "\nlane: conversation"),
    Explanation(
      .constantKey, .flow, "Of all events with one key only the first is handled: here of all events there are.",
      bad: whole("  - reply: \"а\"") + "\ndedup: { key: \"'all'\" }",
      mended: whole("  - reply: \"а\"") + "\ndedup: { key: event.external_id }"),
    Explanation(
      .emptyList, .steps, "Nothing is ever found in an empty list. Warning.",
      bad: "  - { if: \"text.has_any(message.text, [])\", reply: \"а\" }",
      mended: "  - { if: \"text.has_any(message.text, project.stop_words)\", reply: \"а\" }"),
    Explanation(
      .emptyWord, .steps, "An empty word stands in the list, most often by a comma too many. Warning.",
      bad: "  - { if: \"text.has_any(message.text, ['цена', ''])\", reply: \"а\" }",
      mended: "  - { if: \"text.has_any(message.text, ['цена'])\", reply: \"а\" }"),
    Explanation(
      .caseNeverEqual, .steps, "What 'lower' gives has no capitals: it never equals a word with one. Warning.",
      bad: "  - { if: lower(message.text) == \"Цена\", reply: \"а\" }",
      mended: "  - { if: lower(message.text) == \"цена\", reply: \"а\" }"),
    Explanation(
      .comparedWithItself, .steps, "The answer is the same for every message. Warning.",
      bad: "  - { if: sender.name == sender.name, reply: \"а\" }",
      mended: "  - { if: sender.name == conversation.name, reply: \"а\" }"),
    Explanation(
      .foreignPattern, .steps,
      "Patterns are simple so that no message can make them slow: '*' and '?' and nothing else. Warning.",
      bad: "  - { if: \"message.text matches '^заказ .*'\", reply: \"а\" }",
      mended: "  - { if: \"message.text matches 'заказ *'\", reply: \"а\" }"),
    Explanation(
      .unknownWord, .steps, "The value is one of a few words, and this is none of them. Warning.",
      bad: "  - { if: event.kind == \"edited\", drop: edit }",
      mended: "  - { if: event.kind == \"edit\", drop: edit }"),
    Explanation(
      .divisionByZero, .steps, "A division by zero gives nothing, and so does all computed from it. Warning.",
      bad: "  - { if: len(message.text) % 0 == 1, reply: \"а\" }",
      mended: "  - { if: len(message.text) % 2 == 1, reply: \"а\" }"),
    Explanation(
      .doubleAnswer, .project, "Two flows listen to the same customers, and both answer by themselves. Warning.",
      bad: answering("a", "avito-main") + "\n" + answering("b", "avito-main"),
      mended: answering("a", "avito-main") + "\n" + answering("b", "shop-bot")),
    Explanation(
      .idleFlow, .project, "Without 'listen' a flow only runs when another one calls it. Warning.",
      bad: "# a.yaml\nswitchboard: 1\nflow: a\nsteps: [ { reply: \"а\" } ]",
      mended: "# a.yaml\nswitchboard: 1\nflow: a\nlisten: [ { customer: { connection: avito-main } } ]\n"
        + "steps: [ { reply: \"а\" } ]"),
    Explanation(
      .unusedRule, .project, "The rule lies in the folder and is never asked: its step was forgotten. Warning.",
      bad: "# a.yaml, beside rules/shop/reply.lua\nswitchboard: 1\nflow: a\n"
        + "listen: [ { customer: { connection: avito-main } } ]\nsteps: [ { reply: \"а\" } ]",
      mended: "# a.yaml, beside rules/shop/reply.lua\nswitchboard: 1\nflow: a\n"
        + "listen: [ { customer: { connection: avito-main } } ]\nsteps: [ { id: rules, rule: reply } ]"),
  ]

  private static let long = String(repeating: "д", count: 33)

  private static func answering(_ name: String, _ connection: String) -> String {
    """
    # \(name).yaml
    switchboard: 1
    flow: \(name)
    listen: [ { customer: { connection: \(connection) } } ]
    steps: [ { id: auto, auto_reply: { after: 75s, text: "Скоро ответим" } } ]
    """
  }
}
