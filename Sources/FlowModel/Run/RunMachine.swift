//! Advances a run: decides what comes next and does nothing itself. No I/O, no clock, no await, so that the
//! simulator runs a year of conversations in a second and a crash is only a question about stored state.
package import SwitchboardSDK

package struct RunMachine: Sendable {
  package enum Input: Sendable {
    /// A new run, or one that a timer began.
    case start
    case verdict(Result<RuleDecision, RuleFailure>)
    case delivered(ActionResult)
    case failed(ActionError)
    /// What came of `.keep`.
    case kept(Result<Value, Fault>)
    /// The wait is over, or a person asked for another try, or the engine has started again: the same call once more.
    case again
  }

  package enum Output: Sendable, Hashable {
    /// Ask a rule and come back with `.verdict`. Nothing needs to be committed before.
    case judge(RuleCall)
    /// Commit state and effects with this call as `sending`, make the call, come back.
    case perform(OutgoingCall)
    /// Look the value up and come back with `.kept`; a change is committed with the state that follows.
    case keep(StateRequest)
    /// Commit, and come back with `.again` at that time; the lane waits.
    case wait(until: Timestamp, reason: String)
    /// Commit; the lane waits for a person.
    case park(reason: String)
    case finish(outcome: String, isDead: Bool)
    /// The run goes on in these branches: `advance` each on `.again`, and then on what becomes of its outputs, side by
    /// side.
    case fork([BranchPath])
    /// The branch has come to its end while others go on: there is nothing to do for it.
    case rest
  }

  /// What comes next, and for which branch: the end of a branch may be the turn of what is around it.
  package struct Advance: Sendable, Hashable {
    package var branch: BranchPath
    package var output: Output

    package init(branch: BranchPath, output: Output) {
      self.branch = branch
      self.output = output
    }
  }

  package let program: Program

  package init(program: Program) { self.program = program }

  /// Advances the run itself, or one of its branches.
  package func advance(
    _ state: inout RunState, on input: Input, of branch: BranchPath, in context: inout RunContext
  ) -> Advance {
    guard state.focus(on: branch) else { return Advance(branch: branch, output: .rest) }
    defer { state.focusOut() }
    let output = advance(&state, on: input, in: &context)
    return Advance(branch: state.path, output: output)
  }

  package func advance(_ state: inout RunState, on input: Input, in context: inout RunContext) -> Output {
    switch input {
    case .start:
      if context.event.isEcho { return answeredElsewhere(in: &context) }
      // A timer's event is an old one: what it told may be out of date.
      if state.autoReply != nil { return beginAutoReply(&state, in: &context) }
      if state.wait != nil { return goOn(&state, in: &context) }
      noteFacts(in: &context)
      return run(&state, in: &context)
    case .verdict(.success(let decision)): return judged(decision, &state, in: &context)
    case .verdict(.failure(let failure)):
      return failed(
        StepFailure(code: "rule", text: Self.describe(failure), isRetryable: true), step: step(at: state), &state,
        in: &context)
    case .delivered(let result): return delivered(result, &state, in: &context)
    case .failed(let error): return failed(error, &state, in: &context)
    case .kept(let answer): return kept(answer, &state, in: &context)
    case .again:
      if state.isNested, let output = overdue(&state, in: &context) { return output }
      if state.call != nil { return currentCall(&state, in: &context) }
      if state.strand.branches != nil { return resumeBranches(&state, in: &context) }
      return run(&state, in: &context)
    }
  }

  /// The flow's own dedup key for this event, or nil when it asks for none.
  package func deduplicationKey(state: RunState, context: RunContext) -> String? {
    guard let key = program.flow.deduplication.key, state.autoReply == nil, state.waits == 0 else { return nil }
    return key.evaluate(in: scope(state, context)).displayText
  }

  func step(at state: RunState) -> Step? {
    guard program.instructions.indices.contains(state.position),
      case .perform(let step) = program.instructions[state.position]
    else { return nil }
    return step
  }

  func scope(_ state: RunState, _ context: RunContext) -> RunScope {
    RunScope(context: context, state: state, program: program)
  }

  /// Walks on from the current instruction until something must be asked, called or waited for.
  func run(_ state: inout RunState, in context: inout RunContext) -> Output {
    for _ in 0..<Limits.instructionsPerAdvanceMax {
      guard program.instructions.indices.contains(state.position) else {
        return end(
          .dead("stands at step \(state.position), which version \(program.flow.version) lacks"), &state, in: &context)
      }
      switch program.instructions[state.position] {
      case .jump(let target): state.position = target
      case .jumpUnless(let expression, let target):
        state.position = expression.evaluate(in: scope(state, context)).isTruthy ? state.position + 1 : target
      case .drop(let reason): return end(.dropped(reason), &state, in: &context)
      case .stop:
        guard returnFromFlow(&state, in: &context) else { return end(.stopped, &state, in: &context) }
      case .perform(let step):
        if state.isNested, let output = count(step, &state, in: &context) { return output }
        if let output = begin(step, &state, in: &context) { return output }
        state.position += 1
      case .enter(let block):
        if let output = enter(block, &state, in: &context) { return output }
      case .leave:
        if let output = leave(&state, in: &context) { return output }
      case .endBranch: return end(.done, &state, in: &context)
      }
    }
    return end(.dead("over \(Limits.instructionsPerAdvanceMax) instructions"), &state, in: &context)
  }

  /// Nil when the step is done at once.
  private func begin(_ step: Step, _ state: inout RunState, in context: inout RunContext) -> Output? {
    switch step.body {
    case .rule(let name): return .judge(ruleCall(name, step: step, state, in: context))
    case .set(let assignments):
      for assignment in assignments { assign(assignment, &state, in: &context) }
      return nil
    case .autoReply(let reply):
      schedule(reply, step: step, &state, in: &context)
      return nil
    case .fail(let failing):
      let text = Self.value(of: failing.text, in: scope(state, context)).displayText
      return failed(
        StepFailure(code: failing.code, text: text, isRetryable: false), step: step, &state, in: &context)
    case .state(let access): return ask(access, step, &state, in: &context)
    case .relay, .reply, .send, .call:
      return enter(step, &state, in: &context)
    case .wait(let wait): return begin(wait, step, &state, in: &context)
    case .emit(let emit): return begin(emit, step, &state, in: &context)
    case .filter, .route, .drop, .stop, .attempt, .each, .parallel, .flow: return nil  // laid out by `Program`
    }
  }

  private func judged(_ decision: RuleDecision, _ state: inout RunState, in context: inout RunContext) -> Output {
    if let step = step(at: state) { state.setResult(step.id, decision.value) }
    if let kept = decision.state {
      context.conversation.state = kept
      context.effects.state = kept
    }
    state.attempt = 0
    state.position += 1
    return run(&state, in: &context)
  }

  private func assign(_ assignment: Assignment, _ state: inout RunState, in context: inout RunContext) {
    let value = assignment.value.evaluate(in: scope(state, context))
    if assignment.path.first == "vars", assignment.path.count == 2 {
      state.setVariable(assignment.path[1], value)
    } else if assignment.path.count == 3, assignment.path[0] == "conversation", assignment.path[1] == "state" {
      var members = context.conversation.state.mapValue ?? [:]
      members[assignment.path[2]] = value.isNull ? nil : value
      context.conversation.state = .map(members)
      context.effects.state = .map(members)
    }
  }

  private func ruleCall(_ name: String, step: Step, _ state: RunState, in context: RunContext) -> RuleCall {
    let event = context.event
    let conversation = context.conversation
    return RuleCall(
      project: program.flow.project, rule: name,
      message: [
        "id": .text(event.message?.id ?? ""), "text": .text(event.message?.text ?? ""), "from": .text(context.label),
        "kind": .text(event.kind.rawValue), "sender": event.sender.value, "chat": event.chat.value,
        "attachments": .list((event.message?.attachments ?? []).map(\.value)),
        "reply_to": event.message?.replyTo.map(Value.text) ?? .null, "channel": .text(context.connection),
        "callback": event.callback?.value ?? .null,
      ],
      conversation: [
        "key": .text(conversation.key), "name": .text(conversation.name), "item": conversation.facts["item"],
        "state": conversation.state, "is_answered": .bool(conversation.answeredAt != nil),
      ],
      now: context.receivedAt, utcOffsetSeconds: context.utcOffsetSeconds(context.receivedAt),
      seed: UInt64(bitPattern: context.run), settings: context.settings,
      timeoutMilliseconds: timeLeft(step, state, in: context))
  }

  /// Keeps what the event tells about the conversation: the customer's name and the listing.
  private func noteFacts(in context: inout RunContext) {
    guard context.isFromOrigin, !context.event.isEcho else { return }
    let told = context.event.facts
    let name = told["name"].textValue ?? context.event.sender.name
    if !name.isEmpty, name != context.conversation.name {
      context.conversation.name = name
      context.effects.name = name
    }
    guard case .map(var members) = told else { return }
    members["name"] = nil
    let merged = (context.conversation.facts.mapValue ?? [:]).merging(members) { known, new in new.isNull ? known : new
    }
    if Value.map(merged) != context.conversation.facts, !merged.isEmpty {
      context.conversation.facts = .map(merged)
      context.effects.facts = .map(merged)
    }
  }

  /// The account's owner has answered in the channel's own app: that is an answer as good as any.
  private func answeredElsewhere(in context: inout RunContext) -> Output {
    context.conversation.answeredAt = context.now
    context.effects.answeredAt = context.now
    return .finish(outcome: "answered in the channel's own app", isDead: false)
  }

  private static func describe(_ failure: RuleFailure) -> String {
    let line = failure.line.map { ":\($0)" } ?? ""
    return "rule \(failure.rule)\(line): \(failure.code.rawValue): \(failure.detail)"
  }
}

/// A call on its way out: what the ledger notes and the connector is asked.
package struct OutgoingCall: Sendable, Hashable {
  package var connection: String
  package var action: Action
  package var step: String
  /// Names the ledger's entry within the run.
  package var sequence: Int
  /// From 1. Over 1, the ledger's entry exists and begins anew.
  package var attempt: Int
  package var timeoutMilliseconds: Int64?

  package init(
    connection: String, action: Action, step: String, sequence: Int, attempt: Int, timeoutMilliseconds: Int64?
  ) {
    self.connection = connection
    self.action = action
    self.step = step
    self.sequence = sequence
    self.attempt = attempt
    self.timeoutMilliseconds = timeoutMilliseconds
  }
}
