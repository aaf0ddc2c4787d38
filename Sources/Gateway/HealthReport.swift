//! What `GET /health` tells a load balancer (by status) and a person (by body).
package import JournalCore
package import SwitchboardSDK

package struct HealthReport: Sendable, Hashable {
  package enum Status: String, Sendable, Hashable {
    case ok
    /// Serves, but something needs a person: a connection is down, the disk is full for writes elsewhere.
    case degraded
    /// Takes no new work: storage is away, or the process is stopping. Answered with 503.
    case unavailable
  }

  package struct Storage: Sendable, Hashable {
    /// `sqlite`, `postgres`.
    package var kind: String
    package var isReachable: Bool
    package var detail: String

    package init(kind: String, isReachable: Bool, detail: String = "") {
      self.kind = kind
      self.isReachable = isReachable
      self.detail = detail
    }
  }

  package struct Connection: Sendable, Hashable {
    package var name: String
    package var project: String
    package var plugin: String
    /// `receiving`, `waiting`, `stopped`, `failed` …
    package var state: String
    package var detail: String

    package init(name: String, project: String, plugin: String, state: String, detail: String = "") {
      self.name = name
      self.project = project
      self.plugin = plugin
      self.state = state
      self.detail = detail
    }
  }

  package struct FlowState: Sendable, Hashable {
    package var project: String
    package var flow: String
    package var version: String

    package init(project: String, flow: String, version: String) {
      self.project = project
      self.flow = flow
      self.version = version
    }
  }

  /// A rule that fails: its last call did, or its breaker is open.
  package struct Rule: Sendable, Hashable {
    package var project: String
    package var rule: String
    /// `closed`, `open`, `half_open`.
    package var breaker: String
    package var calls: Int
    package var errors: Int
    package var failuresInRow: Int

    package init(project: String, rule: String, breaker: String, calls: Int, errors: Int, failuresInRow: Int) {
      self.project = project
      self.rule = rule
      self.breaker = breaker
      self.calls = calls
      self.errors = errors
      self.failuresInRow = failuresInRow
    }

    var value: Value {
      [
        "project": .text(project), "rule": .text(rule), "breaker": .text(breaker), "calls": .int(Int64(calls)),
        "errors": .int(Int64(errors)), "failures_in_row": .int(Int64(failuresInRow)),
      ]
    }
  }

  /// One of several nodes over one store.
  package struct Node: Sendable, Hashable {
    package var name: String
    /// 0 while it has none.
    package var number: Int64
    package var heldPartitions: Int
    package var heldConnections: [String]
    package var liveNodes: [String]

    package init(
      name: String, number: Int64, heldPartitions: Int, heldConnections: [String], liveNodes: [String]
    ) {
      self.name = name
      self.number = number
      self.heldPartitions = heldPartitions
      self.heldConnections = heldConnections
      self.liveNodes = liveNodes
    }
  }

  package var status: Status
  package var version: String
  package var uptimeMilliseconds: Int64
  package var storage: Storage
  package var connections: [Connection]
  package var counts: JournalCounts
  package var flows: [FlowState]
  package var publications: [PublicationState]
  /// Those that fail at the moment; none of them is left out.
  package var failingRules: [Rule]
  /// Nil where only one node can be.
  package var node: Node?

  package init(
    status: Status, version: String, uptimeMilliseconds: Int64, storage: Storage, connections: [Connection] = [],
    counts: JournalCounts = JournalCounts(), flows: [FlowState] = [], publications: [PublicationState] = [],
    failingRules: [Rule] = [], node: Node? = nil
  ) {
    self.status = status
    self.version = version
    self.uptimeMilliseconds = uptimeMilliseconds
    self.storage = storage
    self.connections = connections
    self.counts = counts
    self.flows = flows
    self.node = node
    self.publications = publications
    self.failingRules = failingRules
  }

  /// The body of the answer.
  package var value: Value {
    guard let node, case .map(var members) = common else { return common }
    members["node"] = [
      "name": .text(node.name), "number": .int(node.number), "held_partitions": .int(Int64(node.heldPartitions)),
      "held_connections": .list(node.heldConnections.map { .text($0) }),
      "live_nodes": .list(node.liveNodes.map { .text($0) }),
    ]
    return .map(members)
  }

  private var common: Value {
    [
      "status": .text(status.rawValue), "version": .text(version),
      "uptime_seconds": .int(uptimeMilliseconds / 1_000),
      "storage": [
        "kind": .text(storage.kind), "reachable": .bool(storage.isReachable), "detail": .text(storage.detail),
      ],
      "connections": .list(
        connections.map {
          [
            "name": .text($0.name), "project": .text($0.project), "plugin": .text($0.plugin),
            "state": .text($0.state), "detail": .text($0.detail),
          ]
        }),
      "counts": [
        "events": .int(Int64(counts.events)), "open_runs": .int(Int64(counts.openRuns)),
        "parked_runs": .int(Int64(counts.parkedRuns)), "dead_runs": .int(Int64(counts.deadRuns)),
        "pending_timers": .int(Int64(counts.pendingTimers)),
        "unknown_deliveries": .int(Int64(counts.unknownDeliveries)),
      ],
      "flows": .list(
        flows.map { ["project": .text($0.project), "flow": .text($0.flow), "version": .text($0.version)] }),
      "publications": .list(publications.map(\.value)), "failing_rules": .list(failingRules.map(\.value)),
    ]
  }
}
