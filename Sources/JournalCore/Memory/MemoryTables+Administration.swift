//! The administrative questions and writes, asked of the tables in memory.
internal import SwitchboardSDK

extension MemoryTables {
  mutating func apply(_ write: AdministrativeWrite) -> JournalWriteOutcome {
    switch write {
    case .cancelTimer(let key): return .flag(timers.removeValue(forKey: key) != nil)
    case .makeTimerDue(let key, let moment):
      guard var timer = timers[key], timer.dueAt > moment else { return .flag(false) }
      timer.dueAt = moment
      timers[key] = timer
      return .flag(true)
    case .prune(let step): return .pruned(prune(step))
    case .removeFlowVersions(let names):
      let removed = names.count { flowVersions.removeValue(forKey: Pair(owner: $0.flow, key: $0.version)) != nil }
      flowVersionOrder.removeAll { flowVersions[$0] == nil }
      return .pruned(PruneProgress(removed: removed, examined: names.count, next: nil))
    }
  }

  func pendingTimers(project: String?, after place: TimerPlace?, limit: Int) -> [TimerRecord] {
    let pending = timers.values.filter { timer in
      guard project == nil || timer.project == project else { return false }
      guard let place else { return true }
      return Self.isInOrder(place, TimerPlace(dueAt: timer.dueAt, key: timer.key))
    }
    let ordered = pending.sorted {
      Self.isInOrder(TimerPlace(dueAt: $0.dueAt, key: $0.key), TimerPlace(dueAt: $1.dueAt, key: $1.key))
    }
    return Array(ordered.prefix(max(0, limit)))
  }

  private static func isInOrder(_ left: TimerPlace, _ right: TimerPlace) -> Bool {
    left.dueAt == right.dueAt ? left.key.utf8.lexicographicallyPrecedes(right.key.utf8) : left.dueAt < right.dueAt
  }

  func summary(_ id: RunID) -> RunSummary? {
    guard let run = runs[id], let event = events[run.event] else { return nil }
    return RunSummary(
      id: id, event: run.event, project: event.project, connection: event.connection, externalID: event.externalID,
      flow: run.flow, version: run.version, label: run.label, lane: run.lane, status: run.status, wakeAt: run.wakeAt,
      receivedAt: event.receivedAt, changedAt: run.changedAt, outcome: run.outcome)
  }

  func openLanes(project: String?, after head: RunID, limit: Int) -> [OpenLane] {
    let byLane = Dictionary(grouping: openRunIDs) { runs[$0]?.lane ?? "" }
    let lanes = byLane.compactMap { lane, ids -> OpenLane? in
      guard let first = ids.first, first > head, let summary = summary(first) else { return nil }
      guard project == nil || summary.project == project else { return nil }
      return OpenLane(lane: lane, openRuns: ids.count, head: summary)
    }
    return Array(lanes.sorted { $0.head.id < $1.head.id }.prefix(max(0, limit)))
  }

  func runs(matching filter: RunFilter, before: RunID, limit: Int) -> [RunSummary] {
    let newestFirst = runs.keys.filter { $0 < before }.sorted(by: >).lazy
    let matching = newestFirst.compactMap { summary($0) }.filter { run in
      (filter.project == nil || run.project == filter.project) && (filter.flow == nil || run.flow == filter.flow)
        && (filter.lane == nil || run.lane == filter.lane)
        && (filter.statuses.isEmpty || filter.statuses.contains(run.status))
    }
    return Array(matching.prefix(max(0, limit)))
  }

  func storedEvent(_ id: EventID) -> StoredEvent? {
    events[id].map { event in
      StoredEvent(
        id: id, project: event.project, connection: event.connection, externalID: event.externalID,
        conversation: event.conversation, receivedAt: event.receivedAt, payload: event.payload)
    }
  }

  func events(externalID: String) -> [StoredEvent] {
    events.filter { $0.value.externalID == externalID }.keys.sorted().compactMap { storedEvent($0) }
  }

  func runs(ofEvent id: EventID) -> [RunSummary] {
    runs.filter { $0.value.event == id }.keys.sorted().compactMap { summary($0) }
  }

  func facts() -> DatabaseFacts {
    func table(_ name: String, _ count: Int) -> DatabaseFacts.Table {
      .init(name: name, rows: Int64(count), isExact: true)
    }
    return DatabaseFacts(
      kind: "memory", schemaVersion: 0, sizeBytes: 0, freeBytes: 0,
      oldestEventAt: events.keys.min().flatMap { events[$0]?.receivedAt },
      newestEventAt: events.keys.max().flatMap { events[$0]?.receivedAt },
      tables: [
        table("events", events.count), table("runs", runs.count), table("timers", timers.count),
        table("conversations", conversations.count), table("dedup_keys", deduplicationKeys.count),
        table("flow_versions", flowVersions.count), table("project_state", projectState.count),
      ])
  }
}
