//! SB06xx: names of things that are not there.

extension Explanation {
  static let references: [Explanation] = [
    Explanation(
      .unknownConnection, .steps, "The project has no connection of this name; connections stand in switchboard.yaml.",
      bad: "  - send: { to: dsk, chat: \"1\", text: \"а\" }",
      mended: "  - send: { to: desk, chat: \"1\", text: \"а\" }"),
    Explanation(
      .unknownRule, .steps, "There is no file of this name in the project's folder of rules.",
      bad: "  - { id: rules, rule: replay }", mended: "  - { id: rules, rule: reply }"),
    Explanation(
      .unknownAction, .steps, "The connection's plugin has no such action; 'switchboard plugin inspect' lists them.",
      bad: "  - call: { connection: desk, action: answer, arguments: { id: message.id } }",
      mended: "  - call: { connection: desk, action: answer_callback, arguments: { id: message.id } }"),
    Explanation(
      .unknownVariable, .steps, "Variables are declared under 'vars' with their type; this one is not.",
      bad: "  - set: { vars.count: 1 }", mended: "  - set: { conversation.state.count: 1 }"),
    Explanation(
      .unknownSetting, .steps, "The project's 'settings' have no such entry: the value would always be empty.",
      bad: "  - reply: project.greetings", mended: "  - reply: project.greeting"),
    Explanation(
      .unknownLabel, .steps, "'event.from' is the label of a trigger under 'listen'; none has this one.",
      bad: "  - { if: event.from == \"operater\", drop: own }",
      mended: "  - { if: event.from == \"operator\", drop: own }"),
    Explanation(
      .unknownProject, .flow, "A flow belongs to the project in whose folder it lies, so that tenants stay apart.",
      bad: whole("  - reply: \"а\"").replacing("project: shop", with: "project: other"),
      mended: whole("  - reply: \"а\"")),
    Explanation(
      .unknownFlow, .flow,
      cause: "'flow' calls another flow of the same project by its name, the one that stands under 'flow' in its file.",
      bad: Example("# a.yaml\nflow: a\nsteps: [ { flow: greting } ]\n# greeting.yaml\nflow: greeting\nsteps: [ stop ]",
        bytes: callOf("greting")),
      mended: Example(
        "# a.yaml\nflow: a\nsteps: [ { flow: greeting } ]\n# greeting.yaml\nflow: greeting\nsteps: [ stop ]",
        bytes: callOf("greeting"))),
  ]

  private static func callOf(_ name: String) -> [UInt8] {
    let head = "switchboard: 1\nproject: shop\n"
    let files = [
      AttachedFlows.File(file: "a.yaml", bytes: Array("\(head)flow: a\nsteps: [ { flow: \(name) } ]\n".utf8)),
      AttachedFlows.File(file: "greeting.yaml", bytes: Array("\(head)flow: greeting\nsteps: [ stop ]\n".utf8)),
    ]
    return AttachedFlows.attaching(files)[0].bytes
  }
}
