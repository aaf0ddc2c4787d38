//! Where each step's message goes, and what it says.
import SwitchboardSDK

/// A step that cannot go on as it stands.
struct StepFailure: Error {
  /// What `error.code` says in a `catch`.
  var code = "invalid"
  var text: String
  /// Whether waiting may mend it.
  var isRetryable: Bool
  /// The channel said how long to wait.
  var retryAfterMilliseconds: Int64?
  /// The event was never meant to go this way: the run ends, nothing is parked.
  var drops = false
}

extension RunMachine {
  func plan(_ step: Step, _ state: RunState, in context: RunContext) -> Result<DeliveryPlan, StepFailure> {
    let scope = scope(state, context)
    let event = context.event
    switch step.body {
    case .relay(let relay):
      return target(relay.target, scope, in: context).map { place in
        var plan = place
        let prefix = relay.prefix?.rendered(in: scope) ?? ""
        let text = [prefix, event.message?.text ?? ""].filter { !$0.isEmpty }.joined(separator: "\n")
        let hasContent = !(event.message?.text ?? "").isEmpty || !(event.message?.attachments ?? []).isEmpty
        plan.relay = relay
        plan.parts =
          hasContent
          ? MessageParts.cut(
            text: text, attachments: event.message?.attachments ?? [], for: capabilities(plan.connection, context),
            tellsSender: plan.reachesOrigin) : []
        return plan
      }
    case .send(let send):
      return target(send.target, scope, in: context).map { place in
        var plan = place
        plan.parts = parts(send.outgoing, scope, for: plan.connection, in: context)
        return plan
      }
    case .reply(let outgoing):
      return .success(
        DeliveryPlan(
          connection: context.connection, chat: event.chat.id, thread: event.thread,
          parts: parts(outgoing, scope, for: context.connection, in: context), reachesOrigin: context.isFromOrigin))
    case .call(let call):
      let chat = call.chat?.evaluate(in: scope).displayText
      let arguments = call.arguments.mapValues { Self.value(of: $0, in: scope) }
      return .success(
        DeliveryPlan(
          connection: call.connection, chat: chat ?? event.chat.id, thread: chat == nil ? event.thread : nil, parts: [],
          action: (call.action, .map(arguments)), reachesOrigin: false))
    case .autoReply:
      let origin = context.conversation
      let text = state.autoReply?.text ?? ""
      let pieces = MessageParts.cut(
        text: text, attachments: [], for: capabilities(origin.connection, context), tellsSender: false)
      return .success(
        DeliveryPlan(connection: origin.connection, chat: origin.chat, thread: nil, parts: pieces, reachesOrigin: true))
    case .filter, .rule, .route, .set, .wait, .emit, .state, .drop, .stop, .fail, .attempt, .each, .parallel, .flow:
      return .failure(StepFailure(text: "step \(step.id) sends nothing", isRetryable: false))
    }
  }

  private func target(_ target: Relay.Target, _ scope: RunScope, in context: RunContext) -> Result<
    DeliveryPlan, StepFailure
  > {
    let conversation = context.conversation
    switch target {
    case .origin:
      // A message of the chat itself sent back into it is a loop, or an operator outside any conversation's thread.
      guard !context.isFromOrigin else {
        return .failure(StepFailure(text: "not in a conversation's thread", isRetryable: false, drops: true))
      }
      return .success(
        DeliveryPlan(
          connection: conversation.connection, chat: conversation.chat, thread: nil, parts: [], reachesOrigin: true))
    case .thread(let connection):
      let place = conversation.threads[connection]
      guard let chat = place?.chat ?? context.places[connection]?.groupChat else {
        return .failure(
          StepFailure(text: "connection '\(connection)' has no group to open threads in", isRetryable: false))
      }
      return .success(
        DeliveryPlan(
          connection: connection, chat: chat, thread: place?.thread, parts: [], opensThread: true, reachesOrigin: false)
      )
    case .chat(let connection, let chat):
      let id = chat.rendered(in: scope)
      guard !id.isEmpty else { return .failure(StepFailure(text: "the chat to send to is empty", isRetryable: false)) }
      let isOrigin = connection == conversation.connection && id == conversation.chat
      return .success(
        DeliveryPlan(connection: connection, chat: id, thread: nil, parts: [], reachesOrigin: isOrigin))
    }
  }

  private func parts(
    _ outgoing: Outgoing, _ scope: RunScope, for connection: String, in context: RunContext
  ) -> [MessagePart] {
    let buttons = outgoing.buttons.map { row in
      row.map { Button(text: $0.text.rendered(in: scope), data: $0.data.rendered(in: scope)) }
    }
    return MessageParts.cut(
      text: Self.value(of: outgoing.text, in: scope).displayText, attachments: [], buttons: buttons,
      for: capabilities(connection, context), tellsSender: false)
  }

  func capabilities(_ connection: String, _ context: RunContext) -> ConnectorCapabilities {
    context.places[connection]?.capabilities ?? ConnectorCapabilities(textScalarsMax: 1_000)
  }

  static func value(of source: TextSource, in scope: some ExpressionScope) -> Value {
    switch source {
    case .template(let template): .text(template.rendered(in: scope))
    case .expression(let expression): expression.evaluate(in: scope)
    }
  }
}
