//! Looks for unread chats. The order is the promise: fetch, make durable, mark read, look once more.

internal import SwitchboardSDK

struct Poller: Sendable {
  let context: ConnectionContext
  let api: AvitoAPI
  let account: Account
  let directory: ChatDirectory
  let marks: ReadMarks
  let lookBack: LookBack

  /// One round. Failures of single chats are logged and left to the next round.
  func round() async throws(AvitoFailure) {
    let account = try await account.id()
    var recheck = try await marks.kept()
    let chats = try await unreadChats(account)
    var accepted: [String] = []
    var isWhole = true
    for chat in chats {
      if Task.isCancelled { return }
      guard let id = chat["id"].textValue else { continue }
      await directory.remember(ChatFacts(chat, account: account), of: id)
      guard let until = try await marks.look(id, account: account, since: recheck[id]) else {
        isWhole = false
        continue
      }
      accepted.append(id)
      recheck[id] = until ?? Self.lastMoment(of: chat) ?? context.clock.now().secondsSince1970
    }
    if isWhole { await lookBack.polled() }
    try await marks.mark(accepted, recheck: recheck, account: account)
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
}
