//! What only one node has at a time.

package enum LeasedResource: Sendable, Hashable {
  /// A partition of the lanes: whoever holds it walks their runs.
  case lanes(partition: Int)
  /// A connection's receiver: its poller, or the place where its webhooks are taken in.
  case connection(String)
  case service(Service)

  /// What one node does for all.
  package enum Service: String, Sendable, Hashable, CaseIterable {
    case timers, schedules, retention
    /// Making what is made once for all nodes (webhook secrets), at a start.
    case setup
  }

  package var isLanes: Bool { if case .lanes = self { true } else { false } }

  /// `lane/17`, `connection/desk`, `service/timers`: how stores keep it.
  package var name: String {
    switch self {
    case .lanes(let partition): "lane/\(partition)"
    case .connection(let name): "connection/\(name)"
    case .service(let service): "service/\(service.rawValue)"
    }
  }

  /// Nil for what a later version of the program has put there.
  package init?(name: String) {
    let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "lane":
      guard let partition = Int(parts[1]), (0..<LanePartition.count).contains(partition) else { return nil }
      self = .lanes(partition: partition)
    case "connection": self = .connection(String(parts[1]))
    case "service":
      guard let service = Service(rawValue: String(parts[1])) else { return nil }
      self = .service(service)
    default: return nil
    }
  }
}
