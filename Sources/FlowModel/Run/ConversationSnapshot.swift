//! A conversation as the run machine sees it: one customer's chat and the threads that mirror it.
package import SwitchboardSDK

package struct ConversationSnapshot: Sendable, Hashable {
  /// `project/connection/chat` of the origin.
  package var key: String
  package var project: String
  package var connection: String
  package var chat: String
  package var name: String
  package var facts: Value
  package var state: Value
  package var answeredAt: Timestamp?
  package var autoRepliedAt: Timestamp?
  /// By connection.
  package var threads: [String: ThreadPlace]

  package init(
    key: String, project: String, connection: String, chat: String, name: String = "", facts: Value = .null,
    state: Value = .null, answeredAt: Timestamp? = nil, autoRepliedAt: Timestamp? = nil,
    threads: [String: ThreadPlace] = [:]
  ) {
    self.key = key
    self.project = project
    self.connection = connection
    self.chat = chat
    self.name = name
    self.facts = facts
    self.state = state
    self.answeredAt = answeredAt
    self.autoRepliedAt = autoRepliedAt
    self.threads = threads
  }

  /// The chat of an event, or `chat#thread` for a thread that mirrors no conversation: a conversation of its own.
  package static func place(of event: Event) -> String {
    event.thread.map { "\(event.chat.id)#\($0)" } ?? event.chat.id
  }

  /// The key of the conversation whose origin is this chat.
  package static func key(project: String, connection: String, chat: String) -> String {
    "\(project)/\(connection)/\(chat)"
  }
}

package struct ThreadPlace: Sendable, Hashable {
  package var chat: String
  package var thread: String

  package init(chat: String, thread: String) {
    self.chat = chat
    self.thread = thread
  }
}
