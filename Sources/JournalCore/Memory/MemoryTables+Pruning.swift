//! Forgetting in memory: the measure that the databases are held to.
internal import FlowModel
internal import SwitchboardSDK

extension MemoryTables {
  mutating func prune(_ step: PruneStep) -> PruneProgress {
    switch step {
    case .history(let after, let receivedBefore, let deadBefore, let limit):
      return pruneHistory(after: after, receivedBefore: receivedBefore, deadBefore: deadBefore, limit: limit)
    case .deduplicationKeys(let moment, let limit):
      let expired = deduplicationKeys.filter { $0.value.keepUntil < moment }
      let removed = expired.keys.sorted { ($0.owner, $0.key) < ($1.owner, $1.key) }.prefix(max(0, limit))
      for key in removed { deduplicationKeys[key] = nil }
      return PruneProgress(removed: removed.count, examined: removed.count, next: removed.count < limit ? nil : 0)
    case .projectState(let moment, let limit):
      let expired = projectState.filter { $0.value.expiresAt.map { $0 < moment } ?? false }
      let removed = expired.keys.sorted { ($0.owner, $0.key) < ($1.owner, $1.key) }.prefix(max(0, limit))
      for key in removed { projectState[key] = nil }
      return PruneProgress(removed: removed.count, examined: removed.count, next: removed.count < limit ? nil : 0)
    }
  }

  private mutating func pruneHistory(
    after: EventID, receivedBefore: Timestamp, deadBefore: Timestamp, limit: Int
  ) -> PruneProgress {
    let looked = events.keys.filter { $0 > after }.sorted().prefix(max(0, limit))
    let isOver = looked.count < limit
    let hasOld = looked.contains { events[$0].map { $0.receivedAt < receivedBefore } ?? false }
    var removed = 0
    for id in looked where mayGo(id, receivedBefore: receivedBefore, deadBefore: deadBefore) {
      remove(id)
      removed += 1
    }
    // Where nothing is old enough, everything after it is newer still.
    return PruneProgress(removed: removed, examined: looked.count, next: isOver || !hasOld ? nil : looked.last)
  }

  private func mayGo(_ id: EventID, receivedBefore: Timestamp, deadBefore: Timestamp) -> Bool {
    guard let event = events[id], event.receivedAt < receivedBefore, id != lastEvent else { return false }
    guard !timers.values.contains(where: { $0.event == id }) else { return false }
    return runs.filter { $0.value.event == id }.allSatisfy { run, row in
      guard row.status.isClosed, run != lastRun, row.changedAt < receivedBefore else { return false }
      let isSettled = (deliveries[run] ?? [:]).values.allSatisfy { $0.state == .sent || $0.state == .failed }
      return (row.status != .dead && isSettled) || row.changedAt < deadBefore
    }
  }

  private mutating func remove(_ id: EventID) {
    guard let event = events.removeValue(forKey: id) else { return }
    eventsByExternalKey[ExternalKey(connection: event.connection, externalID: event.externalID)] = nil
    for run in runs.filter({ $0.value.event == id }).keys {
      runs[run] = nil
      for delivery in (deliveries.removeValue(forKey: run) ?? [:]).values {
        for message in delivery.remoteIDs {
          ownMessages.remove(.init(connection: delivery.connection, chat: delivery.chat, message: message))
        }
      }
    }
  }

  func unusedFlowVersions(keeping: Set<FlowVersionName>, newest: Int) -> Set<FlowVersionName> {
    let pinned = Set(
      runs.values.filter { !$0.status.isClosed || $0.status == .dead }.map { Pair(owner: $0.flow, key: $0.version) }
        + timers.values.map { Pair(owner: $0.flow, key: $0.version) })
    let byFlow = Dictionary(grouping: flowVersionOrder, by: \.owner)
    let old = byFlow.values.flatMap { $0.dropLast(max(0, newest)) }
    return Set(old.map { FlowVersionName(flow: $0.owner, version: $0.key) }).subtracting(keeping).filter { name in
      !pinned.contains(Pair(owner: name.plainFlow, key: name.version))
    }
  }
}
