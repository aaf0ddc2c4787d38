//! One message in a chat, and the chat it is in.

internal import SwitchboardSDK

/// Private chats are a bot's own: two bots talking with one user have two of them.
struct ChatKey: Hashable, Sendable {
  /// The bot of a private chat; 0 for groups.
  var owner: Int64
  var id: Int64
}

struct TelegramMessage: Sendable {
  var key: ChatKey
  var id: Int64
  /// From 1, over all chats, in the order in which people saw it.
  var sequence: Int
  var thread: Int64?
  var sender: Int64
  var date: Timestamp
  var editDate: Timestamp?
  /// The text, or the caption of media.
  var text: String
  var entities: Value = .null
  var media: TelegramMedia?
  var replyTo: Int64?
  var quote: String?
  var markup: Value = .null
  var mediaGroupID: String?
  /// Members of a service message: `["forum_topic_closed": {}]`.
  var service: [String: Value] = [:]
  var forwardOrigin: Value = .null
  var isPinned = false
  var isDeleted = false
}

struct TelegramMedia: Sendable, Hashable {
  var kind: PlayedContent.Media
  /// Number of the stored file; photos have several, ascending.
  var files: [Int]
  var duration: Int64 = 0
  var performer: String?
  var title: String?
  /// Of other content (location, contact, sticker): its Bot API member and object.
  var object: Value = .null
}

struct TelegramTopic: Sendable {
  var id: Int64
  var name: String
  var iconColor: Int64
  var isClosed = false
  var isDeleted = false
}

struct TelegramChat: Sendable {
  enum Kind: String, Sendable { case `private`, group, supergroup }
  var key: ChatKey
  var kind: Kind
  var title: String
  var isForum = false
  var migratedTo: Int64?
  var isDeleted = false
  var members: [Int64: ChatMemberStatus] = [:]
  var topics: [Int64: TelegramTopic] = [:]
  var messages: [Int64: TelegramMessage] = [:]
  var lastMessageID: Int64 = 0
}

package enum ChatMemberStatus: Sendable, Hashable {
  case creator
  case administrator(AdminRights)
  case member, left, kicked

  var isPresent: Bool { self != .left && self != .kicked }

  func may(_ right: KeyPath<AdminRights, Bool>) -> Bool {
    switch self {
    case .creator: true
    case .administrator(let rights): rights[keyPath: right]
    case .member, .left, .kicked: false
    }
  }
}

/// The administrator rights that the implemented methods ask for.
package struct AdminRights: Sendable, Hashable {
  package var canManageTopics: Bool
  package var canPinMessages: Bool
  package var canDeleteMessages: Bool

  package init(canManageTopics: Bool = true, canPinMessages: Bool = true, canDeleteMessages: Bool = true) {
    self.canManageTopics = canManageTopics
    self.canPinMessages = canPinMessages
    self.canDeleteMessages = canDeleteMessages
  }
}
