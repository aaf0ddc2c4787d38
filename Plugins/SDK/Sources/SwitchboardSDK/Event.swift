//! What happened outside: the one form in which every connector hands its news to the engine.

/// One thing that happened on a connection, already translated out of the channel's own format.
public struct Event: Sendable, Hashable {
  /// What kind of news this is. Raw values are the words of the flow language (`events: [message, edit]`).
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case message, edit, delete, callback
    /// Something about the chat itself (member left, bot blocked, topic closed …); `details` says what.
    case service
  }

  /// Unique within the connection and the same each time the source repeats the event:
  /// the engine drops an event whose (connection, externalID) it has already stored.
  public var externalID: String
  public var kind: Kind
  public var chat: Chat
  /// The forum topic or thread inside `chat`, if the event is in one. Never the General topic.
  public var thread: String?
  public var sender: Sender
  /// Our own message seen again (sent by this connection, or by the account's owner in the channel's own app).
  public var isEcho: Bool
  /// Set for `message` and `edit`; for `delete` only `id` is meaningful.
  public var message: Message?
  /// Set for `callback`.
  public var callback: Callback?
  /// What the conversation is about, as far as this event tells: members `name` (text) and
  /// `item` (mapping with `id`, `title`, `price` (number), `price_text`, `url`), all optional.
  public var facts: Value
  /// Whatever else the channel says; readable in flows as `event.details`.
  public var details: Value
  /// When it happened by the channel's clock.
  public var occurredAt: Timestamp

  public init(
    externalID: String, kind: Kind, chat: Chat, thread: String? = nil, sender: Sender, isEcho: Bool = false,
    message: Message? = nil, callback: Callback? = nil, facts: Value = .null, details: Value = .null,
    occurredAt: Timestamp
  ) {
    self.externalID = externalID
    self.kind = kind
    self.chat = chat
    self.thread = thread
    self.sender = sender
    self.isEcho = isEcho
    self.message = message
    self.callback = callback
    self.facts = facts
    self.details = details
    self.occurredAt = occurredAt
  }
}

/// The place of a conversation in its channel.
public struct Chat: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable { case `private`, group, channel }
  /// The channel's own id, as text (`-1001234567890`, `u2i-AbC~d`).
  public var id: String
  public var kind: Kind
  public var title: String?

  public init(id: String, kind: Kind, title: String? = nil) {
    self.id = id
    self.kind = kind
    self.title = title
  }
}

public struct Sender: Sendable, Hashable {
  public var id: String
  /// As people see it («Анна Петрова»); empty when the channel does not tell.
  public var name: String
  public var username: String?
  public var isBot: Bool

  public init(id: String, name: String = "", username: String? = nil, isBot: Bool = false) {
    self.id = id
    self.name = name
    self.username = username
    self.isBot = isBot
  }
}

public struct Message: Sendable, Hashable {
  public var id: String
  /// The text or caption; empty when there is none.
  public var text: String
  public var attachments: [Attachment]
  /// The id of the message this one answers, if the person chose to quote it.
  public var replyTo: String?

  public init(id: String, text: String, attachments: [Attachment] = [], replyTo: String? = nil) {
    self.id = id
    self.text = text
    self.attachments = attachments
    self.replyTo = replyTo
  }
}

public struct Callback: Sendable, Hashable {
  /// What `answer_callback` must be called with.
  public var id: String
  public var data: String
  public var messageID: String?

  public init(id: String, data: String, messageID: String? = nil) {
    self.id = id
    self.data = data
    self.messageID = messageID
  }
}
