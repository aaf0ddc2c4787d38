//! Whether a node lives. What a dead one still does is without effect: all its ports ask here first.
package import JournalCore
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
package final class NodeLife: @unchecked Sendable {
  /// Of its machine; empty in a world with only one.
  let name: String
  package private(set) var isAlive = true
  /// What it is in the cluster; nil before it joins, and on a single node.
  var number: NodeNumber?
  /// Its last write is being made.
  var isLeaving = false
  /// When it went on after it had hung, in virtual time.
  var wentOnAt: Int64?
  private let ending = Wake()

  package init() { name = "" }
  init(name: String) { self.name = name }

  package func end() {
    isAlive = false
    ending.signal()
  }

  /// Returns once the node is dead, or the task is cancelled.
  package func ended() async {
    await ending.wait { !self.isAlive }
  }

  package func check() throws(JournalError) {
    guard isAlive else { throw JournalError(.unavailable, "the node is dead") }
  }
}
