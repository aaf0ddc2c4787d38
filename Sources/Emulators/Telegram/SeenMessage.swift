//! What a person sees on the screen: the truth that a demo's report and tests are checked against.

package import SwitchboardSDK

package struct SeenMessage: Sendable, Hashable {
  /// From 1, over all chats: the order in which messages appeared.
  package var sequence: Int
  /// The user's id in a private chat, the group's id otherwise.
  package var chat: Int64
  /// The bot of a private chat; 0 in groups.
  package var bot: Int64
  package var thread: Int64?
  package var messageID: Int64
  package var sender: Int64
  package var senderIsBot: Bool
  /// The text, or the caption of media.
  package var text: String
  /// `text`, `photo`, `voice`, `document`, `audio`, `video`, another member's name, or `service`.
  package var kind: String
  /// SHA-256 of the file, hexadecimal; empty without one.
  package var fileDigest: String
  package var fileSizeBytes: Int
  package var fileName: String
  package var mimeType: String
  package var replyTo: Int64?
  package var quote: String?
  /// Texts and data of inline buttons, row after row.
  package var buttons: [Button]
  package var mediaGroupID: String?
  /// Name of the service message: `forum_topic_created`, `pinned_message` …
  package var service: String?
  package var date: Timestamp
  package var isEdited: Bool
  package var isPinned: Bool
  package var isDeleted: Bool

  package var value: Value {
    [
      "sequence": .int(Int64(sequence)), "chat": .int(chat), "bot": .int(bot),
      "thread": thread.map { .int($0) } ?? .null, "message_id": .int(messageID), "sender": .int(sender),
      "sender_is_bot": .bool(senderIsBot), "text": .text(text), "kind": .text(kind),
      "file_sha256": .text(fileDigest), "file_size": .int(Int64(fileSizeBytes)), "file_name": .text(fileName),
      "mime_type": .text(mimeType), "reply_to": replyTo.map { .int($0) } ?? .null,
      "quote": quote.map { .text($0) } ?? .null,
      "buttons": .list(buttons.map { ["text": .text($0.text), "data": .text($0.data)] }),
      "media_group_id": mediaGroupID.map { .text($0) } ?? .null, "service": service.map { .text($0) } ?? .null,
      "date_ms": .int(date.milliseconds), "edited": .bool(isEdited), "pinned": .bool(isPinned),
      "deleted": .bool(isDeleted),
    ]
  }
}

/// A forum topic as the group's list shows it.
package struct SeenTopic: Sendable, Hashable {
  package var id: Int64
  package var name: String
  package var isClosed: Bool
  package var isDeleted: Bool
  /// Ids of its pinned messages, ascending.
  package var pinned: [Int64]

  package var value: Value {
    [
      "id": .int(id), "name": .text(name), "closed": .bool(isClosed), "deleted": .bool(isDeleted),
      "pinned": .list(pinned.map { .int($0) }),
    ]
  }
}

/// What a person who pressed a button was shown.
package struct SeenCallbackAnswer: Sendable, Hashable {
  package var id: String
  package var user: Int64
  package var text: String
  package var isAlert: Bool
}
