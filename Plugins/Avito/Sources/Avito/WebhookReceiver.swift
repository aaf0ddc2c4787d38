//! Avito's webhook v3. It wants its 200 within two seconds and promises no repetition, so the message is made durable
//! first, behind those that no webhook brought; reading marks and everything else come after the answer.

internal import SwitchboardSDK

struct WebhookReceiver: Sendable {
  let context: ConnectionContext
  let api: AvitoAPI
  let directory: ChatDirectory
  let readQueue: ReadQueue
  let sweep: ChatSweep
  let lookBack: LookBack

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
    let about = MessageTranslation(chat: chat, account: account, facts: nil, now: context.clock.now()).event(value)
    guard let about else { return WebhookAnswer(status: 400, detail: "a message without an id") }
    let isLooking = await lookBack.isDue(chat)
    async let facts: Void = learnFacts(of: chat, account: account, waitsForToken: isLooking)
    let before = isLooking ? await sweep.missing(of: chat, account: account) : nil
    await facts
    do throws(IntakeError) {
      try await sweep.take(value, of: chat, account: account, behind: before)
    } catch {
      return WebhookAnswer(status: 503, detail: "not stored: \(error.detail)")
    }
    if !about.isEcho { await readQueue.add(chat) }
    return WebhookAnswer(status: 200)
  }

  /// Known ones at once; unknown ones are asked for once and briefly. Where that fails the message goes on without,
  /// and the next one, or the reconciling poll, brings them.
  private func learnFacts(of chat: String, account: Int64, waitsForToken: Bool) async {
    guard await directory[chat] == nil else { return }
    let budget = AvitoLimits.factsBudgetMilliseconds
    let call = AvitoAPI.chatCall(account, chat, timeoutMilliseconds: budget)
    let answer =
      waitsForToken
      ? await Deadline.within(milliseconds: budget) { try? await api.perform(call) } : await api.performQuickly(call)
    guard let answer else { return }
    await directory.remember(ChatFacts(answer, account: account), of: chat)
  }
}
