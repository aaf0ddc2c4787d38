//! What the run machine may know, and what it leaves behind for the shell to commit.
package import SwitchboardSDK

/// What stays as it is while a run is under way. A class, so that the scopes of a dozen expressions share it.
package final class RunFacts: Sendable {
  package let run: Int64
  package let event: Event
  package let connection: String
  package let label: String
  package let receivedAt: Timestamp
  package let settings: Value
  package let utcOffsetSeconds: @Sendable (Timestamp) -> Int
  package let random: @Sendable () -> Double

  init(
    run: Int64, event: Event, connection: String, label: String, receivedAt: Timestamp, settings: Value,
    utcOffsetSeconds: @escaping @Sendable (Timestamp) -> Int, random: @escaping @Sendable () -> Double
  ) {
    self.run = run
    self.event = event
    self.connection = connection
    self.label = label
    self.receivedAt = receivedAt
    self.settings = settings
    self.utcOffsetSeconds = utcOffsetSeconds
    self.random = random
  }
}

/// `@unchecked Sendable`: `RunContext` changes the snapshot only while it holds the one reference to its box; whoever
/// else has got a reference sees a value that no longer changes.
final class ConversationBox: @unchecked Sendable {
  fileprivate(set) var snapshot: ConversationSnapshot
  init(_ snapshot: ConversationSnapshot) { self.snapshot = snapshot }
}

/// Everything outside the run's own state that a decision may depend on. The machine changes `conversation`
/// as it goes and notes each change in `effects`; the shell commits these with the run's state.
package struct RunContext: Sendable {
  package let facts: RunFacts
  private(set) var box: ConversationBox
  /// By connection of the project.
  package var places: [String: ConnectionFacts]
  package var now: Timestamp
  package var effects = RunEffects()
  /// For an auto-reply that has come due: a later message has put it off meanwhile.
  package var isPutOff = false

  package init(
    run: Int64, event: Event, connection: String, label: String, receivedAt: Timestamp,
    conversation: ConversationSnapshot, places: [String: ConnectionFacts], settings: Value, now: Timestamp,
    utcOffsetSeconds: @escaping @Sendable (Timestamp) -> Int, random: @escaping @Sendable () -> Double
  ) {
    self.facts = RunFacts(
      run: run, event: event, connection: connection, label: label, receivedAt: receivedAt, settings: settings,
      utcOffsetSeconds: utcOffsetSeconds, random: random)
    self.box = ConversationBox(conversation)
    self.places = places
    self.now = now
  }

  /// Copied on the first change after a scope has been made of it.
  package var conversation: ConversationSnapshot {
    _read { yield box.snapshot }
    _modify {
      if !isKnownUniquelyReferenced(&box) { box = ConversationBox(box.snapshot) }
      yield &box.snapshot
    }
  }

  package var run: Int64 { facts.run }
  package var event: Event { _read { yield facts.event } }
  package var connection: String { facts.connection }
  /// `event.from`: the trigger's label.
  package var label: String { facts.label }
  package var receivedAt: Timestamp { facts.receivedAt }
  /// `project.*`.
  package var settings: Value { facts.settings }
  /// The project zone's offset at a moment, in seconds.
  package var utcOffsetSeconds: @Sendable (Timestamp) -> Int { facts.utcOffsetSeconds }
  /// Uniform in 0..<1, for jitter.
  package var random: @Sendable () -> Double { facts.random }

  /// Whether the event came from the conversation's own chat (and not from a thread that mirrors it).
  package var isFromOrigin: Bool { Self.isFromOrigin(facts, box.snapshot) }

  static func isFromOrigin(_ facts: RunFacts, _ conversation: ConversationSnapshot) -> Bool {
    guard facts.connection == conversation.connection else { return false }
    return conversation.chat == facts.event.chat.id
      || (facts.event.thread != nil && conversation.chat == ConversationSnapshot.place(of: facts.event))
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
  /// How often it may be called: the plugin's limits, or those that the configuration sets in their place.
  package var pacing: ConnectorPacing

  package init(
    capabilities: ConnectorCapabilities, groupChat: String?, unknownPolicy: UnknownPolicy,
    pacing: ConnectorPacing = ConnectorPacing()
  ) {
    self.capabilities = capabilities
    self.groupChat = groupChat
    self.unknownPolicy = unknownPolicy
    self.pacing = pacing
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
  /// The run goes on later: its state is kept in a timer, and its lane is free.
  package var wait: WaitRequest?
  package var emissions: [Emission] = []

  package init() {}

  package var isEmpty: Bool {
    !changesConversation && boundThreads.isEmpty && unboundThreads.isEmpty && timers.isEmpty
      && cancelledAutoReplies.isEmpty && wait == nil && emissions.isEmpty
  }
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

/// A run to be kept until a moment, or until what it waits for comes.
package struct WaitRequest: Sendable, Hashable {
  package var step: String
  package var dueAt: Timestamp
  package var source: AwaitedEvent.Source?
  package var state: RunState

  package init(step: String, dueAt: Timestamp, source: AwaitedEvent.Source?, state: RunState) {
    self.step = step
    self.dueAt = dueAt
    self.source = source
    self.state = state
  }
}
