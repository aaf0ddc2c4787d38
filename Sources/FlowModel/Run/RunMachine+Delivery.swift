//! Steps that call the outside: thread, introduction, pin, parts of the message, notices, one call at a time.
import SwitchboardSDK

/// Where a step's parts go and what they are, worked out anew whenever it is needed: nothing of it is stored.
struct DeliveryPlan {
  var connection: String
  var chat: String
  var thread: String?
  var parts: [MessagePart]
  /// For a relay or send into the conversation's thread.
  var opensThread = false
  var relay: Relay?
  /// For `call`.
  var action: (name: String, arguments: Value)?
  /// Reaches the customer's own chat.
  var reachesOrigin: Bool
  /// Nil takes the connection's.
  var unknownPolicy: ConnectionFacts.UnknownPolicy?
}

extension RunMachine {
  /// Begins a step's first call. Nil when there is nothing to send.
  func enter(_ step: Step, _ state: inout RunState, in context: inout RunContext) -> Output? {
    let plan: DeliveryPlan
    switch self.plan(step, state, in: context) {
    case .success(let made): plan = made
    case .failure(let failure): return failed(failure, step: step, &state, in: &context)
    }
    guard plan.action != nil || !plan.parts.isEmpty else { return nil }
    let needsThread = plan.opensThread && plan.thread == nil
    state.attempt = 0
    state.beginCall(needsThread ? .open : .part(0))
    return call(plan, step, &state, in: &context)
  }

  /// The call that the state says is under way.
  func currentCall(_ state: inout RunState, in context: inout RunContext) -> Output {
    guard let step = step(at: state), state.call != nil else { return run(&state, in: &context) }
    switch self.plan(step, state, in: context) {
    case .success(let plan): return call(plan, step, &state, in: &context)
    case .failure(let failure): return failed(failure, step: step, &state, in: &context)
    }
  }

  private func call(
    _ plan: DeliveryPlan, _ step: Step, _ state: inout RunState, in context: inout RunContext
  ) -> Output {
    guard let progress = state.call else { return run(&state, in: &context) }
    guard let call = makeCall(progress.phase, plan, key: "run-\(context.run)-\(progress.sequence)", state, in: context)
    else {
      // The message has fewer parts than before (its flow was adopted by a new version): the rest is done.
      return completed(step, plan, ActionResult(remoteIDs: []), &state, in: &context)
    }
    state.call?.begun += 1
    return .perform(
      OutgoingCall(
        connection: call.connection, action: call.action, step: step.id, sequence: progress.sequence,
        attempt: progress.begun + 1, timeoutMilliseconds: timeLeft(step, state, in: context)))
  }

  private func makeCall(
    _ phase: CallProgress.Phase, _ plan: DeliveryPlan, key: String, _ state: RunState, in context: RunContext
  ) -> (connection: String, action: Action)? {
    let scope = scope(state, context)
    func send(_ message: OutgoingMessage) -> (String, Action) {
      (
        plan.connection,
        Action(name: "send", idempotencyKey: key, chat: plan.chat, thread: plan.thread, message: message)
      )
    }
    switch phase {
    case .open:
      let title = plan.relay?.title?.rendered(in: scope) ?? ""
      let fallback = context.conversation.name.isEmpty ? context.conversation.chat : context.conversation.name
      let arguments: Value = ["title": .text(title.allSatisfy(\.isWhitespace) ? fallback : title)]
      return (
        plan.connection, Action(name: "open_thread", idempotencyKey: key, chat: plan.chat, arguments: arguments)
      )
    case .intro: return send(OutgoingMessage(text: plan.relay?.intro?.rendered(in: scope) ?? ""))
    case .pin(let messageID):
      let arguments: Value = ["message_id": .text(messageID)]
      return (
        plan.connection,
        Action(name: "pin", idempotencyKey: key, chat: plan.chat, thread: plan.thread, arguments: arguments)
      )
    case .part(let index):
      if let action = plan.action, index == 0 {
        return (
          plan.connection,
          Action(
            name: action.name, idempotencyKey: key, chat: plan.chat, thread: plan.thread, arguments: action.arguments)
        )
      }
      guard plan.parts.indices.contains(index) else { return nil }
      switch plan.parts[index] {
      case .message(let message): return send(message)
      case .notice(let text): return notice(text, key: key, in: context)
      }
    case .notice(let text, _): return notice(text, key: key, in: context)
    }
  }

  private func notice(_ text: String, key: String, in context: RunContext) -> (String, Action) {
    let message = OutgoingMessage(text: text)
    return (
      context.connection,
      Action(
        name: "send", idempotencyKey: key, chat: context.event.chat.id, thread: context.event.thread, message: message)
    )
  }

  /// The call under way has succeeded.
  func delivered(_ result: ActionResult, _ state: inout RunState, in context: inout RunContext) -> Output {
    guard let step = step(at: state), var progress = state.call,
      case .success(let plan) = plan(step, state, in: context)
    else { return run(&state, in: &context) }
    switch progress.phase {
    case .open:
      guard let thread = result.remoteIDs.first else {
        return failed(ActionError(.invalid, "open_thread gave no thread id"), &state, in: &context)
      }
      let place = ThreadPlace(chat: plan.chat, thread: thread)
      context.conversation.threads[plan.connection] = place
      context.effects.boundThreads[plan.connection] = place
      context.effects.unboundThreads.remove(plan.connection)
      let intro = plan.relay?.intro?.rendered(in: scope(state, context)) ?? ""
      progress.phase = intro.allSatisfy(\.isWhitespace) ? .part(0) : .intro
    case .intro: progress.phase = result.remoteIDs.first.map { .pin(messageID: $0) } ?? .part(0)
    case .pin: progress.phase = .part(0)
    case .part(let index):
      let partsCount = max(plan.parts.count, plan.action == nil ? 0 : 1)
      guard index + 1 < partsCount else { return completed(step, plan, result, &state, in: &context) }
      progress.phase = .part(index + 1)
    case .notice(_, .part(let index)):
      guard index < plan.parts.count else { return completed(step, plan, result, &state, in: &context) }
      progress.phase = .part(index)
    case .notice(_, .giveUp(let reason, let index)):
      // Whoever retries the run means the message, not the notice.
      state.attempt = 0
      state.beginCall(.part(index))
      return end(.dead(reason), &state, in: &context)
    }
    return nextCall(progress, &state, in: &context)
  }

  /// Goes on to another call of the same step: a new entry in the ledger, attempts counted anew.
  func nextCall(_ progress: CallProgress, _ state: inout RunState, in context: inout RunContext) -> Output {
    state.attempt = 0
    state.beginCall(progress.phase, reopenings: progress.reopenings)
    return currentCall(&state, in: &context)
  }

  private func completed(
    _ step: Step, _ plan: DeliveryPlan, _ result: ActionResult, _ state: inout RunState, in context: inout RunContext
  ) -> Output {
    if step.isNamed {
      var members = result.value.mapValue ?? ["value": result.value]
      members["message_id"] = result.remoteIDs.first.map(Value.text)
      state.setResult(step.id, .map(members))
    }
    state.call = nil
    state.attempt = 0
    if state.autoReply != nil {
      context.conversation.autoRepliedAt = context.now
      context.effects.autoRepliedAt = context.now
      // It answers everything that stands before it, also what has been armed since its own timer fired.
      context.effects.cancelledAutoReplies.insert(step.id)
      return .finish(outcome: "auto-replied", isDead: false)
    }
    if plan.reachesOrigin, !context.isFromOrigin { noteAnswer(in: &context) }
    state.position += 1
    return run(&state, in: &context)
  }

  /// Somebody other than the customer has answered: pending auto-replies that an answer cancels are off.
  private func noteAnswer(in context: inout RunContext) {
    context.conversation.answeredAt = context.now
    context.effects.answeredAt = context.now
    for (step, position) in program.autoReplies {
      guard case .perform(let autoStep) = program.instructions[position],
        case .autoReply(let reply) = autoStep.body, reply.unlessOperatorAnswered
      else { continue }
      context.effects.cancelledAutoReplies.insert(step)
    }
  }
}
