//! Engines with a planted fault each, as wrappers around their ports: a simulation that does not notice them is worth
//! nothing.
import FlowEngine

package enum Mutant: String, Sendable, Hashable, CaseIterable {
  case none
  /// The journal forgets its fsync.
  case forgetsFsync
  /// The door says "accepted" before the journal has the event.
  case acknowledgesBeforeCommit
}

extension Mutant {
  func journal(over base: NodeJournal, _ time: VirtualTime) -> any JournalLayer {
    base
  }

  func connections(over base: NodeConnections) -> any ConnectionsPort { base }
}
