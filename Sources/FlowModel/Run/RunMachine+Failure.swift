//! What follows a failure: another try, a new thread, a word to the sender, a person, or the end.
import SwitchboardSDK

extension RunMachine {
  /// The call under way has failed.
  func failed(_ error: ActionError, _ state: inout RunState, in context: inout RunContext) -> Output {
    guard let step = step(at: state), var progress = state.call else { return run(&state, in: &context) }
    switch error.code {
    case .threadGone:
      // A notice goes where the event came from: if that thread is gone, nobody is left to read it.
      if isNotice(progress.phase, step, state, in: context) { break }
      return reopen(step, error, &state, in: &context)
    case .migrated:
      if let chat = error.newChat { return moved(to: chat, &state, in: &context) }
    case .unsupported:
      // The target refused this very content: the sender hears of it, the rest goes on.
      if case .part(let index) = progress.phase, tellsSender(step, state, in: context) {
        progress.phase = .notice("⚠️ Не доставлено: \(error.detail)", then: .part(index + 1))
        return nextCall(progress, &state, in: &context)
      }
    case .unknown:
      // A pin or a notice twice does no harm: nobody need look at it.
      if !isSideWork(progress.phase, step, state, in: context), policy(of: state, in: context) == .hold {
        return end(
          .parked("outcome unknown, held by the connection's policy: \(error.detail)"), &state, in: &context)
      }
    case .transient, .rateLimited, .recipientGone, .unauthorized, .invalid: break
    @unknown default: break
    }
    if isSideWork(progress.phase, step, state, in: context), !Self.isRetryable(error.code) {
      // A pin or notice that can never succeed must not hold back the message itself.
      return delivered(ActionResult(remoteIDs: []), &state, in: &context)
    }
    return failed(
      StepFailure(
        code: error.code.rawValue, text: "\(error.code.rawValue): \(error.detail)",
        isRetryable: Self.isRetryable(error.code),
        retryAfterMilliseconds: error.code == .rateLimited ? max(error.retryAfterMilliseconds ?? 1_000, 1) : nil,
        notBeforeMilliseconds: error.retryAfterMilliseconds),
      step: step, &state, in: &context)
  }

  /// The step has failed: retry by its policy, or what comes after the last try.
  func failed(_ failure: StepFailure, step: Step?, _ state: inout RunState, in context: inout RunContext) -> Output {
    if failure.drops { return end(.dropped(failure.text), &state, in: &context) }
    if state.isNested, let output = overdue(&state, in: &context) { return output }
    let policy = step?.onError ?? program.flow(at: state.position).onError
    if let milliseconds = failure.retryAfterMilliseconds {
      // The channel told us when: that is no failed attempt.
      return wait(until: context.now.adding(milliseconds: milliseconds), failure.text, state)
    }
    state.attempt += 1
    if failure.isRetryable,
      let delay = policy.retry.delayMilliseconds(afterAttempt: state.attempt, random: context.random())
    {
      let pause = max(delay, failure.notBeforeMilliseconds ?? 0)
      return wait(until: context.now.adding(milliseconds: pause), failure.text, state)
    }
    let fault = Fault(code: failure.code, text: failure.text, step: step?.id ?? "")
    if step?.onError?.last == .skip { return skip(step, fault, &state, in: &context) }
    if state.isNested, let output = handled(fault, &state, in: &context) { return output }
    if let step, var progress = state.call, !failure.isRetryable, tellsSender(step, state, in: context),
      case .part(let index) = progress.phase
    {
      progress.phase = .notice(
        "⚠️ Не доставлено клиенту: \(failure.text)", then: .giveUp(failure.text, part: index))
      return nextCall(progress, &state, in: &context)
    }
    switch step?.onError?.last ?? outerPolicy(state) ?? policy.last {
    case .park: return end(.parked(failure.text), &state, in: &context)
    case .deadLetter: return end(.dead(failure.text), &state, in: &context)
    case .skip: return skip(step, fault, &state, in: &context)
    }
  }

  /// The step counts as done.
  private func skip(_ step: Step?, _ fault: Fault, _ state: inout RunState, in context: inout RunContext) -> Output {
    if let step, step.isNamed { state.setResult(step.id, ["error": .text(fault.text)]) }
    state.call = nil
    state.attempt = 0
    if state.autoReply != nil { return .finish(outcome: "skipped: \(fault.text)", isDead: false) }
    state.position += 1
    return run(&state, in: &context)
  }

  /// The thread was deleted by hand: a new one with its introduction, and the message again from its first part
  /// (requirement T8).
  private func reopen(_ step: Step, _ error: ActionError, _ state: inout RunState, in context: inout RunContext)
    -> Output
  {
    guard case .success(let plan) = plan(step, state, in: context), plan.opensThread, var progress = state.call,
      progress.reopenings < 3
    else {
      return failed(
        StepFailure(code: error.code.rawValue, text: "threadGone: \(error.detail)", isRetryable: false), step: step,
        &state, in: &context)
    }
    context.conversation.threads[plan.connection] = nil
    context.effects.unboundThreads.insert(plan.connection)
    context.effects.boundThreads[plan.connection] = nil
    progress.phase = .open
    progress.reopenings += 1
    return nextCall(progress, &state, in: &context)
  }

  /// A group became a supergroup: its threads are reached under the new id (channels.md §1.9).
  private func moved(to chat: String, _ state: inout RunState, in context: inout RunContext) -> Output {
    guard let step = step(at: state), case .success(let plan) = plan(step, state, in: context), plan.chat != chat,
      var progress = state.call, progress.reopenings < 3
    else {
      return end(.parked("the chat has moved to \(chat): set it as the connection's group"), &state, in: &context)
    }
    progress.reopenings += 1
    guard let place = context.conversation.threads[plan.connection] else {
      return end(
        .parked("the group has moved to \(chat): set it as the group of '\(plan.connection)'"), &state, in: &context)
    }
    let there = ThreadPlace(chat: chat, thread: place.thread)
    context.conversation.threads[plan.connection] = there
    context.effects.boundThreads[plan.connection] = there
    return nextCall(progress, &state, in: &context)
  }

  /// Whether the event's sender is an operator whose words are on their way to the customer.
  private func tellsSender(_ step: Step, _ state: RunState, in context: RunContext) -> Bool {
    guard case .success(let plan) = plan(step, state, in: context) else { return false }
    return plan.reachesOrigin && !context.isFromOrigin && state.autoReply == nil
  }

  private func policy(of state: RunState, in context: RunContext) -> ConnectionFacts.UnknownPolicy {
    guard let step = step(at: state), case .success(let plan) = plan(step, state, in: context) else { return .hold }
    return plan.unknownPolicy ?? context.places[plan.connection]?.unknownPolicy ?? .resend
  }

  private func isSideWork(
    _ phase: CallProgress.Phase, _ step: Step, _ state: RunState, in context: RunContext
  ) -> Bool {
    if case .pin = phase { return true }
    return isNotice(phase, step, state, in: context)
  }

  /// A word to the sender about what could not be carried over.
  private func isNotice(_ phase: CallProgress.Phase, _ step: Step, _ state: RunState, in context: RunContext) -> Bool {
    switch phase {
    case .notice: return true
    case .open, .intro, .pin: return false
    case .part(let index):
      guard case .success(let plan) = plan(step, state, in: context), plan.parts.indices.contains(index),
        case .notice = plan.parts[index]
      else { return false }
      return true
    }
  }

  private static func isRetryable(_ code: ActionError.Code) -> Bool {
    switch code {
    case .transient, .rateLimited, .unknown, .unauthorized: true
    case .threadGone, .recipientGone, .migrated, .unsupported, .invalid: false
    @unknown default: true
    }
  }
}
