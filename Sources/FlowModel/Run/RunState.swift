//! Where one run stands: all that must survive a stop, and nothing else.
package import SwitchboardSDK

package struct RunState: Sendable, Hashable {
  /// The thread in focus: the run's own, or a branch's while the machine advances it.
  package var strand: Strand
  /// What `set` steps of this run made of the flow's `vars`.
  package var vars: [String: Value]
  /// Results of named steps: what later expressions read.
  package var results: [String: Value]
  /// Number of outgoing calls begun, and of the newest one in the send ledger.
  package var sequence: Int
  /// Set in runs that an `auto_reply` timer began.
  package var autoReply: DueAutoReply?
  /// Auto-replies that this run has kept for later, by step with their due time: for people who ask why.
  package var armed: [String: Timestamp] = [:]
  /// Steps taken inside of lists.
  package var stepCount = 0
  /// The threads around the one in focus, outermost first; empty whenever the state is stored.
  var outer: [OuterStrand] = []
  /// Set while the run waits in a timer, and in the run that begins when it is over.
  package var wait: PendingWait?
  /// How often the run has waited: each time it went on as a new run of the journal.
  package var waits = 0
  /// The event that ended its last wait: an earlier one ends no later wait.
  package var wokenBy: Int64 = 0
  /// Events that this run has emitted so far.
  package var emitted = 0
  /// In the engine's own run that carries an emitted event to its listeners.
  package var emission: Emission?

  package init(
    position: Int = 0, vars: [String: Value] = [:], results: [String: Value] = [:], attempt: Int = 0, sequence: Int = 0,
    call: CallProgress? = nil, autoReply: DueAutoReply? = nil
  ) {
    self.strand = Strand(position: position, attempt: attempt, call: call)
    self.vars = vars
    self.results = results
    self.sequence = sequence
    self.autoReply = autoReply
  }

  /// Index of the instruction under way or next.
  package var position: Int {
    get { strand.position }
    set { strand.position = newValue }
  }
  /// Failed attempts of the call (or rule, or block) under way.
  package var attempt: Int {
    get { strand.attempt }
    set { strand.attempt = newValue }
  }
  /// The call under way within the current step.
  package var call: CallProgress? {
    _read { yield strand.call }
    _modify { yield &strand.call }
  }

  /// Something has been tried, or a block entered: it does not start any more, it goes on.
  package var hasBegun: Bool { sequence > 0 || call != nil || attempt > 0 || !strand.frames.isEmpty }

  /// Another entry of the send ledger.
  mutating func beginCall(_ phase: CallProgress.Phase, reopenings: Int = 0) {
    sequence += 1
    call = CallProgress(phase: phase, reopenings: reopenings, sequence: sequence)
  }

  /// Something of the run has been seen outside, or lies behind it: it is no longer a message that came just now.
  package var hasActed: Bool { sequence > 0 || autoReply != nil || waits > 0 || emitted > 0 }

  /// What a run that is over leaves for `switchboard why`: what rules and named steps came to, and its timers. Nil
  /// when there is nothing to tell.
  package var trace: RunState? {
    guard !results.isEmpty || !armed.isEmpty || autoReply != nil else { return nil }
    var trace = RunState(results: results, autoReply: autoReply)
    trace.armed = armed
    trace.waits = waits
    return trace
  }

}

/// A thread that waits for its branches while one of them is in focus.
struct OuterStrand: Sendable, Hashable {
  var strand: Strand
  /// Of the branch in focus.
  var branch: Int
}

/// How far a step that makes several calls has come.
package struct CallProgress: Sendable, Hashable {
  package enum Phase: Sendable, Hashable {
    /// Open the conversation's thread.
    case open
    /// Send the thread's introduction.
    case intro
    case pin(messageID: String)
    /// Send part number n of the message.
    case part(Int)
    /// Tell the sender something in the place the event came from, then go on.
    case notice(String, then: AfterNotice)
  }
  package enum AfterNotice: Sendable, Hashable {
    case part(Int)
    /// The step has failed for good at this part; the sender has been told.
    case giveUp(String, part: Int)
  }
  package var phase: Phase
  /// How often a vanished thread was opened anew for this message.
  package var reopenings: Int
  /// How often this very call has gone out: over 0, the ledger has its entry.
  package var begun: Int
  /// Its number in the send ledger.
  package var sequence: Int

  package init(phase: Phase, reopenings: Int = 0, begun: Int = 0, sequence: Int = 0) {
    self.phase = phase
    self.reopenings = reopenings
    self.begun = begun
    self.sequence = sequence
  }
}

/// What an `auto_reply` timer carries to the run it begins.
package struct DueAutoReply: Sendable, Hashable {
  package var text: String
  /// An operator's answer from here on cancels it.
  package var since: Timestamp
  package var dueAt: Timestamp

  package init(text: String, since: Timestamp, dueAt: Timestamp) {
    self.text = text
    self.since = since
    self.dueAt = dueAt
  }
}

/// Where a run has stopped to wait. Its timer carries it; an event that comes first is put into it.
package struct PendingWait: Sendable, Hashable {
  package var since: Timestamp
  /// False for waits that only time ends.
  package var awaitsEvent: Bool
  /// What came, as later steps read it; nil when time ended the wait.
  package var event: Value?

  package init(since: Timestamp, awaitsEvent: Bool, event: Value? = nil) {
    self.since = since
    self.awaitsEvent = awaitsEvent
    self.event = event
  }
}

/// An event of the project's own, on its way to its listeners.
package struct Emission: Sendable, Hashable {
  package var topic: String
  package var data: Value
  /// How many emitted events stand before it, each started by the one before.
  package var depth: Int
  /// The flow and run that emitted it, and its number there: together its name.
  package var flow: String
  package var run: Int64
  package var number: Int

  package init(topic: String, data: Value, depth: Int, flow: String, run: Int64, number: Int) {
    self.topic = topic
    self.data = data
    self.depth = depth
    self.flow = flow
    self.run = run
    self.number = number
  }
}
