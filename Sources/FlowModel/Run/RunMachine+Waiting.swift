//! `wait` and `emit`: a run that goes on later, and events inside the project.
package import SwitchboardSDK

extension RunMachine {
  /// Nil when the time is already over.
  func begin(_ wait: Wait, _ step: Step, _ state: inout RunState, in context: inout RunContext) -> Output? {
    // The other branches could not go on meanwhile. Flows are checked for it; a sub-flow may come in from elsewhere.
    guard state.outer.isEmpty else {
      return failed(
        StepFailure(text: "wait: a branch of 'parallel' cannot wait", isRetryable: false), step: step, &state,
        in: &context)
    }
    let scope = scope(state, context)
    var dueAt: Timestamp
    var source: AwaitedEvent.Source?
    switch wait {
    case .duration(let duration):
      guard let moment = Self.moment(after: duration, scope, in: context) else {
        return failed(Self.noDuration, step: step, &state, in: &context)
      }
      dueAt = moment
    case .event(let event):
      guard let moment = Self.moment(after: event.timeout, scope, in: context) else {
        return failed(Self.noDuration, step: step, &state, in: &context)
      }
      dueAt = moment
      source = event.source
    case .until(let text):
      let written = Self.value(of: text, in: scope).displayText
      guard let moment = CivilTime.moment(written: written, after: context.now, context.utcOffsetSeconds) else {
        return failed(
          StepFailure(text: "wait: '\(written.prefix(40))' is no time", isRetryable: false), step: step, &state,
          in: &context)
      }
      dueAt = moment
    }
    guard dueAt.millisecondsSince(context.now) <= Limits.waitMillisecondsMax else {
      return failed(
        StepFailure(text: "wait: \(dueAt) is too far away", isRetryable: false), step: step, &state, in: &context)
    }
    // A block around it may have less time.
    if let deadline = state.deadline { dueAt = min(dueAt, deadline) }
    if source == nil, dueAt <= context.now { return nil }
    var later = state
    later.wait = PendingWait(since: context.now, awaitsEvent: source != nil)
    later.waits += 1
    // Calls and armed auto-replies belong to the run that made them.
    later.sequence = 0
    later.attempt = 0
    later.armed = [:]
    context.effects.wait = WaitRequest(step: step.id, dueAt: dueAt, source: source, state: later)
    state.armed[step.id] = dueAt
    let what = source == nil ? "waits" : "waits for an event"
    return .finish(outcome: "\(what) at step '\(step.id)' until \(dueAt)", isDead: false)
  }

  private static let noDuration = StepFailure(text: "wait: the time to wait is no duration", isRetryable: false)

  private static func moment(after duration: DurationSource, _ scope: RunScope, in context: RunContext) -> Timestamp? {
    guard let milliseconds = milliseconds(duration, in: scope), milliseconds >= 0 else { return nil }
    return context.now.adding(milliseconds: milliseconds)
  }

  /// The wait is over: the run goes on behind its step, with what came as the step's result.
  func goOn(_ state: inout RunState, in context: inout RunContext) -> Output {
    guard let wait = state.wait, let step = step(at: state), case .wait = step.body else {
      return .finish(outcome: "dead: the step that it waited at is gone", isDead: true)
    }
    if step.isNamed {
      var members = wait.event?.mapValue ?? [:]
      members["timed_out"] = .bool(wait.awaitsEvent && wait.event == nil)
      members["waited"] = .int(max(0, context.now.millisecondsSince(wait.since)))
      state.setResult(step.id, .map(members))
    }
    state.wait = nil
    state.position += 1
    return run(&state, in: &context)
  }

  /// Whether an event is what a waiting run waits for, and the state with which it goes on. Nil: it waits on.
  /// `context` is the waiting run's, but for the event that has come.
  package func woken(_ state: RunState, by event: Int64, in context: RunContext) -> RunState? {
    guard let wait = state.wait, wait.awaitsEvent, wait.event == nil, event > state.wokenBy,
      let step = step(at: state), case .wait(.event(let awaited)) = step.body,
      awaited.source.fits(context.event, connection: context.connection)
    else { return nil }
    if let condition = awaited.condition, !condition.evaluate(in: scope(state, context)).isTruthy { return nil }
    var woken = state
    woken.wokenBy = event
    woken.wait?.event = Self.told(context.event, connection: context.connection)
    return woken
  }

  /// What a run reads of the event that it has waited for.
  private static func told(_ event: Event, connection: String) -> Value {
    var members: [String: Value] = [
      "kind": .text(event.kind.rawValue), "connection": .text(connection), "external_id": .text(event.externalID),
      "sender": event.sender.value, "chat": event.chat.value, "occurred_at": .text(event.occurredAt.description),
    ]
    members["message"] = event.message?.value
    if let callback = event.callback { members["callback"] = ["id": .text(callback.id), "data": .text(callback.data)] }
    for (name, value) in event.details.mapValue ?? [:] where name == "topic" || name == "data" { members[name] = value }
    if !members.keys.contains("topic"), !event.details.isNull { members["details"] = event.details }
    return .map(members)
  }

  /// Nil: emitted, with the next commit.
  func begin(_ emit: Emit, _ step: Step, _ state: inout RunState, in context: inout RunContext) -> Output? {
    let scope = scope(state, context)
    let depth = context.emissionDepth + 1
    guard depth <= Limits.emitDepthMax else {
      return failed(
        StepFailure(
          text: "emit: '\(emit.topic)' would be event \(depth) in a row, each started by the one before: a circle",
          isRetryable: false), step: step, &state, in: &context)
    }
    let data = Value.map(emit.data.mapValues { $0.evaluate(in: scope) })
    let size = JSON.bytes(data).count
    guard size <= Limits.emittedBytesMax else {
      return failed(
        StepFailure(text: "emit: \(size) bytes of data, at most \(Limits.emittedBytesMax)", isRetryable: false),
        step: step, &state, in: &context)
    }
    state.emitted += 1
    context.effects.emissions.append(
      Emission(
        topic: emit.topic, data: data, depth: depth, flow: program.flow.name, run: context.run, number: state.emitted))
    return nil
  }
}

extension Event {
  /// The connection that events of the project's own come by.
  package static let emittedConnection = "@event"

  /// What listeners are told of an emission, in the conversation of the run that emitted it.
  package init(_ emission: Emission, chat: String, at moment: Timestamp) {
    self.init(
      externalID: "emit:\(emission.run):\(emission.number)", kind: .service,
      chat: Chat(id: chat, kind: .private), sender: Sender(id: "flow:\(emission.flow)"),
      details: [
        "topic": .text(emission.topic), "data": emission.data, "depth": .int(Int64(emission.depth)),
        "flow": .text(emission.flow),
      ], occurredAt: moment)
  }
}

extension RunContext {
  /// A channel's own details say nothing about it.
  fileprivate var emissionDepth: Int {
    guard connection == Event.emittedConnection else { return 0 }
    return event.details["depth"].intValue.flatMap { Int(exactly: $0) } ?? 0
  }
}

extension AwaitedEvent.Source {
  func fits(_ event: Event, connection: String) -> Bool {
    switch self {
    case .topic(let name):
      return connection == Event.emittedConnection && event.details["topic"].textValue == name
    case .connection(let awaited, let kinds, let topic, _):
      guard connection == awaited else { return false }
      if let topic { return event.details["topic"].textValue == topic }
      return kinds.isEmpty ? event.kind == .message : kinds.contains(event.kind)
    }
  }

  /// Names what is waited for, within a project: the beginning of its timers' keys.
  package func place(conversation: String) -> String {
    switch self {
    case .topic(let name): "event:\(name):"
    case .connection(let name, _, _, isAnywhere: true): "on:\(name):"
    case .connection(let name, _, _, isAnywhere: false): "in:\(name):\(conversation):"
    }
  }

  /// The same without the conversation: what the intake asks of every event.
  package var sort: String {
    switch self {
    case .topic(let name): "event:\(name)"
    case .connection(let name, _, _, let isAnywhere): isAnywhere ? "on:\(name)" : "in:\(name)"
    }
  }
}
