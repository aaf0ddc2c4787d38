//! Forgetting in small steps, and facts about the database. Beside the writer: what is deleted here, nobody walks.
package import JournalCore
internal import SwitchboardSDK

extension PostgresJournal {
  package func prune(_ step: PruneStep) async throws(JournalError) -> PruneProgress {
    switch step {
    case .history(let after, let receivedBefore, let deadBefore, let limit):
      var parameters = StatementParameters()
      parameters.add(after)
      parameters.add(receivedBefore)
      parameters.add(deadBefore)
      parameters.add(Int64(max(0, limit)))
      return try await slow.perform { [parameters] connection throws(PostgresFailure) in
        try Self.pruneHistory(connection, parameters, limit: limit)
      }
    case .deduplicationKeys(let moment, let limit):
      var parameters = StatementParameters()
      parameters.add(moment)
      parameters.add(Int64(max(0, limit)))
      let count = try await slow.perform { [parameters] connection throws(PostgresFailure) in
        try connection.ask(
          """
          DELETE FROM dedup_keys WHERE (flow, key) IN (
            SELECT flow, key FROM dedup_keys WHERE keep_until < $1::int8 ORDER BY keep_until LIMIT $2::int8)
          """, parameters
        ).changedRows
      }
      return PruneProgress(removed: count, examined: count, next: count < limit ? nil : 0)
    }
  }

  /// A run that a person has reopened in this very moment keeps its row: `NOT r.is_open` is asked of the newest form.
  private static let historySQL = """
    WITH looked AS MATERIALIZED (
      SELECT id, received_at, conversation FROM events WHERE id > $1::int8 ORDER BY id LIMIT $4::int8),
    newest AS MATERIALIZED (SELECT (SELECT max(id) FROM events) AS event, (SELECT max(id) FROM runs) AS run),
    old AS MATERIALIZED (
      SELECT l.id FROM looked l, newest n WHERE l.received_at < $2::int8 AND l.id <> n.event
        AND NOT EXISTS (
          SELECT FROM runs r WHERE r.event = l.id AND (r.is_open OR r.changed_at >= $2::int8 OR r.id = n.run
            OR (r.changed_at >= $3::int8 AND (r.status = 5 OR EXISTS (
              SELECT FROM deliveries d
              WHERE d.id >= r.id * 65536 AND d.id < (r.id + 1) * 65536 AND d.state NOT IN (2, 3))))))
        AND NOT EXISTS (SELECT FROM timers t WHERE t.event = l.id AND t.conversation = l.conversation)),
    gone_runs AS (DELETE FROM runs r USING old o WHERE r.event = o.id AND NOT r.is_open RETURNING r.id),
    gone_deliveries AS (
      DELETE FROM deliveries d USING gone_runs r WHERE d.id >= r.id * 65536 AND d.id < (r.id + 1) * 65536
      RETURNING d.connection, d.chat, d.more_remote_ids),
    gone_events AS (DELETE FROM events e USING old o WHERE e.id = o.id RETURNING 1)
    SELECT 0, (SELECT count(*) FROM gone_events), (SELECT count(*) FROM looked),
      (SELECT coalesce(max(id), 0) FROM looked), (SELECT count(*) FROM looked WHERE received_at < $2::int8), NULL, NULL
    UNION ALL
    SELECT 1, connection, 0, 0, 0, chat, more_remote_ids FROM gone_deliveries WHERE more_remote_ids IS NOT NULL
    """

  private static func pruneHistory(
    _ connection: PostgresConnection, _ parameters: StatementParameters, limit: Int
  ) throws(PostgresFailure) -> PruneProgress {
    // By the keys, whatever the planner thinks of a range of them.
    try connection.run(
      """
      BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off;
      SET LOCAL enable_mergejoin = off
      """)
    do throws(PostgresFailure) {
      let rows = try connection.ask(historySQL, parameters)
      var columns = [ArrayColumn(.int4), ArrayColumn(.text), ArrayColumn(.text)]
      var progress = PruneProgress(removed: 0, examined: 0, next: nil)
      for row in 0..<rows.count {
        if rows.int64(row, 0) == 0 {
          progress.removed = rows.int(row, 1)
          progress.examined = rows.int(row, 2)
          let isEnd = progress.examined < limit || rows.int(row, 4) == 0
          progress.next = isEnd ? nil : rows.int64(row, 3)
          continue
        }
        for id in (rows.value(row, 6).listValue ?? []).compactMap(\.textValue) {
          columns[0].append(Int32(truncatingIfNeeded: rows.int64(row, 1)))
          columns[1].append(id)
          columns[2].append(rows.text(row, 5))
        }
      }
      if !columns[0].isEmpty { try removeFurther(connection, columns) }
      try connection.run("COMMIT")
      return progress
    } catch {
      if !error.isConnectionLost { _ = try? connection.run("ROLLBACK") }
      throw error
    }
  }

  private static func removeFurther(
    _ connection: PostgresConnection, _ columns: [ArrayColumn]
  ) throws(PostgresFailure) {
    var parameters = StatementParameters()
    for column in columns { parameters.add(column) }
    _ = try connection.ask(
      """
      DELETE FROM further_remote_ids f
      USING unnest($1::int4[], $2::text[], $3::text[]) AS c(connection, remote_id, chat)
      WHERE f.connection = c.connection AND f.remote_id = c.remote_id AND f.chat = c.chat
      """, parameters)
  }

  package func removeUnusedFlowVersions(
    keeping: Set<FlowVersionName>, newest: Int
  ) async throws(JournalError) -> Int {
    let pinned = Set(
      try await list(
        """
        SELECT flow, version FROM runs WHERE is_open
        UNION SELECT flow, version FROM runs WHERE troubled_at IS NOT NULL UNION SELECT flow, version FROM timers
        """, StatementParameters()) { $0.versionName })
    let stored = try await list(
      "SELECT flow, version FROM flow_versions ORDER BY number DESC", StatementParameters()) { $0.versionName }
    var seen: [String: Int] = [:]
    var columns = [ArrayColumn(.int4), ArrayColumn(.int4)]
    for name in stored {
      seen[name.flow, default: 0] += 1
      let isPinned = pinned.contains(FlowVersionName(flow: name.plainFlow, version: name.version))
      guard seen[name.flow, default: 0] > newest, !keeping.contains(name), !isPinned,
        let flow = names.identifier(name.flow), let version = names.identifier(name.version)
      else { continue }
      columns[0].append(flow)
      columns[1].append(version)
    }
    guard !columns[0].isEmpty else { return 0 }
    var parameters = StatementParameters()
    for column in columns { parameters.add(column) }
    return try await slow.perform { [parameters] connection throws(PostgresFailure) in
      try connection.ask(
        """
        DELETE FROM flow_versions f USING unnest($1::int4[], $2::int4[]) AS c(flow, version)
        WHERE f.flow = c.flow AND f.version = c.version
        """, parameters
      ).changedRows
    }
  }

  package func databaseFacts() async throws(JournalError) -> DatabaseFacts {
    try await slow.perform { connection throws(PostgresFailure) in
      func number(_ sql: String) throws(PostgresFailure) -> Int64 {
        let rows = try connection.ask(sql, StatementParameters())
        return rows.count > 0 ? rows.int64(0, 0) : 0
      }
      func moment(_ order: String) throws(PostgresFailure) -> Timestamp? {
        let rows = try connection.ask(
          "SELECT received_at FROM events ORDER BY id \(order) LIMIT 1", StatementParameters())
        return rows.count > 0 ? rows.timestamp(0, 0) : nil
      }
      var tables: [DatabaseFacts.Table] = []
      for name in ["events", "runs"] {
        let range = "SELECT coalesce(max(id) - min(id) + 1, 0) FROM \(name)"
        tables.append(.init(name: name, rows: try number(range), isExact: false))
      }
      for name in ["timers", "conversations", "threads", "dedup_keys", "flow_versions", "connection_values"] {
        tables.append(.init(name: name, rows: try number("SELECT count(*) FROM \(name)"), isExact: true))
      }
      let size = try number(
        """
        SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::int8 FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
        """)
      return DatabaseFacts(
        kind: "postgres", schemaVersion: Int(try number("SELECT max(version)::int8 FROM schema_version")),
        sizeBytes: size, freeBytes: 0, oldestEventAt: try moment("ASC"), newestEventAt: try moment("DESC"),
        tables: tables)
    }
  }
}
