//! Auto-replies: kept as a timer when the customer writes, judged again when it comes due.
import SwitchboardSDK

extension RunMachine {
  /// Decides whether this message starts a timer, and when it is due.
  func schedule(_ reply: AutoReply, step: Step, _ state: inout RunState, in context: inout RunContext) {
    let scope = scope(state, context)
    let text = Self.value(of: reply.text, in: scope).displayText
    guard !text.allSatisfy(\.isWhitespace), let after = Self.milliseconds(reply.after, in: scope) else { return }
    guard !isSated(reply, since: context.receivedAt, scope, in: context) else { return }
    let dueAt = context.receivedAt.adding(milliseconds: max(after, 0))
    // Its guards may read variables; of the blocks around it nothing is left by then.
    var later = RunState(position: state.position, vars: state.isNested ? state.scopeVars : [:])
    later.autoReply = DueAutoReply(text: text, since: context.receivedAt, dueAt: dueAt)
    state.armed[step.id] = dueAt
    context.effects.timers.append(
      TimerRequest(step: step.id, dueAt: dueAt, keepsEarlier: reply.from == .first, state: later))
  }

  /// The timer has come due, perhaps long ago: the guards are asked as of now, in the conversation's own lane.
  func beginAutoReply(_ state: inout RunState, in context: inout RunContext) -> Output {
    guard let due = state.autoReply, let step = step(at: state), case .autoReply(let reply) = step.body else {
      return .finish(outcome: "dead: the auto-reply's step is gone", isDead: true)
    }
    let scope = scope(state, context)
    if reply.unlessOperatorAnswered, let answeredAt = context.conversation.answeredAt, answeredAt >= due.since {
      return .finish(outcome: "auto-reply off: answered", isDead: false)
    }
    if context.isPutOff { return .finish(outcome: "auto-reply off: put off by a later message", isDead: false) }
    if isSated(reply, since: due.dueAt, scope, in: context) {
      return .finish(outcome: "auto-reply off: once per interval", isDead: false)
    }
    if let active = reply.active,
      !active.contains(due.dueAt, utcOffsetSeconds: context.utcOffsetSeconds(due.dueAt))
    {
      return .finish(outcome: "auto-reply off: outside the active hours", isDead: false)
    }
    guard let output = enter(step, &state, in: &context) else {
      return .finish(outcome: "auto-reply off: nothing to say", isDead: false)
    }
    return output
  }

  /// The step whose pending timer, if there is one, puts off this due auto-reply: with `from: last` a message that came
  /// before the reply goes out, though after the timer has fired, counts anew. Nil for all other runs.
  package func stepPuttingOff(_ state: RunState) -> String? {
    guard state.autoReply != nil, state.call == nil, let step = step(at: state), case .autoReply(let reply) = step.body,
      reply.from == .last
    else { return nil }
    return step.id
  }

  /// Whether an auto-reply, or an operator's answer, has been given within `once_per` (requirement T6).
  private func isSated(_ reply: AutoReply, since moment: Timestamp, _ scope: RunScope, in context: RunContext) -> Bool {
    guard let window = reply.oncePer.flatMap({ Self.milliseconds($0, in: scope) }) else { return false }
    var marks = [context.conversation.autoRepliedAt]
    if reply.unlessOperatorAnswered { marks.append(context.conversation.answeredAt) }
    return marks.contains { mark in
      guard let mark else { return false }
      return moment.millisecondsSince(mark) < window
    }
  }

  static func milliseconds(_ source: DurationSource, in scope: some ExpressionScope) -> Int64? {
    switch source {
    case .milliseconds(let milliseconds): return milliseconds
    case .expression(let expression):
      let value = expression.evaluate(in: scope)
      return value.intValue ?? value.textValue.flatMap(DurationText.milliseconds)
    }
  }
}
