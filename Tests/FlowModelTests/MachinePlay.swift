import FlowModel
import SwitchboardSDK

/// Plays one run by hand and tells each output as a line of text.
struct MachinePlay {
  var state = RunState()
  var context: RunContext
  var lastCall: OutgoingCall?
  private let machine: RunMachine

  init(steps: [Step], fromOperator: Bool = false, attachments: [Attachment] = []) {
    let retry = RetryPolicy(times: 3, firstMilliseconds: 1_000, maxMilliseconds: 60_000, hasJitter: false)
    let flow = Flow(
      name: "desk", project: "shop", file: "desk.yaml", version: "v1", vars: ["greeting": "Скоро ответим"],
      triggers: [],
      lane: .conversation, deduplication: Deduplication(key: nil, keepMilliseconds: 1), steps: steps,
      onError: ErrorPolicy(retry: retry, last: .park), running: .pin)
    machine = RunMachine(program: Program(flow))
    let customer = Event(
      externalID: "m:1", kind: .message, chat: Chat(id: "c1", kind: .private), sender: Sender(id: "5", name: "Анна"),
      message: Message(id: "1", text: "Ещё продаёте?", attachments: attachments),
      facts: ["name": "Анна", "item": ["title": "Диван"]], occurredAt: Timestamp(seconds: 1_000))
    let answer = Event(
      externalID: "m:2", kind: .message, chat: Chat(id: "-100", kind: .group), thread: "77",
      sender: Sender(id: "9", name: "Олег"), message: Message(id: "2", text: "Да, продаём", attachments: attachments),
      occurredAt: Timestamp(seconds: 1_010))
    let places = [
      "desk": ConnectionFacts(
        capabilities: ConnectorCapabilities(
          textScalarsMax: 4_096, captionScalarsMax: 1_024, attachmentKinds: [.image, .voice], hasThreads: true),
        groupChat: "-100", unknownPolicy: .resend),
      "avito": ConnectionFacts(
        capabilities: ConnectorCapabilities(textScalarsMax: 1_000, attachmentKinds: [.image]), groupChat: nil,
        unknownPolicy: .resend),
    ]
    var conversation = ConversationSnapshot(key: "shop/avito/c1", project: "shop", connection: "avito", chat: "c1")
    if fromOperator { conversation.threads["desk"] = ThreadPlace(chat: "-100", thread: "77") }
    context = RunContext(
      run: 7, event: fromOperator ? answer : customer, connection: fromOperator ? "desk" : "avito",
      label: fromOperator ? "operator" : "customer", receivedAt: Timestamp(seconds: 2_000), conversation: conversation,
      places: places, settings: .null, now: Timestamp(seconds: 2_001), utcOffsetSeconds: { _ in 10_800 },
      random: { 0.5 })
  }

  mutating func start() -> String { told(machine.advance(&state, on: .start, in: &context)) }
  mutating func again() -> String { told(machine.advance(&state, on: .again, in: &context)) }
  mutating func verdict(_ verdict: Result<RuleDecision, RuleFailure>) -> String {
    told(machine.advance(&state, on: .verdict(verdict), in: &context))
  }
  mutating func delivered(_ id: String) -> String {
    let result = ActionResult(remoteIDs: id.isEmpty ? [] : [id])
    return told(machine.advance(&state, on: .delivered(result), in: &context))
  }
  mutating func failed(_ code: ActionError.Code, retryAfterMilliseconds: Int64? = nil) -> String {
    let error = ActionError(code, "planned", retryAfterMilliseconds: retryAfterMilliseconds)
    return told(machine.advance(&state, on: .failed(error), in: &context))
  }

  private mutating func told(_ output: RunMachine.Output) -> String {
    switch output {
    case .judge(let call): return "judge \(call.rule)"
    case .perform(let call):
      lastCall = call
      let action = call.action
      let place = action.thread.map { "\(action.chat)/\($0)" } ?? action.chat
      let text = action.message.map { "«\($0.text)»" } ?? action.arguments["title"].textValue.map { "«\($0)»" }
      return "\(action.name) \(call.connection) \(place) \(text ?? action.arguments["message_id"].textValue ?? "")"
    case .wait(let moment, _): return "wait \(moment.millisecondsSince(context.now))"
    case .park(let reason): return "park \(reason)"
    case .finish(let outcome, _): return "finish \(outcome)"
    case .fork(let branches): return "fork \(branches)"
    case .rest: return "rest"
    case .keep(let request): return "keep \(request.key)"
    }
  }

  // MARK: Steps

  private static let place = SourcePlace(file: "desk.yaml", line: 1, column: 1)

  private static func step(_ id: String, _ body: StepBody, onError: ErrorPolicy? = nil) -> Step {
    Step(id: id, isNamed: true, place: place, onError: onError, body: body)
  }

  static func relayToDesk() -> Step {
    step(
      "to_desk",
      .relay(
        Relay(
          target: .thread(connection: "desk"),
          title: Template(parts: [
            .hole(["conversation", "name"]), .literal(" · "), .hole(["conversation", "item", "title"]),
          ]),
          intro: Template(parts: [.literal("Новый клиент "), .hole(["conversation", "name"])]),
          prefix: Template(parts: [.literal("💬 "), .hole(["conversation", "name"])]))))
  }

  static func relayToOrigin() -> Step { step("to_origin", .relay(Relay(target: .origin))) }

  static func rule(onError: ErrorPolicy?) -> Step { step("rules", .rule(name: "reply"), onError: onError) }

  static func autoReply() -> Step {
    step(
      "auto",
      .autoReply(
        AutoReply(
          after: .milliseconds(75_000), from: .first, unlessOperatorAnswered: true,
          oncePer: .milliseconds(12 * 3_600_000), active: nil, text: .expression(.path(["vars", "greeting"])))))
  }
}
