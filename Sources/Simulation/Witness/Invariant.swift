//! What must hold at every step of every play: the promises of the contract as a machine checks them.

package enum Invariant: String, Sendable, Hashable, CaseIterable {
  /// An event whose source was told "accepted" is in the journal, after every crash.
  case acknowledgedKept = "an acknowledged event is kept"
  /// An event is stored once, however often its source repeats it.
  case eventOnce = "an event is stored once"
  /// One run an event and flow.
  case oneRun = "one run an event and flow"
  /// Nothing goes out without an entry in the ledger, committed before.
  case ledgerFirst = "no call without its ledger entry"
  /// A call is made once, or again when the ledger calls its outcome unknown; never twice where the channel can tell.
  case sentOnce = "a call is performed once unless the ledger says unknown"
  /// What is over has no call of unsettled outcome.
  case settled = "a finished step leaves no call unsettled"
  /// Calls of a lane go out in the order of its runs, even when some must be repeated.
  case laneOrder = "a lane keeps its order"
  /// A customer's messages are shown, and the answers to him said, in the order in which they were accepted.
  case conversationOrder = "a conversation keeps its order"
  /// Two calls of one lane are never under way together.
  case oneAtATime = "a lane makes one call at a time"
  /// A message whose run ended well was shown.
  case delivered = "what was accepted is delivered"
  case timerOnce = "a timer fires once"
  case timerNotEarly = "a timer is never early"
  case timerCancelled = "a cancelled timer never fires"
  /// At most one greeting in its interval, none after an answer.
  case greetedOnce = "a customer is greeted once in the interval"
  /// A value changed by a step is changed once, whatever breaks off in between.
  case countedOnce = "a run's count is counted once"
  /// All that belongs to a run belongs to its project.
  case tenant = "a project sees only its own"
  /// A run ends with the version it began with.
  case version = "a run stays with its version"
  /// A conversation has one thread as long as that one stands.
  case oneThread = "a conversation has one thread"
  /// Events = done + dead + waiting + running, at every instant.
  case conservation = "runs are neither lost nor made from nothing"
  /// Once the faults are over, all work ends.
  case liveness = "all work ends once the faults are over"
  /// The channel is asked for nothing malformed.
  case wellFormed = "calls are well-formed"
  /// What a node writes after it was declared dead, or has left, is refused.
  case fenced = "a fenced node writes nothing"
  /// Lanes, connections and services belong to one node at a time.
  case leasedOnce = "what is leased has one holder"
  /// Runs are taken up, committed and make their calls only where their lane is leased.
  case oneWalker = "a lane is walked where it is leased"
  case oneReceiver = "a connection is received where it is leased"
  /// Ten seconds after a node was last heard of others hold what it held.
  case takenOver = "a dead node's lanes are taken over in time"
  /// Chance comes from the seed alone.
  case determinism = "nothing happens outside the simulation"
}

package struct Violation: Sendable, Hashable {
  package var invariant: Invariant
  package var detail: String
  /// The step of the play, from 1; 0 before the first.
  package var step: Int
  /// Virtual time since the start.
  package var milliseconds: Int64
}
