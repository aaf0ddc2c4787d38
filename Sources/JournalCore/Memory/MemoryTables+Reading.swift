//! The questions of the journal, asked of the tables in memory.
internal import SwitchboardSDK

extension MemoryTables {
  func openRuns(after: RunID, limit: Int) -> [OpenRun] {
    let start = after == .max ? openRunIDs.count : placeAmongOpen(after + 1)
    return openRunIDs[start...].prefix(max(0, limit)).compactMap { id in
      runs[id].map { OpenRun(id: id, lane: $0.lane, status: $0.status, wakeAt: $0.wakeAt) }
    }
  }

  func storedRun(_ id: RunID) -> StoredRun? {
    guard let run = runs[id], let event = events[run.event] else { return nil }
    return StoredRun(
      id: id, event: run.event, project: event.project, connection: event.connection, externalID: event.externalID,
      conversation: event.conversation, flow: run.flow, version: run.version, label: run.label, lane: run.lane,
      status: run.status, wakeAt: run.wakeAt, receivedAt: event.receivedAt, state: run.state, outcome: run.outcome,
      payload: event.payload, changedAt: run.changedAt)
  }

  func storedDeliveries(of run: RunID) -> [StoredDelivery] {
    (deliveries[run] ?? [:]).values.sorted { $0.sequence < $1.sequence }
  }

  func timers(dueBefore moment: Timestamp, limit: Int) -> [TimerRecord] {
    let due = timers.values.filter { $0.dueAt < moment }
    // Keys are compared by their bytes, as a database with binary collation does.
    let ordered = due.sorted { left, right in
      left.dueAt == right.dueAt ? left.key.utf8.lexicographicallyPrecedes(right.key.utf8) : left.dueAt < right.dueAt
    }
    return Array(ordered.prefix(max(0, limit)))
  }

  func threads(of conversation: String) -> [ThreadRecord] {
    (threadsByConversation[conversation] ?? [:]).values.sorted {
      $0.connection.utf8.lexicographicallyPrecedes($1.connection.utf8)
    }
  }

  func troubledRuns(limit: Int) -> [TroubledRun] {
    let troubled = runs.filter { $0.value.status == .parked || $0.value.status == .dead }
    let newestLast = troubled.sorted { ($0.value.changedAt, $0.key) < ($1.value.changedAt, $1.key) }
    return newestLast.suffix(max(0, limit)).map { id, run in
      TroubledRun(
        id: id, project: events[run.event]?.project ?? "", flow: run.flow, lane: run.lane, status: run.status,
        outcome: run.outcome ?? "", at: run.changedAt)
    }
  }

  func counts() -> JournalCounts {
    JournalCounts(
      events: Int(lastEvent), openRuns: openRunIDs.count,
      parkedRuns: runs.values.count { $0.status == .parked }, deadRuns: runs.values.count { $0.status == .dead },
      pendingTimers: timers.count,
      unknownDeliveries: deliveries.values.reduce(0) { $0 + $1.values.count { $0.state == .unknown } })
  }
}
