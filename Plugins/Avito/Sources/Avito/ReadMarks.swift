//! Marks chats read without losing what arrives in that very moment.

internal import SwitchboardSDK

/// A message that arrives between fetching and marking would be marked read unseen, and no look for unread chats would
/// ever find it. So each marked chat is looked at again, and which chats still need that look is written down before
/// the first of them is marked.
struct ReadMarks: Sendable {
  /// Where in the connection's store: chats that need another look, each with the time it starts from (Avito's
  /// seconds). Poll and webhooks mark side by side: each keeps its own.
  enum Key: String, CaseIterable { case poll = "recheck", webhooks = "recheck_webhook" }
  let key: Key
  let context: ConnectionContext
  let api: AvitoAPI
  let sweep: ChatSweep

  /// `accepted` are chats whose messages are durable; `recheck` holds them and those of earlier rounds.
  func mark(
    _ accepted: [String], recheck: [String: Int64], account: Int64
  ) async throws(AvitoFailure) {
    var recheck = recheck
    guard !recheck.isEmpty else { return }
    try await keep(recheck)
    for id in accepted where !Task.isCancelled { try await mark(id, account: account) }
    for (id, since) in recheck.sorted(by: { $0.key < $1.key }) {
      if Task.isCancelled { return }
      if try await look(id, account: account, since: since) != nil { recheck[id] = nil }
    }
    try await keep(recheck)
  }

  /// Nil when this chat must wait for the next round; inside it, nil when nothing new was found in a chat unknown so
  /// far. Failures that concern all chats are thrown.
  func look(_ chat: String, account: Int64, since: Int64?) async throws(AvitoFailure) -> Int64?? {
    let failure: ChatSweep.Failure
    do throws(ChatSweep.Failure) {
      return .some(try await sweep.run(chat, account: account, since: since))
    } catch {
      failure = error
    }
    switch failure {
    case .intake(let error):
      context.log.log(.warning, "messages of a chat could not be stored: \(error.detail)", ["chat": chat])
    case .avito(let error):
      try passOn(error, chat)
      // A chat that is gone has nothing more to say.
      if error.kind == .notFound { return .some(nil) }
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

  func kept() async throws(AvitoFailure) -> [String: Int64] { try await Self.kept(under: key, in: context.store) }

  /// Of all lists; where a chat stands in several, the earliest.
  static func kept(in store: any StorePort) async throws(AvitoFailure) -> [String: Int64] {
    var all: [String: Int64] = [:]
    for key in Key.allCases { all.merge(try await kept(under: key, in: store), uniquingKeysWith: min) }
    return all
  }

  private static func kept(under key: Key, in store: any StorePort) async throws(AvitoFailure) -> [String: Int64] {
    do throws(IntakeError) {
      return (try await store.get(key.rawValue).mapValue ?? [:]).compactMapValues(\.intValue)
    } catch {
      throw AvitoFailure(.notSent, "the store cannot be read: \(error.detail)")
    }
  }

  private func keep(_ recheck: [String: Int64]) async throws(AvitoFailure) {
    do throws(IntakeError) {
      try await context.store.set(key.rawValue, recheck.isEmpty ? .null : .map(recheck.mapValues(Value.int)))
    } catch {
      throw AvitoFailure(.notSent, "the store cannot be written: \(error.detail)")
    }
  }
}
