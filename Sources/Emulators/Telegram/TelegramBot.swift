//! One bot of the emulated Telegram: who it is and what waits for it.

internal import SwitchboardSDK

struct TelegramUser: Sendable {
  var id: Int64
  var firstName: String
  var lastName: String?
  var username: String?
  var languageCode: String?
  var isBot = false
  var isDeactivated = false

  var value: Value { .map(members) }

  /// As a private chat shows it.
  var chatValue: Value {
    var map = members
    map["is_bot"] = nil
    map["language_code"] = nil
    map["type"] = "private"
    return .map(map)
  }

  private var members: [String: Value] {
    var map: [String: Value] = ["id": .int(id), "is_bot": .bool(isBot), "first_name": .text(firstName)]
    if let lastName { map["last_name"] = .text(lastName) }
    if let username { map["username"] = .text(username) }
    if let languageCode { map["language_code"] = .text(languageCode) }
    return map
  }
}

struct PendingUpdate: Sendable {
  var id: Int64
  /// Updates of one chat reach a webhook one after the other.
  var chat: Int64
  var value: Value
  /// Unconfirmed updates live 24 hours.
  var expires: Timestamp
}

struct WebhookSettings: Sendable {
  var url: String
  var secretToken: String?
  var connectionsMax: Int
  var ipAddress: String?
  var lastErrorAt: Timestamp?
  var lastErrorText = ""
  /// Since when the receiver answers 410.
  var goneSince: Timestamp?
}

struct CallbackQuery: Sendable {
  var user: Int64
  var askedAt: Timestamp
}

struct TelegramBot: Sendable {
  var user: TelegramUser
  var token: String
  /// Off: sees every group message.
  var hasPrivacyMode: Bool
  var isRevoked = false
  var startedBy: Set<Int64> = []
  var blockedBy: Set<Int64> = []
  /// Nil for the default set.
  var allowedUpdates: Set<String>?
  var updates: [PendingUpdate] = []
  /// The last batch that was confirmed, for the fault `duplicateDelivery`.
  var confirmed: [PendingUpdate] = []
  var nextUpdateID: Int64
  var webhook: WebhookSettings?
  var webhookSetAt: Timestamp?
  /// Messages of private chats are numbered through, over all of a bot's private chats.
  var lastPrivateMessageID: Int64 = 100
  var callbacks: [String: CallbackQuery] = [:]
  var commands: Value = .list([])

  static let defaultUpdates: Set<String> = [
    "message", "edited_message", "channel_post", "edited_channel_post", "inline_query", "chosen_inline_result",
    "callback_query", "shipping_query", "pre_checkout_query", "poll", "poll_answer", "my_chat_member",
    "chat_join_request",
  ]
  static let knownUpdates = defaultUpdates.union(["chat_member", "message_reaction", "message_reaction_count"])

  func takes(_ kind: String) -> Bool { (allowedUpdates ?? Self.defaultUpdates).contains(kind) }
}
