import FlowEngine
import FlowModel
import SwitchboardSDK

/// The shape of the demo's flow, built by hand: these tests are about the engine, not about YAML.
enum DemoLikeFlow {
  static let project = ProjectFacts(
    name: "shop", settings: ["stop_words": ["спам"]],
    places: [
      "desk": ConnectionFacts(
        capabilities: ConnectorCapabilities(
          textScalarsMax: 4_096, captionScalarsMax: 1_024, attachmentKinds: [.image, .voice], hasThreads: true),
        groupChat: "-100", unknownPolicy: .resend),
      "avito": ConnectionFacts(
        capabilities: ConnectorCapabilities(textScalarsMax: 1_000, attachmentKinds: [.image]), groupChat: nil,
        unknownPolicy: .resend),
    ],
    utcOffsetSeconds: { _ in 10_800 })

  static func desk(
    rule: ErrorPolicy? = nil, onError: ErrorPolicy? = nil, deduplication: Expression? = nil, version: String = "v1",
    running: RunningPolicy = .pin, mark: String = "💬", show: String = "show", auto autoID: String = "auto",
    from: AutoReply.CountFrom = .first, oncePer: Int64? = 43_200_000
  ) -> Flow {
    let place = SourcePlace(file: "desk.yaml", line: 1, column: 1)
    func step(_ id: String, _ body: StepBody, _ policy: ErrorPolicy? = nil) -> Step {
      Step(id: id, isNamed: true, place: place, onError: policy, body: body)
    }
    let auto = AutoReply(
      after: .milliseconds(75_000), from: from, unlessOperatorAnswered: true,
      oncePer: oncePer.map { .milliseconds($0) }, active: nil, text: .expression(.path(["vars", "greeting"])))
    let fromOperator = Expression.binary(.equal, .path(["event", "from"]), .literal("operator"))
    let toDesk = Relay(
      target: .thread(connection: "desk"), title: Template(parts: [.hole(["conversation", "name"])]),
      intro: Template(literal: "intro"), prefix: Template(literal: mark))
    let standard = ErrorPolicy(
      retry: RetryPolicy(times: 3, firstMilliseconds: 1_000, maxMilliseconds: 60_000, hasJitter: false), last: .park)
    return Flow(
      name: "desk", project: "shop", file: "desk.yaml", version: version, vars: ["greeting": "Скоро ответим"],
      triggers: [
        Trigger(label: "customer", source: .events(connection: "avito", kinds: [.message], chats: nil), place: place),
        Trigger(label: "operator", source: .events(connection: "desk", kinds: [.message], chats: .group), place: place),
      ],
      lane: .conversation, deduplication: Deduplication(key: deduplication, keepMilliseconds: 86_400_000),
      steps: [
        step(
          "way",
          .route([
            Branch(when: fromOperator, steps: [step("answer", .relay(Relay(target: .origin)))]),
            Branch(
              when: nil,
              steps: [
                step("rules", .rule(name: "reply"), rule), step(show, .relay(toDesk)),
                step(autoID, .autoReply(auto)),
              ]),
          ]))
      ],
      onError: onError ?? standard, running: running)
  }
}
