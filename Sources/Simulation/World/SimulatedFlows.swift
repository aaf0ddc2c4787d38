//! The flows of the simulated projects: the shape of the shipped ones, built by hand, with the version in each text so
//! that one can see which version spoke.
import FlowEngine
import FlowModel
import JournalCore
import SwitchboardSDK

enum SimulatedFlows {
  static let group = "-100"
  static let auditChat = "-500"
  static let blocks = "blocks"
  /// The project's value that the flow of blocks counts its runs in.
  static let countKey = "runs"
  static let greeting = "Скоро ответим"
  static let onceMilliseconds: Int64 = 600_000
  static let answerMilliseconds: Int64 = 20_000

  static let avito = ConnectorCapabilities(textScalarsMax: 60, attachmentKinds: [.image], canReconcile: true)
  static let desk = ConnectorCapabilities(
    textScalarsMax: 80, captionScalarsMax: 40, attachmentKinds: [.image, .voice], hasThreads: true)

  static func facts(_ project: SimulatedProject) -> ProjectFacts {
    ProjectFacts(
      name: project.name, settings: .null,
      places: [
        project.desk: ConnectionFacts(
          capabilities: desk, groupChat: group, unknownPolicy: project.holdsUnknown ? .hold : .resend),
        project.avito: ConnectionFacts(capabilities: avito, groupChat: nil, unknownPolicy: .resend),
      ],
      utcOffsetSeconds: { _ in 10_800 })
  }

  static func all(_ project: SimulatedProject, version: String, plan: SimulationPlan) -> [Flow] {
    var flows = [relay(project, version: version, plan: plan), edits(project, version: version)]
    if plan.hasAudit { flows.append(audit(project, version: version)) }
    if plan.hasBlocks { flows.append(blocks(project, version: version)) }
    return flows
  }

  static func source(_ flow: Flow) -> FlowVersion {
    FlowVersion(
      project: flow.project, flow: "\(flow.project)/\(flow.name)", version: flow.version, file: flow.name,
      source: flow.version)
  }

  private static let place = SourcePlace(file: "simulated.yaml", line: 1, column: 1)

  private static func step(_ id: String, _ body: StepBody, timeout: Int64? = nil) -> Step {
    Step(id: id, isNamed: true, place: place, timeoutMilliseconds: timeout, body: body)
  }

  private static func flow(
    _ name: String, _ project: SimulatedProject, _ version: String, triggers: [Trigger], lane: LaneKey = .conversation,
    steps: [Step]
  ) -> Flow {
    Flow(
      name: name, project: project.name, file: name, version: version,
      vars: ["greeting": .text("\(greeting) [\(version)]")], triggers: triggers, lane: lane,
      deduplication: Deduplication(key: nil, keepMilliseconds: 86_400_000), steps: steps,
      onError: ErrorPolicy(
        retry: RetryPolicy(times: 3, firstMilliseconds: 500, maxMilliseconds: 4_000, hasJitter: true), last: .park),
      running: .pin)
  }

  /// Customers' messages go to their thread, operators' answers back; a greeting when nobody answers.
  private static func relay(_ project: SimulatedProject, version: String, plan: SimulationPlan) -> Flow {
    let deadline: Int64? = plan.hasDeadlines ? 1_500 : nil
    let toDesk = Relay(
      target: .thread(connection: project.desk), title: Template(parts: [.hole(["conversation", "name"])]),
      intro: Template(literal: "intro"), prefix: Template(literal: "[\(version)]"))
    let auto = AutoReply(
      after: .milliseconds(answerMilliseconds), from: .first, unlessOperatorAnswered: true,
      oncePer: .milliseconds(onceMilliseconds), active: nil, text: .expression(.path(["vars", "greeting"])))
    let isOperator = Expression.binary(.equal, .path(["event", "from"]), .literal("operator"))
    let fromCustomer = [
      step("rules", .rule(name: "reply")), step("show", .relay(toDesk), timeout: deadline),
      step("auto", .autoReply(auto)),
    ]
    return flow(
      "relay", project, version,
      triggers: [
        Trigger(
          label: "customer", source: .events(connection: project.avito, kinds: [.message], chats: nil), place: place),
        Trigger(
          label: "operator", source: .events(connection: project.desk, kinds: [.message], chats: .group), place: place),
      ],
      steps: [
        step(
          "way",
          .route([
            Branch(
              when: isOperator, steps: [step("answer", .relay(Relay(target: .origin)), timeout: deadline)]),
            Branch(when: nil, steps: fromCustomer),
          ]))
      ])
  }

  private static func edits(_ project: SimulatedProject, version: String) -> Flow {
    let said = Template(parts: [
      .literal("[\(version)] "), .hole(["event", "kind"]), .literal(": "), .hole(["message", "text"]),
    ])
    let note = Send(target: .thread(connection: project.desk), outgoing: Outgoing(text: .template(said)))
    return flow(
      "edits", project, version,
      triggers: [
        Trigger(
          label: "customer", source: .events(connection: project.avito, kinds: [.edit, .delete], chats: nil),
          place: place)
      ], steps: [step("note", .send(note))])
  }

  /// A second flow on the same events, all of it in one lane across conversations.
  private static func audit(_ project: SimulatedProject, version: String) -> Flow {
    let said = Template(parts: [.literal("[\(version)] audit "), .hole(["message", "text"])])
    let note = Send(
      target: .chat(connection: project.desk, chat: Template(literal: auditChat)),
      outgoing: Outgoing(text: .template(said)))
    return flow(
      "audit", project, version,
      triggers: [
        Trigger(
          label: "customer", source: .events(connection: project.avito, kinds: [.message], chats: nil), place: place)
      ], lane: .expression(.literal("all")), steps: [step("note", .send(note))])
  }
}

extension SimulatedFlows {
  /// Branches that speak together, a list in one of them, all with a deadline and a way out of failures; at the end the
  /// run is counted.
  fileprivate static func blocks(_ project: SimulatedProject, version: String) -> Flow {
    func say(_ id: String, _ hole: [String]) -> Step {
      let said = Template(parts: [.literal("[\(version)] \(id) "), .hole(hole)])
      let place = Relay.Target.chat(connection: project.desk, chat: Template(literal: auditChat))
      return step(id, .send(Send(target: place, outgoing: Outgoing(text: .template(said)))))
    }
    let list = Each(list: .list([.literal("x"), .literal("y")]), name: "letter", steps: [say("letter", ["letter"])])
    let both = [
      ParallelBranch(name: "one", steps: [say("left", ["message", "id"]), say("then", ["message", "id"])]),
      ParallelBranch(name: "many", steps: [step("letters", .each(list))]),
    ]
    let careful = StepBody.attempt(
      [step("both", .parallel(both), timeout: 6_000)], handler: [say("caught", ["error", "code"])])
    let count = StateAccess(operation: .increment(by: .literal(1)), key: Template(literal: countKey))
    return flow(
      blocks, project, version,
      triggers: [
        Trigger(
          label: "customer", source: .events(connection: project.avito, kinds: [.message], chats: nil), place: place)
      ], steps: [step("careful", careful), say("before", ["event", "kind"]), step("count", .state(count))])
  }
}

/// A project of the simulated world. Names of chats and threads are the same in all of them: only the project tells
/// them apart.
struct SimulatedProject: Sendable, Hashable {
  var number: Int
  var name: String { "project\(number)" }
  var avito: String { "avito\(number)" }
  var desk: String { "desk\(number)" }
  var holdsUnknown: Bool { number == 2 }
}
