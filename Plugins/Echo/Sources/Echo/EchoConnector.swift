//! One echo connection: shows each promise of `Connector` in its shortest form.

import SwitchboardSDK

struct EchoConnector: Connector {
  let context: ConnectionContext
  let prefix: String

  /// Takes `{"id": …, "chat": …, "text": …}` and answers only when the engine has made it durable.
  func receive(_ request: WebhookRequest) async -> WebhookAnswer {
    guard let body = try? JSON.parse(request.body), let id = body["id"].textValue,
      let chat = body["chat"].textValue, let text = body["text"].textValue
    else { return WebhookAnswer(status: 400, detail: "needs id, chat and text") }
    do throws(IntakeError) {
      try await context.intake.accept([event(id: id, chat: chat, text: text)])
    } catch {
      return WebhookAnswer(status: 503, detail: "not stored: \(error.detail)")
    }
    return WebhookAnswer(status: 200)
  }

  func perform(_ action: Action) async throws(ActionError) -> ActionResult {
    switch action.name {
    case "send": return try await send(action)
    case "shout":
      guard let text = action.arguments["text"].textValue else { throw ActionError(.invalid, "'text' is missing") }
      return ActionResult(remoteIDs: [], value: .text(text.uppercased()))
    default: throw ActionError(.invalid, "unknown action '\(action.name)'")
    }
  }

  private func send(_ action: Action) async throws(ActionError) -> ActionResult {
    guard let message = action.message else { throw ActionError(.invalid, "'send' needs a message") }
    guard message.attachment == nil else { throw ActionError(.unsupported, "echo takes text only") }
    await context.clock.sleep(milliseconds: context.settings["delay"].intValue ?? 0)
    let remoteID = "echo-\(action.idempotencyKey)"
    do throws(IntakeError) {
      try await context.intake.accept([event(id: remoteID, chat: action.chat, text: prefix + message.text)])
    } catch {
      throw ActionError(.transient, "not stored: \(error.detail)")
    }
    return ActionResult(remoteIDs: [remoteID])
  }

  private func event(id: String, chat: String, text: String) -> Event {
    Event(
      externalID: "m:\(id)", kind: .message, chat: Chat(id: chat, kind: .private), sender: Sender(id: "echo"),
      message: Message(id: id, text: text), occurredAt: context.clock.now())
  }
}
