//! Engines with a planted fault each, as wrappers around their ports: a simulation that does not notice them is worth
//! nothing.

package enum Mutant: String, Sendable, Hashable, CaseIterable {
  case none
  /// The journal forgets its fsync: what it acknowledged is gone when the power is.
  case forgetsFsync = "forgets-fsync"
  /// The door says "accepted" before the journal has the event.
  case acknowledgesBeforeCommit = "acknowledges-before-commit"
  /// The entry of the send ledger is committed after the call, not before.
  case outboxAfterSend = "outbox-after-send"
  /// The store has no index on (connection, external id).
  case noDeduplication = "no-deduplication"
  /// A timer that fires stays pending.
  case timerClaimedTwice = "timer-claimed-twice"
  /// Timers are looked for, and fired, three seconds ahead.
  case timerEarly = "timer-early"
  /// A lane goes on before its run is over.
  case laneReleasedEarly = "lane-released-early"
  /// A start does not see runs that wait for a retry: what came after them goes first.
  case retryLosesPlace = "retry-loses-place"
  /// What came of a call never reaches the ledger.
  case settleLost = "settle-lost"
  /// An answer does not take the pending auto-reply away.
  case cancelIgnored = "cancel-ignored"
  /// After a crash, calls in state `sending` are taken for calls that never went out.
  case skipsReconciliation = "skips-reconciliation"
  /// Connectors say "surely not performed" when they do not know.
  case blindRetry = "blind-retry"
  /// The thread of a conversation is not written down.
  case threadLost = "thread-lost"
  /// A run that should wait for a person is closed as done.
  case parkForgotten = "park-forgotten"
  /// Runs go on with the newest version of their flow after a start, whatever they began with.
  case versionForgotten = "version-forgotten"
  /// Calls are noted, and go out, for another project.
  case tenantMixed = "tenant-mixed"
  /// The store takes what a node writes that it has declared dead.
  case noFencing = "no-fencing"
  /// A node that is not heard of keeps what it holds.
  case leaseNeverExpires = "lease-never-expires"
  /// A node takes what another one holds.
  case leaseIgnored = "lease-ignored"
  /// A node goes on receiving for a connection that it gave back.
  case receiverKept = "receiver-kept"
}
