//! What the run machine may know, and what it leaves behind for the shell to commit.
package import SwitchboardSDK

/// Everything outside the run's own state that a decision may depend on. The machine changes `conversation`
/// as it goes and notes each change in `effects`; the shell commits these with the run's state.
package struct RunContext: Sendable {
  package var run: Int64
  package var event: Event
  package var connection: String
  /// `event.from`: the trigger's label.
  package var label: String
  package var receivedAt: Timestamp
  package var conversation: ConversationSnapshot
  /// By connection of the project.
  package var places: [String: ConnectionFacts]
  /// `project.*`.
  package var settings: Value
  package var now: Timestamp
  /// The project zone's offset at a moment, in seconds.
  package var utcOffsetSeconds: @Sendable (Timestamp) -> Int
  /// Uniform in 0..<1, for jitter.
  package var random: @Sendable () -> Double
  package var effects = RunEffects()

  package init(
    run: Int64, event: Event, connection: String, label: String, receivedAt: Timestamp,
    conversation: ConversationSnapshot, places: [String: ConnectionFacts], settings: Value, now: Timestamp,
    utcOffsetSeconds: @escaping @Sendable (Timestamp) -> Int, random: @escaping @Sendable () -> Double
  ) {
    self.run = run
    self.event = event
    self.connection = connection
    self.label = label
    self.receivedAt = receivedAt
    self.conversation = conversation
    self.places = places
    self.settings = settings
    self.now = now
    self.utcOffsetSeconds = utcOffsetSeconds
    self.random = random
  }

  /// Whether the event came from the conversation's own chat (and not from a thread that mirrors it).
  package var isFromOrigin: Bool {
    guard connection == conversation.connection else { return false }
    return conversation.chat == event.chat.id || conversation.chat == ConversationSnapshot.place(of: event)
  }
}

/// What the machine must know of a connection.
package struct ConnectionFacts: Sendable, Hashable {
  /// What to do with a call whose outcome is unknown and cannot be asked for.
  package enum UnknownPolicy: String, Sendable, Hashable, CaseIterable { case resend, hold }

  package var capabilities: ConnectorCapabilities
  /// Where threads are opened: the work group.
  package var groupChat: String?
  package var unknownPolicy: UnknownPolicy

  package init(capabilities: ConnectorCapabilities, groupChat: String?, unknownPolicy: UnknownPolicy) {
    self.capabilities = capabilities
    self.groupChat = groupChat
    self.unknownPolicy = unknownPolicy
  }
}

/// Changes beside the run's own state, collected until the next commit.
package struct RunEffects: Sendable, Hashable {
  package var name: String?
  package var facts: Value?
  package var state: Value?
  package var answeredAt: Timestamp?
  package var autoRepliedAt: Timestamp?
  package var boundThreads: [String: ThreadPlace] = [:]
  /// Connections whose thread is gone.
  package var unboundThreads: Set<String> = []
  package var timers: [TimerRequest] = []
  /// Steps whose pending auto-reply in this conversation is off.
  package var cancelledAutoReplies: Set<String> = []

  package init() {}

  package var isEmpty: Bool { self == RunEffects() }
  package var changesConversation: Bool {
    name != nil || facts != nil || state != nil || answeredAt != nil || autoRepliedAt != nil
  }
}

/// An `auto_reply` to be kept for later.
package struct TimerRequest: Sendable, Hashable {
  package var step: String
  package var dueAt: Timestamp
  /// A pending one of the same step and conversation stays (`from: first`).
  package var keepsEarlier: Bool
  package var state: RunState

  package init(step: String, dueAt: Timestamp, keepsEarlier: Bool, state: RunState) {
    self.step = step
    self.dueAt = dueAt
    self.keepsEarlier = keepsEarlier
    self.state = state
  }
}
