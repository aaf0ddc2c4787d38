//! What people ask of the journal in PostgreSQL, and mend in it.
package import JournalCore
package import SwitchboardSDK

extension PostgresJournal: JournalAdministration {
  // MARK: Timers

  package func pendingTimers(
    project: String?, after place: TimerPlace?, limit: Int
  ) async throws(JournalError) -> [TimerRecord] {
    var parameters = StatementParameters()
    parameters.add(place?.dueAt ?? Timestamp(milliseconds: .min))
    parameters.add(place?.key ?? "")
    parameters.add(Int64(max(0, limit)))
    var byProject = ""
    if let project {
      guard let identifier = try await identifier(project) else { return [] }
      byProject = "AND project = \(identifier)"
    }
    return try await list(
      """
      SELECT \(NameTable.timerColumns) FROM timers WHERE (due_at, key) > ($1::int8, $2::text) \(byProject)
      ORDER BY due_at, key LIMIT $3::int8
      """, parameters) { $0.timer }
  }

  package func pendingTimer(key: String) async throws(JournalError) -> TimerRecord? {
    var parameters = StatementParameters()
    parameters.add(key)
    return try await list(
      "SELECT \(NameTable.timerColumns) FROM timers WHERE key = $1::text", parameters) { $0.timer }.first
  }

  package func pendingTimers(ofEvent id: EventID) async throws(JournalError) -> [TimerRecord] {
    var parameters = StatementParameters()
    parameters.add(id)
    return try await list(
      """
      SELECT \(NameTable.timerColumns) FROM timers
      WHERE conversation = (SELECT conversation FROM events WHERE id = $1::int8) AND event = $1::int8
      ORDER BY due_at, key
      """, parameters) { $0.timer }
  }

  package func cancelTimer(key: String) async throws(JournalError) -> Bool {
    try await writer.perform(.administer(.cancelTimer(key: key))).flag()
  }

  package func makeTimerDue(key: String, at moment: Timestamp) async throws(JournalError) -> Bool {
    try await writer.perform(.administer(.makeTimerDue(key: key, at: moment))).flag()
  }

  // MARK: Lanes and runs

  package func openLanes(project: String?, after head: RunID, limit: Int) async throws(JournalError) -> [OpenLane] {
    var parameters = StatementParameters()
    parameters.add(head)
    parameters.add(Int64(max(0, limit)))
    var byProject = ""
    if let project {
      guard let identifier = try await identifier(project) else { return [] }
      byProject = "AND e.project = \(identifier)"
    }
    return try await list(
      """
      SELECT \(NameTable.runColumns), l.count
      FROM (SELECT min(id) AS head, count(*) AS count FROM runs WHERE is_open GROUP BY lane) l
      JOIN runs r ON r.id = l.head JOIN events e ON e.id = r.event
      WHERE l.head > $1::int8 \(byProject) ORDER BY l.head LIMIT $2::int8
      """, parameters
    ) { names in
      { rows, row in
        names.summary(rows, row).map { OpenLane(lane: $0.lane, openRuns: rows.int(row, 14), head: $0) }
      }
    }
  }

  package func runs(
    matching filter: RunFilter, before: RunID, limit: Int
  ) async throws(JournalError) -> [RunSummary] {
    var parameters = StatementParameters()
    parameters.add(before)
    parameters.add(Int64(max(0, limit)))
    var conditions = ["r.id < $1::int8"]
    if !filter.statuses.isEmpty {
      // The very words of the partial indexes, so that few open or dead runs are found among millions.
      if filter.statuses.isSubset(of: RunFilter.openStatuses) { conditions.append("r.is_open") }
      if filter.statuses.isSubset(of: RunFilter.troubledStatuses) { conditions.append("r.troubled_at IS NOT NULL") }
      conditions.append("r.status IN (\(filter.statuses.map { "\($0.rawValue)" }.sorted().joined(separator: ", ")))")
    }
    for (column, name) in [("e.project", filter.project), ("r.flow", filter.flow)] {
      guard let name else { continue }
      guard let identifier = try await identifier(name) else { return [] }
      conditions.append("\(column) = \(identifier)")
    }
    if let lane = filter.lane {
      conditions.append("r.lane = $3::text")
      parameters.add(lane)
    }
    return try await list(
      """
      SELECT \(NameTable.runColumns) FROM runs r JOIN events e ON e.id = r.event
      WHERE \(conditions.joined(separator: " AND ")) ORDER BY r.id DESC LIMIT $2::int8
      """, parameters) { $0.summary }
  }

  package func runs(ofEvent id: EventID) async throws(JournalError) -> [RunSummary] {
    var parameters = StatementParameters()
    parameters.add(id)
    return try await list(
      """
      SELECT \(NameTable.runColumns) FROM runs r JOIN events e ON e.id = r.event
      WHERE r.event = $1::int8 ORDER BY r.id
      """, parameters) { $0.summary }
  }

  // MARK: One message

  package func event(_ id: EventID) async throws(JournalError) -> StoredEvent? {
    var parameters = StatementParameters()
    parameters.add(id)
    return try await list(
      "SELECT \(NameTable.eventColumns) FROM events WHERE id = $1::int8", parameters) { $0.event }.first
  }

  package func events(externalID: String) async throws(JournalError) -> [StoredEvent] {
    var parameters = StatementParameters()
    parameters.add(externalID)
    // The index begins with the connection; there are as many names as the configuration has words.
    return try await list(
      """
      SELECT \(NameTable.eventColumns) FROM events
      WHERE connection = ANY(ARRAY(SELECT id FROM names)) AND external_id = $1::text ORDER BY id
      """, parameters) { $0.event }
  }
}
