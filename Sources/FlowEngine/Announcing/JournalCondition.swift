//! What the journal refused last. Reading works on a full or read-only disk, so that only a write can tell.
package import JournalCore
import Synchronization

package final class JournalCondition: Sendable {
  private let state = Mutex<JournalError?>(nil)

  package init() {}

  /// Nil while nothing was refused since the last `recovered`.
  package var trouble: JournalError? { state.withLock { $0 } }

  func refused(_ error: JournalError) {
    // A closed run is the answer to one caller, no state of the journal.
    guard error.code != .runClosed, error.code != .conflict else { return }
    state.withLock { $0 = error }
  }

  /// To be called when a write went through.
  package func recovered() { state.withLock { $0 = nil } }
}
