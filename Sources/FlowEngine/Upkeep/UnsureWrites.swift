//! Writes whose answer was lost: a database that breaks off during a commit may have done it. Their runs are in the
//! journal, then, and in no lane; before anything new is put into one, they are taken up.
import JournalCore
import Synchronization

final class UnsureWrites: Sendable {
  private struct State {
    var noted = 0
    var settled = 0
  }
  private let state = Mutex(State())
  private let recovery: Recovery
  private let sharing: Recovery.Sharing?

  /// - Parameter sharing: what is walked here of several nodes; nil where everything is.
  init(recovery: Recovery, sharing: Recovery.Sharing? = nil) {
    self.recovery = recovery
    self.sharing = sharing
  }

  /// A write that makes runs has failed, perhaps after the deed.
  func note(_ error: JournalError) {
    guard error.code == .unavailable else { return }
    state.withLock { $0.noted += 1 }
  }

  /// Returns once every run of the journal is in its lane. Throws while the journal cannot be asked.
  func takeUp() async throws(JournalError) {
    let noted = state.withLock { $0.noted == $0.settled ? nil : $0.noted }
    guard let noted else { return }
    try recovery.journal.requireSettled()
    _ = try await recovery.takeUp(sharing)
    state.withLock { $0.settled = max($0.settled, noted) }
  }
}
