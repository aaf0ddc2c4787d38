//! SB07xx: files of cases that would not test what they say.

extension Explanation {
  static let cases: [Explanation] = [
    Explanation(
      .unknownVerb, .cases,
      "A step of 'play' and an expectation begin with one of a few verbs; docs/testing-flows.md lists them all.",
      bad: deskCase("- advanse: 75s", "- out: { step: auto }"),
      mended: deskCase("- advance: 75s", "- out: { step: auto }")),
    Explanation(
      .unknownConversation, .cases,
      "conversation(CHAT) is the thread that mirrors a chat of this case; in this one nobody writes.",
      bad: deskCase(
        "- in: { connection: desk, thread: conversation(c2), from: operator, text: \"Да\" }", "- out: { chat: c1 }"),
      mended: deskCase(
        "- in: { connection: desk, thread: conversation(c1), from: operator, text: \"Да\" }", "- out: { chat: c1 }")),
    Explanation(
      .unknownSubject, .cases,
      "Cases lie beside the flow or rule that they test, and name it; there is none of this name.",
      bad: deskCase("- advance: 75s", "- out: { step: auto }").replacing("flow: desk", with: "flow: dsk"),
      mended: deskCase("- advance: 75s", "- out: { step: auto }")),
    Explanation(
      .expectsNothing, .cases, "A case without an expectation holds whatever the flow does: it tests nothing.",
      bad: deskCase("- advance: 75s", nil), mended: deskCase("- advance: 75s", "- out: { step: auto }")),
    Explanation(
      .unknownCaseStep, .cases,
      "An expectation about a step that is not there would never be met, or always: 'none' would prove nothing.",
      bad: deskCase("- advance: 60s", "- none: { step: autoo }"),
      mended: deskCase("- advance: 60s", "- none: { step: auto }")),
  ]

  private static func deskCase(_ step: String, _ expectation: String?) -> String {
    """
    flow: desk
    cases:
      - name: a customer writes
        play:
          - in: { connection: avito-main, chat: c1, from: anna, text: "Ещё продаёте?" }
          \(step)
    """ + (expectation.map { "\n    expect:\n      \($0)" } ?? "")
  }
}
