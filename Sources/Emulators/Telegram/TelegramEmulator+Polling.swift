//! Long polling: one poll a bot, the newer one ends the older.

internal import SwitchboardSDK

/// A `getUpdates` that waits.
struct LongPoll: Sendable {
  var number: Int
  /// Finished to end the wait.
  var signal: AsyncStream<Void>.Continuation
}

extension TelegramEmulator {
  static let pollSecondsMax: Int64 = 50

  func getUpdates(_ arguments: MethodArguments, _ bot: Int64, confirms: Bool) async throws(BotAPIError) -> Value {
    if world.bots[bot]?.webhook != nil {
      throw .conflict(
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
    }
    endPoll(
      bot, .conflict("terminated by other getUpdates request; make sure that only one bot instance is running"))
    world.setAllowedUpdates(arguments["allowed_updates"], bot)
    world.expire(bot, now: clock.now())
    if confirms { world.confirm(arguments.integer("offset") ?? 0, bot) }
    let limit = arguments.integer("limit") ?? 100
    let seconds = min(Self.pollSecondsMax, arguments.integer("timeout") ?? 0)
    if seconds > 0, world.bots[bot]?.updates.isEmpty == true {
      if let refusal = await park(bot, milliseconds: seconds * 1_000) { throw refusal }
    }
    return world.pending(bot, limit: limit)
  }

  /// Waits for an update, the end of time, or a refusal, which is returned.
  private func park(_ bot: Int64, milliseconds: Int64) async -> BotAPIError? {
    let (stream, signal) = AsyncStream<Void>.makeStream()
    lastPollNumber += 1
    let number = lastPollNumber
    polls[bot] = LongPoll(number: number, signal: signal)
    for watcher in pollWatchers { watcher.finish() }
    pollWatchers = []
    let clock = self.clock
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in stream {} }
      group.addTask { await clock.sleep(milliseconds: milliseconds) }
      await group.next()
      group.cancelAll()
    }
    if let refusal = refusals.removeValue(forKey: number) { return refusal }
    if polls[bot]?.number == number { polls[bot] = nil }
    return nil
  }

  func endPoll(_ bot: Int64, _ refusal: BotAPIError) {
    guard let poll = polls.removeValue(forKey: bot) else { return }
    refusals[poll.number] = refusal
    poll.signal.finish()
  }

  /// Returns as soon as a long poll of this bot waits. For tests, which must not sleep.
  package func untilPolling(bot: Int64) async {
    while polls[bot] == nil, !Task.isCancelled {
      let (stream, continuation) = AsyncStream<Void>.makeStream()
      pollWatchers.append(continuation)
      for await _ in stream {}
    }
  }
}
