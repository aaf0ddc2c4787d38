//! `JournalAdministration` of the journal in PostgreSQL. Pruning needs no turn of the writer here: it deletes beside
//! it, and a step that a lost line interrupted is simply made again.
package import JournalCore
package import SwitchboardSDK

extension PostgresJournal: JournalAdministration {
  package func pendingTimers(
    project: String?, after place: TimerPlace?, limit: Int
  ) async throws(JournalError) -> [TimerRecord] {
    guard let project = try await filter(project) else { return [] }
    var parameters = StatementParameters()
    parameters.add(place?.dueAt ?? Timestamp(milliseconds: .min))
    parameters.add(place?.key ?? "")
    parameters.add(Int64(max(0, limit)))
    parameters.add(project)
    return try await timers(.pendingTimers, parameters)
  }

  package func pendingTimer(key: String) async throws(JournalError) -> TimerRecord? {
    var parameters = StatementParameters()
    parameters.add(key)
    return try await timers(.pendingTimer, parameters).first
  }

  package func pendingTimers(ofEvent id: EventID) async throws(JournalError) -> [TimerRecord] {
    var parameters = StatementParameters()
    parameters.add(id)
    return try await timers(.timersOfEvent, parameters)
  }

  package func cancelTimer(key: String) async throws(JournalError) -> Bool {
    try await writer.perform(.administer(.cancelTimer(key: key))).flag()
  }

  package func makeTimerDue(key: String, at moment: Timestamp) async throws(JournalError) -> Bool {
    try await writer.perform(.administer(.makeTimerDue(key: key, at: moment))).flag()
  }

  package func openLanes(project: String?, after head: RunID, limit: Int) async throws(JournalError) -> [OpenLane] {
    guard let project = try await filter(project) else { return [] }
    var parameters = StatementParameters()
    parameters.add(head)
    parameters.add(project)
    parameters.add(Int64(max(0, limit)))
    return try await slow.ask(.openLanes, parameters) { [names] rows in
      Self.all(rows) { row in
        names.summary(rows, row).map { OpenLane(lane: $0.lane, openRuns: rows.int(row, 14), head: $0) }
      }
    }
  }

  package func runs(
    matching filter: RunFilter, before: RunID, limit: Int
  ) async throws(JournalError) -> [RunSummary] {
    guard let project = try await self.filter(filter.project), let flow = try await self.filter(filter.flow) else {
      return []
    }
    var statuses = ArrayColumn(.int2)
    for status in filter.statuses { statuses.append(Int16(clamping: status.rawValue)) }
    var parameters = StatementParameters()
    parameters.add(before)
    parameters.add(Int64(max(0, limit)))
    parameters.add(statuses)
    parameters.add(project)
    parameters.add(flow)
    if let lane = filter.lane { parameters.add(lane) } else { parameters.addNull() }
    let isOpen = !filter.statuses.isEmpty && filter.statuses.isSubset(of: RunFilter.openStatuses)
    let isTroubled = !filter.statuses.isEmpty && filter.statuses.isSubset(of: RunFilter.troubledStatuses)
    return try await summaries(isOpen ? .runsOpen : isTroubled ? .runsTroubled : .runsAny, parameters)
  }

  package func runs(ofEvent id: EventID) async throws(JournalError) -> [RunSummary] {
    var parameters = StatementParameters()
    parameters.add(id)
    return try await summaries(.runsOfEvent, parameters)
  }

  package func event(_ id: EventID) async throws(JournalError) -> StoredEvent? {
    var parameters = StatementParameters()
    parameters.add(id)
    return try await events(.event, parameters).first
  }

  package func events(externalID: String) async throws(JournalError) -> [StoredEvent] {
    var parameters = StatementParameters()
    parameters.add(externalID)
    return try await events(.eventsByExternalID, parameters)
  }
}

// MARK: Upkeep

extension PostgresJournal {
  package func prune(_ step: PruneStep) async throws(JournalError) -> PruneProgress {
    var parameters = StatementParameters()
    switch step {
    case .history(let after, let receivedBefore, let deadBefore, let limit):
      let limit = max(0, limit)
      parameters.add(after)
      parameters.add(receivedBefore)
      parameters.add(deadBefore)
      parameters.add(Int64(limit))
      return try await slow.ask(.pruneHistory, parameters) { rows in
        guard rows.count > 0 else { return PruneProgress(removed: 0, examined: 0, next: nil) }
        let examined = rows.int(0, 0)
        // Where nothing is old enough, everything after it is newer still.
        let isEnd = examined < limit || rows.int(0, 2) == 0
        return PruneProgress(removed: rows.int(0, 3), examined: examined, next: isEnd ? nil : rows.int64(0, 1))
      }
    case .deduplicationKeys(let moment, let limit):
      return try await prune(.pruneKeys, before: moment, limit: limit)
    case .projectState(let moment, let limit): return try await prune(.pruneState, before: moment, limit: limit)
    }
  }

  private func prune(
    _ statement: ReadStatement, before moment: Timestamp, limit: Int
  ) async throws(JournalError) -> PruneProgress {
    var parameters = StatementParameters()
    parameters.add(moment)
    parameters.add(Int64(max(0, limit)))
    return try await slow.ask(statement, parameters) { rows in
      let removed = rows.count > 0 ? rows.int(0, 0) : 0
      return PruneProgress(removed: removed, examined: removed, next: removed < limit ? nil : 0)
    }
  }

  package func removeUnusedFlowVersions(
    keeping: Set<FlowVersionName>, newest: Int
  ) async throws(JournalError) -> Int {
    let pinned = Set(try await versionNames(.pinnedVersions))
    var seen: [String: Int] = [:]
    var flows = ArrayColumn(.int4)
    var versions = ArrayColumn(.int4)
    for name in try await versionNames(.flowVersions) {
      seen[name.flow, default: 0] += 1
      let isPinned = pinned.contains(FlowVersionName(flow: name.plainFlow, version: name.version))
      guard seen[name.flow, default: 0] > newest, !keeping.contains(name), !isPinned,
        let flow = names.identifier(name.flow), let version = names.identifier(name.version)
      else { continue }
      flows.append(flow)
      versions.append(version)
    }
    guard !flows.isEmpty else { return 0 }
    var parameters = StatementParameters()
    parameters.add(flows)
    parameters.add(versions)
    return try await slow.ask(.removeVersions, parameters) { rows in rows.count > 0 ? rows.int(0, 0) : 0 }
  }

  package func databaseFacts() async throws(JournalError) -> DatabaseFacts {
    try await slow.ask(.facts, StatementParameters()) { rows in
      var facts = DatabaseFacts(
        kind: "postgres", schemaVersion: 0, sizeBytes: 0, freeBytes: 0, oldestEventAt: nil, newestEventAt: nil,
        tables: [])
      for row in 0..<rows.count {
        let words = rows.text(row, 0).split(separator: ":").map(String.init)
        switch words.first {
        case "version": facts.schemaVersion = rows.int(row, 1)
        case "size": facts.sizeBytes = rows.int64(row, 1)
        case "oldest": facts.oldestEventAt = rows.optionalTimestamp(row, 1)
        case "newest": facts.newestEventAt = rows.optionalTimestamp(row, 1)
        default:
          facts.tables.append(
            .init(name: words.last ?? "", rows: rows.int64(row, 1), isExact: words.first == "table"))
        }
      }
      return facts
    }
  }

  private func versionNames(_ statement: ReadStatement) async throws(JournalError) -> [FlowVersionName] {
    try await slow.ask(statement, StatementParameters()) { [names] rows in
      Self.all(rows) { row in
        guard let flow = names.name(rows, row, 0), let version = names.name(rows, row, 1) else { return nil }
        return FlowVersionName(flow: flow, version: version)
      }
    }
  }
}

// MARK: Rows

extension PostgresJournal {
  /// The name's number, 0 for nil; nil when no row can hold the name.
  private func filter(_ name: String?) async throws(JournalError) -> Int32? {
    guard let name else { return 0 }
    return try await identifier(name)
  }

  /// Nil when one of them is: a name is missing in the table.
  private static func all<Row>(_ rows: ResultRows, _ read: (Int) -> Row?) -> [Row]? {
    var found: [Row] = []
    for row in 0..<rows.count {
      guard let one = read(row) else { return nil }
      found.append(one)
    }
    return found
  }

  private func timers(
    _ statement: ReadStatement, _ parameters: StatementParameters
  ) async throws(JournalError) -> [TimerRecord] {
    try await slow.ask(statement, parameters) { [names] rows in
      Self.all(rows) { row in
        guard let project = names.name(rows, row, 2), let flow = names.name(rows, row, 4),
          let version = names.name(rows, row, 5), let label = names.name(rows, row, 6)
        else { return nil }
        return TimerRecord(
          key: rows.text(row, 0), dueAt: rows.timestamp(row, 1), project: project, conversation: rows.text(row, 3),
          flow: flow, version: version, label: label, lane: rows.text(row, 7), event: rows.int64(row, 8),
          state: rows.bytes(row, 9))
      }
    }
  }

  private func summaries(
    _ statement: ReadStatement, _ parameters: StatementParameters
  ) async throws(JournalError) -> [RunSummary] {
    try await slow.ask(statement, parameters) { [names] rows in Self.all(rows) { names.summary(rows, $0) } }
  }

  private func events(
    _ statement: ReadStatement, _ parameters: StatementParameters
  ) async throws(JournalError) -> [StoredEvent] {
    try await slow.ask(statement, parameters) { [names] rows in
      Self.all(rows) { row in
        guard let project = names.name(rows, row, 1), let connection = names.name(rows, row, 2) else { return nil }
        return StoredEvent(
          id: rows.int64(row, 0), project: project, connection: connection, externalID: rows.text(row, 3),
          conversation: rows.text(row, 4), receivedAt: rows.timestamp(row, 5), payload: rows.bytes(row, 6))
      }
    }
  }
}

extension NameTable {
  /// Nil when a name is missing in the table.
  fileprivate func summary(_ rows: ResultRows, _ row: Int) -> RunSummary? {
    guard let project = name(rows, row, 2), let connection = name(rows, row, 3), let flow = name(rows, row, 5),
      let version = name(rows, row, 6), let label = name(rows, row, 7)
    else { return nil }
    return RunSummary(
      id: rows.int64(row, 0), event: rows.int64(row, 1), project: project, connection: connection,
      externalID: rows.text(row, 4), flow: flow, version: version, label: label, lane: rows.text(row, 8),
      status: RunStatus(rawValue: rows.int(row, 9)) ?? .parked, wakeAt: rows.optionalTimestamp(row, 10),
      receivedAt: rows.timestamp(row, 11), changedAt: rows.timestamp(row, 12), outcome: rows.optionalText(row, 13))
  }
}
