//! The people, listings and chats of the emulated Avito.

struct AvitoAccount: Sendable {
  let userID: Int64
  let name: String
  let clientID: String
  let clientSecret: String
  var webhookURL: String?
  var blacklist: Set<Int64> = []
}

struct AvitoItem: Sendable {
  let id: Int64
  let owner: Int64
  let title: String
  /// As people read it: `300 000 ₽`.
  let priceText: String
  let url: String
  let imageID: String
}

struct AvitoChat: Sendable {
  let id: String
  /// `u2i`, `u2u` or `a2u`.
  let kind: String
  let account: Int64
  let customer: Int64
  let item: Int64?
  /// Unix seconds.
  let createdAt: Int64
  var updatedAt: Int64
  /// Oldest first.
  var messages: [AvitoMessage] = []
  /// The customer has blocked the account: sending answers 404, reading still works.
  var isBlocked = false

  var isUnread: Bool { messages.contains { $0.author != account && $0.readAt == nil } }
}

/// Who a chat is between, and about what: there is one chat of each.
struct AvitoParties: Sendable, Hashable {
  let account: Int64
  let customer: Int64
  let item: Int64?
  let kind: String
}

struct AvitoMessage: Sendable {
  let id: String
  let author: Int64
  /// Unix seconds.
  let createdAt: Int64
  var content: AvitoContent
  /// When the other side read it, in Unix seconds.
  var readAt: Int64?
}
