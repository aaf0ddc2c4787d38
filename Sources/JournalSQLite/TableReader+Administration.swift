//! Questions that people ask: each is prepared when it is asked, since none is asked often.
internal import JournalCore
internal import SwitchboardSDK

extension TableReader {
  private static let timerColumns = "key, due_at, project, conversation, flow, version, label, lane, event, state"
  private static let runColumns = """
    r.id, r.event, e.project, e.connection, e.external_id, r.flow, r.version, r.label, r.lane, r.status, r.wake_at,
    e.received_at, r.changed_at, r.outcome
    """
  private static let eventColumns = "id, project, connection, external_id, conversation, received_at, payload"

  // MARK: Timers

  func pendingTimers(project: String?, after place: TimerPlace?, limit: Int) throws(SQLiteFailure) -> [TimerRecord] {
    var projectID: Int64?
    if let project {
      guard let known = try names.identifier(project) else { return [] }
      projectID = known
    }
    let byProject = projectID == nil ? "" : "AND project = ?4"
    let select = try connection.prepare(
      """
      SELECT \(Self.timerColumns) FROM timers WHERE (due_at, key) > (?1, ?2) \(byProject) ORDER BY due_at, key LIMIT ?3
      """)
    select.bind(1, place?.dueAt ?? Timestamp(milliseconds: .min))
    select.bind(2, place?.key ?? "")
    select.bind(3, max(0, limit))
    if let projectID { select.bind(4, projectID) }
    return try all(select, read: timer)
  }

  func pendingTimer(key: String) throws(SQLiteFailure) -> TimerRecord? {
    let select = try connection.prepare("SELECT \(Self.timerColumns) FROM timers WHERE key = ?1")
    select.bind(1, key)
    return try all(select, read: timer).first
  }

  func pendingTimers(ofEvent id: EventID) throws(SQLiteFailure) -> [TimerRecord] {
    let select = try connection.prepare(
      """
      SELECT \(Self.timerColumns) FROM timers
      WHERE conversation = (SELECT conversation FROM events WHERE id = ?1) AND event = ?1 ORDER BY due_at, key
      """)
    select.bind(1, id)
    return try all(select, read: timer)
  }

  // MARK: Lanes and runs

  func openLanes(project: String?, after head: RunID, limit: Int) throws(SQLiteFailure) -> [OpenLane] {
    var projectID: Int64 = 0
    if let project {
      guard let known = try names.identifier(project) else { return [] }
      projectID = known
    }
    let select = try connection.prepare(
      """
      SELECT \(Self.runColumns), l.count
      FROM (SELECT min(id) AS head, count(*) AS count FROM runs WHERE is_open = 1 GROUP BY lane) l
      JOIN runs r ON r.id = l.head JOIN events e ON e.id = r.event
      WHERE l.head > ?1 AND (?2 = 0 OR e.project = ?2) ORDER BY l.head LIMIT ?3
      """)
    select.bind(1, head)
    select.bind(2, projectID)
    select.bind(3, max(0, limit))
    return try all(select) { row throws(SQLiteFailure) in
      let head = try summary(row)
      return OpenLane(lane: head.lane, openRuns: row.int(14), head: head)
    }
  }

  func runs(matching filter: RunFilter, before: RunID, limit: Int) throws(SQLiteFailure) -> [RunSummary] {
    var conditions = ["r.id < ?1"]
    if !filter.statuses.isEmpty {
      // The very words of the partial indexes, so that few open or dead runs are found among millions.
      if filter.statuses.isSubset(of: RunFilter.openStatuses) { conditions.append("r.is_open = 1") }
      if filter.statuses.isSubset(of: RunFilter.troubledStatuses) { conditions.append("r.status IN (3, 5)") }
      conditions.append("r.status IN (\(filter.statuses.map { "\($0.rawValue)" }.sorted().joined(separator: ", ")))")
    }
    for (column, name) in [("e.project", filter.project), ("r.flow", filter.flow)] {
      guard let name else { continue }
      guard let id = try names.identifier(name) else { return [] }
      conditions.append("\(column) = \(id)")
    }
    if filter.lane != nil { conditions.append("r.lane = ?3") }
    let select = try connection.prepare(
      """
      SELECT \(Self.runColumns) FROM runs r JOIN events e ON e.id = r.event
      WHERE \(conditions.joined(separator: " AND ")) ORDER BY r.id DESC LIMIT ?2
      """)
    select.bind(1, before)
    select.bind(2, max(0, limit))
    if let lane = filter.lane { select.bind(3, lane) }
    return try all(select, read: summary)
  }

  func runs(ofEvent id: EventID) throws(SQLiteFailure) -> [RunSummary] {
    let select = try connection.prepare(
      "SELECT \(Self.runColumns) FROM runs r JOIN events e ON e.id = r.event WHERE r.event = ?1 ORDER BY r.id")
    select.bind(1, id)
    return try all(select, read: summary)
  }

  // MARK: Events

  func event(_ id: EventID) throws(SQLiteFailure) -> StoredEvent? {
    let select = try connection.prepare("SELECT \(Self.eventColumns) FROM events WHERE id = ?1")
    select.bind(1, id)
    return try all(select, read: event).first
  }

  func events(externalID: String) throws(SQLiteFailure) -> [StoredEvent] {
    // The index begins with the connection; there are as many names as the configuration has words.
    let select = try connection.prepare(
      """
      SELECT \(Self.eventColumns) FROM events
      WHERE connection IN (SELECT id FROM names) AND external_id = ?1 ORDER BY id
      """)
    select.bind(1, externalID)
    return try all(select, read: event)
  }

  // MARK: Upkeep

  /// Versions that nobody needs; see `JournalAdministration`.
  func unusedFlowVersions(
    keeping: Set<FlowVersionName>, newest: Int
  ) throws(SQLiteFailure) -> Set<FlowVersionName> {
    let pinnedNames = try connection.prepare(
      """
      SELECT flow, version FROM runs WHERE is_open = 1
      UNION SELECT flow, version FROM runs WHERE status IN (3, 5) UNION SELECT flow, version FROM timers
      """)
    let pinned = Set(try all(pinnedNames, read: versionName))
    let stored = try connection.prepare("SELECT flow, version FROM flow_versions ORDER BY rowid DESC")
    var seen: [String: Int] = [:]
    var unused: Set<FlowVersionName> = []
    for name in try all(stored, read: versionName) {
      seen[name.flow, default: 0] += 1
      let isPinned = pinned.contains(FlowVersionName(flow: name.plainFlow, version: name.version))
      if seen[name.flow, default: 0] > newest, !keeping.contains(name), !isPinned { unused.insert(name) }
    }
    return unused
  }

  func facts() throws(SQLiteFailure) -> DatabaseFacts {
    func number(_ sql: String) throws(SQLiteFailure) -> Int64 {
      try all(try connection.prepare(sql)) { row throws(SQLiteFailure) in row.int64(0) }.first ?? 0
    }
    func moment(_ order: String) throws(SQLiteFailure) -> Timestamp? {
      let select = try connection.prepare("SELECT received_at FROM events ORDER BY id \(order) LIMIT 1")
      return try all(select) { row throws(SQLiteFailure) in row.timestamp(0) }.first
    }
    let pageSize = try number("PRAGMA page_size")
    var tables: [DatabaseFacts.Table] = []
    for name in ["events", "runs"] {
      let range = try number("SELECT coalesce((SELECT max(id) FROM \(name)) - (SELECT min(id) FROM \(name)) + 1, 0)")
      tables.append(.init(name: name, rows: range, isExact: false))
    }
    let small = [
      "timers", "conversations", "threads", "dedup_keys", "flow_versions", "connection_values", "project_state",
    ]
    for name in small {
      tables.append(.init(name: name, rows: try number("SELECT count(*) FROM \(name)"), isExact: true))
    }
    return DatabaseFacts(
      kind: "sqlite", schemaVersion: Int(try number("SELECT max(version) FROM schema_version")),
      sizeBytes: try number("PRAGMA page_count") * pageSize, freeBytes: try number("PRAGMA freelist_count") * pageSize,
      oldestEventAt: try moment("ASC"), newestEventAt: try moment("DESC"), tables: tables)
  }

  // MARK: Rows

  private func all<Row>(
    _ select: PreparedStatement, read: (PreparedStatement) throws(SQLiteFailure) -> Row
  ) throws(SQLiteFailure) -> [Row] {
    defer { select.reset() }
    var rows: [Row] = []
    while try select.step() { rows.append(try read(select)) }
    return rows
  }

  private func timer(_ row: PreparedStatement) throws(SQLiteFailure) -> TimerRecord {
    TimerRecord(
      key: row.text(0), dueAt: row.timestamp(1), project: try names.name(row.int64(2)), conversation: row.text(3),
      flow: try names.name(row.int64(4)), version: try names.name(row.int64(5)), label: try names.name(row.int64(6)),
      lane: row.text(7), event: row.int64(8), state: row.bytes(9))
  }

  private func summary(_ row: PreparedStatement) throws(SQLiteFailure) -> RunSummary {
    RunSummary(
      id: row.int64(0), event: row.int64(1), project: try names.name(row.int64(2)),
      connection: try names.name(row.int64(3)), externalID: row.text(4), flow: try names.name(row.int64(5)),
      version: try names.name(row.int64(6)), label: try names.name(row.int64(7)), lane: row.text(8),
      status: RunStatus(rawValue: row.int(9)) ?? .parked, wakeAt: row.optionalTimestamp(10),
      receivedAt: row.timestamp(11), changedAt: row.timestamp(12), outcome: row.optionalText(13))
  }

  private func event(_ row: PreparedStatement) throws(SQLiteFailure) -> StoredEvent {
    StoredEvent(
      id: row.int64(0), project: try names.name(row.int64(1)), connection: try names.name(row.int64(2)),
      externalID: row.text(3), conversation: row.text(4), receivedAt: row.timestamp(5), payload: row.bytes(6))
  }

  private func versionName(_ row: PreparedStatement) throws(SQLiteFailure) -> FlowVersionName {
    FlowVersionName(flow: try names.name(row.int64(0)), version: try names.name(row.int64(1)))
  }
}
