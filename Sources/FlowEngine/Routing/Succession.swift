//! What becomes of work that began with a version which no longer serves. Decided by the versions that came after
//! it, in the order in which they were published, so that every node and every restart decides alike.
import FlowModel
import JournalCore

/// The versions of one flow, in the order in which they came to serve.
package struct FlowHistory: Sendable, Hashable {
  struct Entry: Sendable, Hashable {
    var version: String
    var running: RunningPolicy
  }
  private var entries: [Entry] = []
  /// So many publications back an order to adopt or cancel is remembered.
  static let kept = 64

  enum Succession: Sendable, Hashable {
    /// The run ends with the version it began with.
    case pin
    case adopt(by: String)
    case cancel(by: String)
  }

  mutating func serve(_ version: String, running: RunningPolicy) {
    guard entries.last?.version != version else { return }
    entries.append(Entry(version: version, running: running))
    if entries.count > Self.kept { entries.removeFirst(entries.count - Self.kept) }
  }

  /// What the versions since this one want. A version that is not in the history is older than all of it.
  func succession(of version: String) -> Succession {
    guard version != entries.last?.version else { return .pin }
    let since = (entries.lastIndex { $0.version == version } ?? -1) + 1
    let later = entries[since...]
    if let first = later.first(where: { $0.running == .cancel }) { return .cancel(by: first.version) }
    if let last = later.last(where: { $0.running == .adopt }) { return .adopt(by: last.version) }
    return .pin
  }
}
