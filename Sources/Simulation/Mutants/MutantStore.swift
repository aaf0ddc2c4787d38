//! A store that several nodes share and that does not keep its word about them, in one way at a time.
import JournalCore
import SwitchboardSDK

struct MutantStore: ClusterLayer {
  let mutant: Mutant
  let store: any ClusterStore
  let unfenced: any ClusterStore
  private static let foreverMilliseconds: Int64 = 86_400_000

  private var writer: any ClusterStore { mutant == .noFencing ? unfenced : store }

  func append(_ records: [IntakeRecord]) async throws(JournalError) -> [Receipt] { try await writer.append(records) }
  func commit(_ change: RunChange) async throws(JournalError) { try await writer.commit(change) }

  func join(
    _ node: NodeIdentity, replacing previous: NodeNumber?, leaseMilliseconds: Int64
  ) async throws(JournalError) -> NodeNumber {
    try await store.join(
      node, replacing: previous,
      leaseMilliseconds: mutant == .leaseNeverExpires ? Self.foreverMilliseconds : leaseMilliseconds)
  }

  /// Others hold nothing, it says.
  func renew() async throws(JournalError) -> ClusterView {
    var view = try await store.renew()
    if mutant == .leaseIgnored { view.holders = view.holders.filter { $0.value == view.own } }
    return view
  }

  func take(_ resources: [LeasedResource]) async throws(JournalError) -> [LeasedResource] {
    let taken = try await store.take(resources)
    return mutant == .leaseIgnored ? resources : taken
  }
}
