//! The loops of one connection: polling, or webhook with its registration, reading marks and reconciling poll.

internal import SwitchboardSDK

struct Receiving: Sendable {
  let context: ConnectionContext
  let api: AvitoAPI
  let account: Account
  let poller: Poller
  let marks: ReadMarks
  let sweep: ChatSweep
  let readQueue: ReadQueue

  func run() async throws(PluginError) {
    guard let url = api.settings.webhookURL else {
      if let error = await poll(every: api.settings.pollMilliseconds) { throw error }
      return
    }
    await sweep.begin()
    let failure = await withTaskGroup(of: PluginError?.self) { group in
      group.addTask {
        if let error = await register(url) { return error }
        return await poll(every: AvitoLimits.reconciliationMilliseconds)
      }
      group.addTask { await markRead() }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    if let failure { throw failure }
  }

  /// Until cancelled, or until a person is needed.
  private func poll(every pauseMilliseconds: Int64) async -> PluginError? {
    await repeating(pauseMilliseconds, once: false) { () async throws(AvitoFailure) in try await poller.round() }
  }

  /// Avito knows one address per account: another one, perhaps another program's, is replaced.
  private func register(_ url: String) async -> PluginError? {
    await repeating(AvitoLimits.backOffMaxMilliseconds, once: true) { () async throws(AvitoFailure) in
      let present = try await api.subscriptions()
      if present.contains(url) { return }
      for other in present {
        // Only the host: such addresses carry secrets in their path.
        let host = other.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? "?"
        context.log.log(.warning, "the account's webhook is taken over from another address", ["host": String(host)])
      }
      try await api.subscribe(url)
    }
  }

  private func repeating(
    _ pauseMilliseconds: Int64, once: Bool, _ work: () async throws(AvitoFailure) -> Void
  ) async -> PluginError? {
    var failures = 0
    while !Task.isCancelled {
      var pause = pauseMilliseconds
      do throws(AvitoFailure) {
        try await work()
        context.health.report(.connected)
        if once { return nil }
        failures = 0
      } catch {
        switch error.kind {
        case .cancelled: break
        case .unauthorized: return PluginError(.unauthorized, error.detail)
        case .rateLimited(let milliseconds): pause = max(milliseconds, 1_000)
        case .notSent, .noAnswer, .notFound, .status:
          failures += 1
          let longest = max(AvitoLimits.backOffMaxMilliseconds, pauseMilliseconds)
          pause = min(pauseMilliseconds << Int64(min(failures, 6)), longest)
          // One round that fails is nothing.
          if failures >= 2 { context.health.report(.degraded(error.detail)) }
        }
        if !Task.isCancelled { context.log.log(.warning, error.detail, ["next_try_ms": String(pause)]) }
      }
      await context.clock.sleep(milliseconds: pause)
    }
    return nil
  }

  /// Before a chat is marked it is swept: a lost webhook's message must not vanish behind the mark.
  private func markRead() async -> PluginError? {
    // What an earlier run has marked and not looked at again.
    await markRead([])
    for await _ in readQueue.wakes {
      while !Task.isCancelled {
        let chats = await readQueue.next(AvitoLimits.readMarksInOneGo)
        if chats.isEmpty { break }
        await markRead(chats)
      }
    }
    return nil
  }

  private func markRead(_ chats: [String]) async {
    do throws(AvitoFailure) {
      let account = try await account.id()
      var recheck = try await marks.kept()
      var accepted: [String] = []
      for chat in chats where !Task.isCancelled {
        guard let until = try await marks.look(chat, account: account, since: recheck[chat]) else { continue }
        accepted.append(chat)
        recheck[chat] = until ?? context.clock.now().secondsSince1970
      }
      try await marks.mark(accepted, recheck: recheck, account: account)
    } catch {
      // Left unread, so that the reconciling poll meets them again.
      context.log.log(.info, "chats could not be marked read yet", ["chats": String(chats.count)])
    }
  }
}
