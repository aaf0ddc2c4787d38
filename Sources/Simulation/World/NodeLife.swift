//! Whether a node lives. What a dead one still does is without effect: all its ports ask here first.
package import JournalCore
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
package final class NodeLife: @unchecked Sendable {
  package private(set) var isAlive = true
  private var waiter: CheckedContinuation<Void, Never>?

  package init() {}

  package func end() {
    isAlive = false
    waiter?.resume()
    waiter = nil
  }

  /// Returns once the node is dead, or the task is cancelled.
  package func ended() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard isAlive, !Task.isCancelled else { return continuation.resume() }
        waiter = continuation
      }
    } onCancel: {
      waiter?.resume()
      waiter = nil
    }
  }

  package func check() throws(JournalError) {
    guard isAlive else { throw JournalError(.unavailable, "the node is dead") }
  }
}
