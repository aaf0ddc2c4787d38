//! SB02xx: keys, values and names that do not fit where they stand.

extension Explanation {
  static let structure: [Explanation] = [
    Explanation(
      .emptyDocument, .flow, "There is nothing in the file but comments.",
      bad: "# nothing yet", mended: whole("  - reply: \"Здравствуйте!\"")),
    Explanation(
      .wrongType, .steps, "A value is of another kind than the place asks for: a list where a text belongs, say.",
      bad: "  - send: [desk, \"1\", \"а\"]", mended: "  - send: { to: desk, chat: \"1\", text: \"а\" }"),
    Explanation(
      .unknownKey, .steps, "The key means nothing here. It is most often misspelt, or one level too deep or too high.",
      bad: "  - send: { to: desk, chatt: \"1\", chat: \"1\", text: \"а\" }",
      mended: "  - send: { to: desk, chat: \"1\", text: \"а\" }"),
    Explanation(
      .unknownStep, .steps, "There is no step of this name. docs/flow-language.md lists them all.",
      bad: "  - replay: \"Здравствуйте!\"", mended: "  - reply: \"Здравствуйте!\""),
    Explanation(
      .missingKey, .steps, "The step cannot be carried out without this key.",
      bad: "  - send: { to: desk, chat: \"1\" }", mended: "  - send: { to: desk, chat: \"1\", text: \"а\" }"),
    Explanation(
      .emptyValue, .steps, "A key without a value says nothing: fill it in, or take the key away.",
      bad: "  - reply:", mended: "  - reply: \"Здравствуйте!\""),
    Explanation(
      .wrongValue, .steps, "The value is of the right kind, but not one of those that are possible here.",
      bad: "  - auto_reply: { after: 75, text: \"Скоро ответим\" }",
      mended: "  - auto_reply: { after: 75s, text: \"Скоро ответим\" }"),
    Explanation(
      .conflictingKeys, .steps, "The two keys exclude each other; which one was meant cannot be guessed.",
      bad: "  - { reply: \"а\", drop: spam }", mended: "  - reply: \"а\"\n  - drop: spam"),
    Explanation(
      .duplicateName, .steps,
      "Results and timers are kept under a step's id; with two steps of one id, one would overwrite the other's.",
      bad: "  - { id: hello, reply: \"а\" }\n  - { id: hello, reply: \"б\" }",
      mended: "  - { id: hello, reply: \"а\" }\n  - { id: again, reply: \"б\" }"),
    Explanation(
      .badName, .steps,
      "Names stand in expressions, addresses and logs: a letter, then letters, digits, '_' or '-', at most 64.",
      bad: "  - { id: \"мой шаг!\", reply: \"а\" }", mended: "  - { id: my_step, reply: \"а\" }"),
    Explanation(
      .version, .flow, "The file is written for another version of the flow language than this program knows.",
      bad: whole("  - reply: \"а\"").replacing("switchboard: 1", with: "switchboard: 9"),
      mended: whole("  - reply: \"а\"")),
    Explanation(
      .notYet, .steps,
      "This part of the language is laid down but not built in this version; it is refused rather than ignored.",
      bad: "  - parallel: { one: [ { reply: \"а\" } ], two: [ { wait: 5m } ] }", mended: "  - reply: \"а\""),
    Explanation(
      .unknownTrigger, .listen, "What stands under 'listen' is nothing that can start a flow.",
      bad: "  - customer: avito-main", mended: "  - customer: { connection: avito-main }"),
  ]
}
