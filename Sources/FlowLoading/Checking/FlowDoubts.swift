//! What may run and is most often a mistake: warnings about a flow that has no errors.
internal import FlowModel
internal import SwitchboardSDK

struct FlowDoubts {
  private(set) var log: DiagnosticLog
  private let reader: FlowReader
  private let flow: Flow

  init(reader: FlowReader, flow: Flow, log: DiagnosticLog) {
    self.log = log
    self.reader = reader
    self.flow = flow
  }

  mutating func check() {
    log.trail = ["flow '\(flow.name)'"]
    checkVariables()
    checkTriggers()
    check(flow.steps)
  }

  private mutating func warn(_ code: DiagnosticCode, _ span: SourceSpan, _ message: String, hint: String? = nil) {
    log.add(code, severity: .warning, span, message, hint: hint)
  }

  // MARK: Variables

  private mutating func checkVariables() {
    let reads = reader.pathsRead
    guard !reads.contains(["vars"]) else { return }
    for (name, span) in reader.varSpans.sorted(by: { $0.key < $1.key }) {
      if !reads.contains(where: { $0.first == "vars" && $0.dropFirst().first == name }) {
        warn(.unusedVariable, span, "nothing reads the variable '\(name)'", hint: "take it away, or use vars.\(name)")
      } else if reader.requiredVars.contains(name), !flow.triggers.isEmpty, !reader.varsSet.contains(name) {
        warn(
          .variableWithoutValue, span, "the variable '\(name)' has no value and no step sets it",
          hint: "give it a 'default'")
      }
    }
  }

  // MARK: Triggers

  private mutating func checkTriggers() {
    for (index, trigger) in flow.triggers.enumerated() {
      guard let first = flow.triggers[..<index].first(where: { Self.covers($0.source, trigger.source) }) else {
        continue
      }
      warn(
        .coveredTrigger, SourceSpan(line: trigger.place.line, column: trigger.place.column),
        "'\(first.label)' above takes every event of '\(trigger.label)'", hint: "a flow runs once for an event")
    }
  }

  /// Whether the first trigger leaves nothing for the second, which stands below it.
  private static func covers(_ first: Trigger.Source, _ second: Trigger.Source) -> Bool {
    switch (first, second) {
    case (.events(let connection, let kinds, let chats), .events(let other, let otherKinds, let otherChats)):
      connection == other && (chats == nil || chats == otherChats) && Set(otherKinds).isSubset(of: kinds)
    case (.command(let connection, let name), .command(let other, let otherName)):
      connection == other && name == otherName
    case (.callback(let connection, let pattern), .callback(let other, let otherPattern)):
      connection == other && pattern == otherPattern
    default: false
    }
  }

  // MARK: Steps

  private mutating func check(_ steps: [Step]) {
    for step in steps {
      let span = reader.stepSpans[step.id] ?? SourceSpan(line: step.place.line, column: step.place.column)
      switch step.body {
      case .drop, .stop, .set:
        if step.onError != nil {
          warn(.idlePolicy, span, "this step cannot fail: its 'on_error' is never asked")
        }
      case .route(let branches): checkBranches(branches, span)
      case .autoReply(let reply): check(reply, step, span)
      case .reply(let outgoing): checkButtons(outgoing.buttons, span)
      case .send(let send): checkButtons(send.outgoing.buttons, span)
      default: break
      }
      for inner in step.body.lists { check(inner) }
    }
  }

  private mutating func checkBranches(_ branches: [Branch], _ span: SourceSpan) {
    var seen: Set<Expression> = []
    for branch in branches {
      guard let when = branch.when, !seen.insert(when).inserted else { continue }
      let place = branch.steps.first.flatMap { reader.stepSpans[$0.id] } ?? span
      warn(
        .repeatedCondition, place, "a branch above asks for the same: nothing comes here",
        hint: "one of both conditions is not what was meant")
    }
  }

  private mutating func check(_ reply: AutoReply, _ step: Step, _ span: SourceSpan) {
    guard case .milliseconds(let after) = reply.after, case .milliseconds(let once)? = reply.oncePer, once <= after
    else { return }
    warn(
      .onceShorterThanAfter, reader.textSpans["\(step.id)/once_per"] ?? span,
      "'once_per' is no longer than 'after': it holds nothing back", hint: "12h, for instance")
  }

  private mutating func checkButtons(_ rows: [[ButtonTemplate]], _ span: SourceSpan) {
    for button in rows.joined() {
      let count = button.data.parts.reduce(0) { sum, part in
        if case .literal(let literal) = part { return sum + literal.utf8.count }
        return sum
      }
      guard count > Limits.buttonDataBytesMax else { continue }
      warn(
        .buttonDataTooLong, span, "a button's data has \(count) bytes, Telegram takes \(Limits.buttonDataBytesMax)",
        hint: "keep the rest under conversation.state and send a short key")
    }
  }
}

extension StepBody {
  /// The lists of steps that stand inside.
  var lists: [[Step]] {
    switch self {
    case .filter(_, .steps(let steps)): [steps]
    case .route(let branches): branches.map(\.steps)
    case .attempt(let steps, let handler): [steps, handler]
    case .each(let each): [each.steps]
    case .parallel(let branches): branches.map(\.steps)
    default: []
    }
  }
}
