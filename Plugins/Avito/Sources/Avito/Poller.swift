//! Looks for unread chats. The order is the promise: fetch, make durable, mark read, look once more.

internal import SwitchboardSDK

/// A message that arrives between fetching and marking would be marked read unseen. So each marked chat is looked
/// at again, and which chats still need that look is written down before the first of them is marked.
struct Poller: Sendable {
  private static let recheckKey = "recheck"

  let context: ConnectionContext
  let api: AvitoAPI
  let account: Account
  let directory: ChatDirectory
  let sweep: ChatSweep

  /// One round. Failures of single chats are logged and left to the next round.
  func round() async throws(AvitoFailure) {
    let account = try await account.id()
    var recheck = try await kept()
    let chats = try await unreadChats(account)
    var accepted: [String] = []
    for chat in chats {
      if Task.isCancelled { return }
      guard let id = chat["id"].textValue else { continue }
      await directory.remember(ChatFacts(chat, account: account), of: id)
      guard let until = try await attempt(id, account: account, since: recheck[id]) else { continue }
      accepted.append(id)
      recheck[id] = until ?? Self.lastMoment(of: chat) ?? context.clock.now().secondsSince1970
    }
    guard !recheck.isEmpty else { return }
    try await keep(recheck)
    for id in accepted where !Task.isCancelled { try await mark(id, account: account) }
    for (id, since) in recheck.sorted(by: { $0.key < $1.key }) {
      if Task.isCancelled { return }
      if try await attempt(id, account: account, since: since) != nil { recheck[id] = nil }
    }
    try await keep(recheck)
  }

  /// All pages first: marking chats read while paging would shift the rest out of sight.
  private func unreadChats(_ account: Int64) async throws(AvitoFailure) -> [Value] {
    var chats: [Value] = []
    for offset in stride(from: 0, through: AvitoLimits.offsetMax, by: AvitoLimits.pageSize) {
      let page = try await api.unreadChats(account, offset: offset)
      chats.append(contentsOf: page)
      if page.count < AvitoLimits.pageSize { break }
    }
    return chats.sorted { ($0["updated"].intValue ?? 0) < ($1["updated"].intValue ?? 0) }
  }

  private static func lastMoment(of chat: Value) -> Int64? {
    chat["last_message"]["created"].intValue ?? chat["updated"].intValue
  }

  /// Nil when this chat must wait for the next round; inside it, nil when nothing new was found in a chat unknown so
  /// far. Failures that concern all chats are thrown.
  private func attempt(_ chat: String, account: Int64, since: Int64?) async throws(AvitoFailure) -> Int64?? {
    let failure: ChatSweep.Failure
    do throws(ChatSweep.Failure) {
      return .some(try await sweep.run(chat, account: account, since: since))
    } catch {
      failure = error
    }
    switch failure {
    case .intake(let error):
      context.log.log(.warning, "messages of a chat could not be stored: \(error.detail)", ["chat": chat])
    case .avito(let error): try passOn(error, chat)
    }
    return .none
  }

  private func mark(_ chat: String, account: Int64) async throws(AvitoFailure) {
    let failure: AvitoFailure
    do throws(AvitoFailure) {
      try await api.markRead(account, chat)
      return
    } catch {
      failure = error
    }
    try passOn(failure, chat)
  }

  private func passOn(_ failure: AvitoFailure, _ chat: String) throws(AvitoFailure) {
    switch failure.kind {
    case .unauthorized, .rateLimited, .cancelled: throw failure
    case .notSent, .noAnswer, .notFound, .status: context.log.log(.warning, failure.detail, ["chat": chat])
    }
  }

  private func kept() async throws(AvitoFailure) -> [String: Int64] {
    do throws(IntakeError) {
      return (try await context.store.get(Self.recheckKey).mapValue ?? [:]).compactMapValues(\.intValue)
    } catch {
      throw AvitoFailure(.notSent, "the store cannot be read: \(error.detail)")
    }
  }

  private func keep(_ recheck: [String: Int64]) async throws(AvitoFailure) {
    do throws(IntakeError) {
      try await context.store.set(Self.recheckKey, recheck.isEmpty ? .null : .map(recheck.mapValues(Value.int)))
    } catch {
      throw AvitoFailure(.notSent, "the store cannot be written: \(error.detail)")
    }
  }
}
