//! A journal that does not keep its word, in one way at a time.
import FlowModel
import JournalCore
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class MutantJournal: ClusterLayer, @unchecked Sendable {
  let store: any ClusterStore
  private let mutant: Mutant
  private var copies = 0
  /// Ledger entries that wait for the commit after the call.
  private var withheld: [RunID: [DeliveryChange]] = [:]
  private var hasStarted = false

  init(_ mutant: Mutant, over store: any ClusterStore) {
    self.store = store
    self.mutant = mutant
  }

  func append(_ records: [IntakeRecord]) async throws(JournalError) -> [Receipt] {
    guard mutant == .noDeduplication else { return try await store.append(records) }
    copies += 1
    let altered = records.map { record in
      var altered = record
      altered.externalID += "~\(copies)"
      return altered
    }
    return try await store.append(altered)
  }

  func commit(_ change: RunChange) async throws(JournalError) {
    var change = change
    switch mutant {
    case .outboxAfterSend:
      let isSending = change.deliveries.contains { $0.isSending }
      let earlier = withheld.removeValue(forKey: change.run) ?? []
      if isSending {
        withheld[change.run] = change.deliveries.filter(\.isSending)
        change.deliveries.removeAll { $0.isSending }
      }
      change.deliveries = earlier + change.deliveries
    case .settleLost:
      change.deliveries.removeAll { if case .settle = $0 { true } else { false } }
    case .cancelIgnored:
      change.timers.removeAll { if case .cancel = $0 { true } else { false } }
    case .threadLost:
      change.threads = []
    case .parkForgotten:
      if change.status == .parked { change.status = .done; change.outcome = "delivered" }
    case .tenantMixed:
      change.deliveries = change.deliveries.map { delivery in
        guard case .insert(var new) = delivery else { return delivery }
        new.project = "project2"
        return .insert(new)
      }
    default: break
    }
    try await store.commit(change)
  }

  func openRuns(after: RunID, limit: Int) async throws(JournalError) -> [OpenRun] {
    withoutWaiting(try await store.openRuns(after: after, limit: limit))
  }

  private func withoutWaiting(_ open: [OpenRun]) -> [OpenRun] {
    guard mutant == .retryLosesPlace, !hasStarted else { return open }
    hasStarted = true
    return open.filter { $0.status != .waiting }
  }

  func deliveries(of run: RunID) async throws(JournalError) -> [StoredDelivery] {
    let stored = try await store.deliveries(of: run)
    guard mutant == .skipsReconciliation else { return stored }
    return stored.map { delivery in
      var altered = delivery
      if altered.state == .sending { altered.state = .intended }
      return altered
    }
  }

  private static let aheadMilliseconds: Int64 = 3_000

  func timers(dueBefore moment: Timestamp, limit: Int) async throws(JournalError) -> [TimerRecord] {
    let moment = mutant == .timerEarly ? moment.adding(milliseconds: Self.aheadMilliseconds) : moment
    return try await store.timers(dueBefore: moment, limit: limit)
  }

  func fireTimer(key: String, now: Timestamp) async throws(JournalError) -> OpenRun? {
    try await fire(key, now) { (moment) async throws(JournalError) in
      try await store.fireTimer(key: key, now: moment)
    }
  }

  func fireTimer(key: String, now: Timestamp, handsOver: Bool) async throws(JournalError) -> OpenRun? {
    try await fire(key, now) { (moment) async throws(JournalError) in
      try await store.fireTimer(key: key, now: moment, handsOver: handsOver)
    }
  }

  private func fire(
    _ key: String, _ now: Timestamp, _ fire: (Timestamp) async throws(JournalError) -> OpenRun?
  ) async throws(JournalError) -> OpenRun? {
    switch mutant {
    case .timerEarly: return try await fire(now.adding(milliseconds: Self.aheadMilliseconds))
    case .timerClaimedTwice:
      let due = try await store.timers(dueBefore: now.adding(milliseconds: 1), limit: .max).first { $0.key == key }
      guard let fired = try await fire(now) else { return nil }
      if let due, let run = try await store.run(fired.id) {
        try await store.commit(
          RunChange(
            run: fired.id, status: .queued, state: run.state, at: now, timers: [.start(due, keepsEarlier: false)]))
      }
      return fired
    default: return try await fire(now)
    }
  }
}

extension DeliveryChange {
  fileprivate var isSending: Bool {
    switch self {
    case .insert, .begin: true
    case .settle: false
    }
  }
}
