//! Conversations, the threads that mirror them, and the timers that wait in them.
package import SwitchboardSDK

package struct ConversationRecord: Sendable, Hashable {
  /// `project/connection/chat` of the origin: names the lane as well.
  package var key: String
  package var project: String
  package var connection: String
  package var chat: String
  /// The customer's name; empty until a channel tells it.
  package var name: String
  /// `item` and whatever else the channel told.
  package var facts: Value
  /// Small values of rules and `set` steps.
  package var state: Value
  /// The last time somebody other than the customer answered.
  package var answeredAt: Timestamp?
  package var autoRepliedAt: Timestamp?
  package var createdAt: Timestamp

  package init(
    key: String, project: String, connection: String, chat: String, name: String = "", facts: Value = .null,
    state: Value = .null, answeredAt: Timestamp? = nil, autoRepliedAt: Timestamp? = nil, createdAt: Timestamp
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
    self.createdAt = createdAt
  }
}

/// A change of a conversation: nil leaves a column as it is. The row is made when it is missing.
package struct ConversationChange: Sendable, Hashable {
  package var key: String
  package var project: String
  package var connection: String
  package var chat: String
  package var name: String?
  package var facts: Value?
  package var state: Value?
  package var answeredAt: Timestamp?
  package var autoRepliedAt: Timestamp?

  package init(
    key: String, project: String, connection: String, chat: String, name: String? = nil, facts: Value? = nil,
    state: Value? = nil, answeredAt: Timestamp? = nil, autoRepliedAt: Timestamp? = nil
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
  }
}

/// One conversation has at most one thread on one connection.
package struct ThreadRecord: Sendable, Hashable {
  package var conversation: String
  package var connection: String
  package var chat: String
  package var thread: String

  package init(conversation: String, connection: String, chat: String, thread: String) {
    self.conversation = conversation
    self.connection = connection
    self.chat = chat
    self.thread = thread
  }
}

package enum ThreadChange: Sendable, Hashable {
  /// Replaces the conversation's thread on that connection, if it has one.
  case bind(ThreadRecord)
  /// The thread is gone; its old messages no longer lead to the conversation.
  case unbind(conversation: String, connection: String)
}

package struct TimerRecord: Sendable, Hashable {
  /// Unique among pending timers: `auto:<flow>:<step>:<conversation>`.
  package var key: String
  package var dueAt: Timestamp
  package var project: String
  package var conversation: String
  package var flow: String
  package var version: String
  package var label: String
  package var lane: String
  /// The event whose run started it; the fired run carries the same event.
  package var event: EventID
  /// The run machine's state that the fired run begins with.
  package var state: [UInt8]

  package init(
    key: String, dueAt: Timestamp, project: String, conversation: String, flow: String, version: String,
    label: String, lane: String, event: EventID, state: [UInt8]
  ) {
    self.key = key
    self.dueAt = dueAt
    self.project = project
    self.conversation = conversation
    self.flow = flow
    self.version = version
    self.label = label
    self.lane = lane
    self.event = event
    self.state = state
  }
}

package enum TimerChange: Sendable, Hashable {
  /// With `keepsEarlier`, a pending timer of the same key stays as it is.
  case start(TimerRecord, keepsEarlier: Bool)
  case cancel(key: String)
  /// All pending timers of a conversation.
  case cancelAll(conversation: String)
}
