//! Avito's webhook v3. It wants its 200 within two seconds and promises no repetition, so the message is made durable
//! first; reading marks and everything else come after the answer.

internal import SwitchboardSDK

struct WebhookReceiver: Sendable {
  let context: ConnectionContext
  let api: AvitoAPI
  let directory: ChatDirectory
  let readQueue: ReadQueue

  func receive(_ request: WebhookRequest) async -> WebhookAnswer {
    guard let body = try? JSON.parse(request.body) else {
      return WebhookAnswer(status: 400, detail: "the body is not JSON")
    }
    // Registration is tried out with `{}`.
    guard !body["payload"].isNull else { return WebhookAnswer(status: 200) }
    guard body["payload"]["type"].textValue == "message" else {
      let type = String((body["payload"]["type"].textValue ?? "").unicodeScalars.prefix(40))
      context.log.log(.info, "webhook of another kind", ["type": type])
      return WebhookAnswer(status: 200)
    }
    return await accept(body["payload"]["value"])
  }

  private func accept(_ value: Value) async -> WebhookAnswer {
    guard let chat = value["chat_id"].textValue, !chat.isEmpty, let account = value["user_id"].intValue else {
      return WebhookAnswer(status: 400, detail: "a message without chat_id or user_id")
    }
    if let ours = api.settings.userID, ours != account {
      context.log.log(.warning, "webhook for another account", ["account": String(account)])
      return WebhookAnswer(status: 200)
    }
    let translation = MessageTranslation(
      chat: chat, account: account, facts: await facts(of: chat, account: account), now: context.clock.now())
    guard let event = translation.event(value) else {
      return WebhookAnswer(status: 400, detail: "a message without an id")
    }
    do throws(IntakeError) {
      try await context.intake.accept([event])
    } catch {
      return WebhookAnswer(status: 503, detail: "not stored: \(error.detail)")
    }
    if !event.isEcho { await readQueue.add(chat) }
    return WebhookAnswer(status: 200)
  }

  /// Known ones at once; unknown ones are asked for once and briefly. Where that fails the message goes on without,
  /// and the next one, or the reconciling poll, brings them.
  private func facts(of chat: String, account: Int64) async -> ChatFacts? {
    if let known = await directory[chat] { return known }
    let call = AvitoAPI.chatCall(account, chat, timeoutMilliseconds: AvitoLimits.factsBudgetMilliseconds)
    guard let answer = await api.performQuickly(call) else { return nil }
    let facts = ChatFacts(answer, account: account)
    await directory.remember(facts, of: chat)
    return facts
  }
}
