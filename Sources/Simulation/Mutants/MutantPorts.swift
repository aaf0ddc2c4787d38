//! Connectors and sources that do not keep their word.
import FlowEngine
import FlowModel
import JournalCore
import SwitchboardSDK

extension Mutant {
  func journal(over base: any ClusterStore) -> any ClusterStore {
    self == .none || isOfStore ? base : MutantJournal(self, over: base)
  }

  /// Nodes see such a store from above, as they see the one that keeps its word.
  private var isOfStore: Bool { self == .noFencing || self == .leaseNeverExpires || self == .leaseIgnored }

  /// - Parameter unfenced: a way to the same store that is no node's.
  func store(_ base: any ClusterStore, unfenced: any ClusterStore) -> any ClusterStore {
    isOfStore ? MutantStore(mutant: self, store: base, unfenced: unfenced) : base
  }


  func connections(over base: any ConnectionsPort) -> any ConnectionsPort {
    self == .blindRetry ? BlindConnections(base: base) : base
  }

  func sources(_ base: any FlowSourcePort, newest: @escaping @Sendable (String) -> String) -> any FlowSourcePort {
    self == .versionForgotten ? NewestSources(base: base, newest: newest) : base
  }
}

/// Takes what it does not know for what has not happened.
private struct BlindConnections: ConnectionsPort {
  let base: any ConnectionsPort

  func perform(_ action: Action, on connection: String) async throws(ActionError) -> ActionResult {
    do throws(ActionError) { return try await base.perform(action, on: connection) } catch {
      throw error.code == .unknown ? ActionError(.transient, error.detail) : error
    }
  }

  func reconcile(_ action: Action, on connection: String, begunAt: Timestamp) async throws(ActionError)
    -> Reconciliation
  {
    try await base.reconcile(action, on: connection, begunAt: begunAt)
  }
}

/// Reads the newest source, whichever was asked for.
private struct NewestSources: FlowSourcePort {
  let base: any FlowSourcePort
  let newest: @Sendable (String) -> String

  func flow(project: String, file: String, source: String) -> Flow? {
    var flow = base.flow(project: project, file: file, source: newest(project))
    flow?.version = source
    return flow
  }
}
