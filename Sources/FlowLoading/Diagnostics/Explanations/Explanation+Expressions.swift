//! SB03xx: expressions, and texts with holes.

extension Explanation {
  static let expressions: [Explanation] = [
    Explanation(
      .expressionSyntax, .steps, "The expression breaks off or holds a sign that it cannot: the caret shows where.",
      bad: "  - { if: message.text ==, reply: \"а\" }", mended: "  - { if: message.text == \"цена\", reply: \"а\" }"),
    Explanation(
      .unknownPath, .steps,
      "The path leads to nothing that an event, a conversation or an earlier step provides: it would always be empty.",
      bad: "  - reply: \"{conversation.nme}, здравствуйте!\"",
      mended: "  - reply: \"{conversation.name}, здравствуйте!\""),
    Explanation(
      .unknownFunction, .steps, "The library has no function of this name.",
      bad: "  - { if: \"text.has_some(message.text, ['цена'])\", reply: \"а\" }",
      mended: "  - { if: \"text.has_any(message.text, ['цена'])\", reply: \"а\" }"),
    Explanation(
      .argumentCount, .steps, "The function takes another number of arguments.",
      bad: "  - { if: text.has_any(message.text), reply: \"а\" }",
      mended: "  - { if: \"text.has_any(message.text, ['цена'])\", reply: \"а\" }"),
    Explanation(
      .expressionType, .steps,
      "The operation does not fit its values: comparing a text with a number never gives what was meant.",
      bad: "  - { if: message.text > 5, reply: \"а\" }", mended: "  - { if: len(message.text) > 5, reply: \"а\" }"),
    Explanation(
      .templateSyntax, .steps, "A hole in a text is '{path}'; a brace that is meant as such is written twice.",
      bad: "  - reply: \"Здравствуйте, {sender.name!\"", mended: "  - reply: \"Здравствуйте, {sender.name}!\""),
    Explanation(
      .textNotQuoted, .steps,
      """
      Where a text or an expression may stand, a text is put in quotes: without them it is read as an expression, and \
      words would be looked up as names.
      """,
      bad: "  - reply: Здравствуйте, ждём вас!", mended: "  - reply: \"Здравствуйте, ждём вас!\""),
    Explanation(
      .textLooksComputed, .steps,
      "In quotes this is sent letter by letter. It looks as if the value of the expression was meant. Warning only.",
      bad: "  - reply: \"project.greeting\"", mended: "  - reply: project.greeting"),
    Explanation(
      .constantCondition, .steps, "The condition is the same for every message: one of the ways is never taken.",
      bad: "  - { if: \"'a' == 'a'\", reply: \"а\" }", mended: "  - { if: \"message.text == 'a'\", reply: \"а\" }"),
    Explanation(
      .cronSyntax, .listen,
      "The five fields are minute, hour, day of the month, month and day of the week; where it goes wrong is marked.",
      bad: "  - morning: { cron: \"0 25 * * mon-fri\" }", mended: "  - morning: { cron: \"0 9 * * mon-fri\" }"),
  ]
}
