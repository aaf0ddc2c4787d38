//! Webhooks: ordered within a chat, chats side by side, the same update again until it is taken or too old.

internal import SwitchboardSDK

/// The updates of one chat on their way to one bot.
struct WebhookQueue: Sendable, Hashable {
  var bot: Int64
  var chat: Int64
}

extension TelegramEmulator {
  /// Runs as long as the emulator does.
  func deliverWebhooks() async {
    let (stream, continuation) = AsyncStream<WebhookQueue>.makeStream()
    deliveries = continuation
    for bot in world.bots.keys { wakeWebhook(bot) }
    await withDiscardingTaskGroup { group in
      for await queue in stream { group.addTask { await self.drain(queue) } }
      group.cancelAll()
    }
    deliveries = nil
  }

  /// Starts the delivery of every waiting chat queue, up to the webhook's number of connections.
  func wakeWebhook(_ bot: Int64) {
    guard let deliveries, let webhook = world.bots[bot]?.webhook else { return }
    for update in world.bots[bot]?.updates ?? [] {
      let busy = delivering[bot] ?? []
      guard busy.count < webhook.connectionsMax else { return }
      guard !busy.contains(update.chat) else { continue }
      delivering[bot, default: []].insert(update.chat)
      deliveries.yield(WebhookQueue(bot: bot, chat: update.chat))
    }
  }

  private func drain(_ queue: WebhookQueue) async {
    var attempt: Int64 = 0
    while !Task.isCancelled {
      world.expire(queue.bot, now: clock.now())
      guard let webhook = world.bots[queue.bot]?.webhook,
        let update = world.bots[queue.bot]?.updates.first(where: { $0.chat == queue.chat })
      else { break }
      let delay = await deliver(update, to: webhook, queue.bot)
      guard let delay else {
        attempt = 0
        continue
      }
      attempt += 1
      await clock.sleep(milliseconds: max(delay, min(60_000, 1_000 << min(attempt - 1, 6))))
    }
    delivering[queue.bot]?.remove(queue.chat)
    if !Task.isCancelled { wakeWebhook(queue.bot) }
  }

  /// Nil when the update was taken; else how long to wait at least.
  private func deliver(_ update: PendingUpdate, to webhook: WebhookSettings, _ bot: Int64) async -> Int64? {
    guard let http = configuration.http else { return failed(bot, "the emulator has no HTTP client", 0) }
    var headers = [HTTPHeader("Content-Type", "application/json"), HTTPHeader("Accept-Encoding", "gzip, deflate")]
    if let secret = webhook.secretToken { headers.append(HTTPHeader("X-Telegram-Bot-Api-Secret-Token", secret)) }
    let request = HTTPRequest(
      method: "POST", url: webhook.url, headers: headers, body: JSON.bytes(update.value),
      timeoutMilliseconds: configuration.webhookTimeoutMilliseconds)
    let response: HTTPResponse
    do { response = try await http.send(request) } catch { return failed(bot, error.detail, 0) }
    guard (200..<300).contains(response.status) else {
      if response.status == 410 { noteGone(bot) } else { world.bots[bot]?.webhook?.goneSince = nil }
      let seconds = response.header("retry-after").flatMap { Int64($0) } ?? 0
      return failed(bot, "Wrong response from the webhook: \(response.status)", min(3_600, max(0, seconds)) * 1_000)
    }
    if faults.take("webhook") == .duplicateDelivery { return nil }
    world.bots[bot]?.webhook?.goneSince = nil
    world.bots[bot]?.updates.removeAll { $0.id == update.id }
    await perform(answer: response.body, bot)
    return nil
  }

  private func failed(_ bot: Int64, _ text: String, _ milliseconds: Int64) -> Int64 {
    world.bots[bot]?.webhook?.lastErrorAt = clock.now()
    world.bots[bot]?.webhook?.lastErrorText = text
    return milliseconds
  }

  /// 410 for more than 23 hours removes the webhook.
  private func noteGone(_ bot: Int64) {
    let now = clock.now()
    guard let since = world.bots[bot]?.webhook?.goneSince else {
      world.bots[bot]?.webhook?.goneSince = now
      return
    }
    if now.millisecondsSince(since) > 23 * 3_600_000 { world.bots[bot]?.webhook = nil }
  }

  /// The answer may hold one method call; its result goes nowhere.
  private func perform(answer body: [UInt8], _ bot: Int64) async {
    guard !body.isEmpty, case .map(var members)? = try? JSON.parse(body),
      let method = members.removeValue(forKey: "method")?.textValue.flatMap(BotMethod.init(anyCase:)),
      method.mayAnswerWebhook
    else { return }
    do throws(BotAPIError) {
      _ = try await call(method, try MethodArguments(method, RequestParameters(values: members)), bot)
    } catch {
      _ = failed(bot, error.description, 0)
    }
  }
}
