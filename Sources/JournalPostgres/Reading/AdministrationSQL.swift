//! What people ask, and what retention removes. Each is one statement, and thus of one state of the database.

enum AdministrationSQL {
  private static let timers =
    "SELECT key, due_at, project, conversation, flow, version, label, lane, event, state FROM timers"
  private static let runColumns = """
    r.id, r.event, e.project, e.connection, e.external_id, r.flow, r.version, r.label, r.lane, r.status, r.wake_at,
    e.received_at, r.changed_at, r.outcome
    """
  private static let events =
    "SELECT id, project, connection, external_id, conversation, received_at, payload FROM events"

  static func sql(of statement: ReadStatement) -> String {
    switch statement {
    case .pendingTimers:
      """
      \(timers) WHERE (due_at, key) > ($1::int8, $2::text) AND ($4::int4 = 0 OR project = $4::int4)
      ORDER BY due_at, key LIMIT $3::int8
      """
    case .pendingTimer: "\(timers) WHERE key = $1::text"
    case .timersOfEvent:
      """
      \(timers) WHERE conversation = (SELECT conversation FROM events WHERE id = $1::int8) AND event = $1::int8
      ORDER BY due_at, key
      """
    case .openLanes:
      """
      SELECT \(runColumns), l.count
      FROM (SELECT min(id) AS head, count(*) AS count FROM runs WHERE is_open GROUP BY lane) l
      JOIN runs r ON r.id = l.head JOIN events e ON e.id = r.event
      WHERE l.head > $1::int8 AND ($2::int4 = 0 OR e.project = $2::int4) ORDER BY l.head LIMIT $3::int8
      """
    // The very words of the partial indexes, so that few open or dead runs are found among millions.
    case .runsOpen: runs("AND r.is_open")
    case .runsTroubled: runs("AND r.troubled_at IS NOT NULL")
    case .runsAny: runs("")
    case .runsOfEvent:
      "SELECT \(runColumns) FROM runs r JOIN events e ON e.id = r.event WHERE r.event = $1::int8 ORDER BY r.id"
    case .event: "\(events) WHERE id = $1::int8"
    // The index begins with the connection; there are as many names as the configuration has words.
    case .eventsByExternalID:
      "\(events) WHERE connection IN (SELECT id FROM names) AND external_id = $1::text ORDER BY id"
    case .facts: facts
    case .pruneHistory: pruneHistory
    case .pruneKeys:
      """
      WITH gone AS (
        DELETE FROM dedup_keys WHERE (flow, key) IN
          (SELECT flow, key FROM dedup_keys WHERE keep_until < $1::int8 ORDER BY keep_until LIMIT $2::int8)
        RETURNING 1)
      SELECT count(*) FROM gone
      """
    case .pruneState:
      """
      WITH gone AS (
        DELETE FROM project_state WHERE (project, key) IN
          (SELECT project, key FROM project_state WHERE expires_at < $1::int8 ORDER BY expires_at LIMIT $2::int8)
        RETURNING 1)
      SELECT count(*) FROM gone
      """
    case .pinnedVersions:
      """
      SELECT flow, version FROM runs WHERE is_open
      UNION SELECT flow, version FROM runs WHERE troubled_at IS NOT NULL UNION SELECT flow, version FROM timers
      """
    case .flowVersions: "SELECT flow, version FROM flow_versions ORDER BY number DESC"
    default:
      """
      WITH gone AS (
        DELETE FROM flow_versions v USING unnest($1::int4[], $2::int4[]) AS c(flow, version)
        WHERE v.flow = c.flow AND v.version = c.version RETURNING 1)
      SELECT count(*) FROM gone
      """
    }
  }

  /// $1 ids below, $2 how many, $3 statuses, none for all; $4 project, $5 flow: 0 for all; $6 lane, NULL for all.
  private static func runs(_ condition: String) -> String {
    """
    SELECT \(runColumns) FROM runs r JOIN events e ON e.id = r.event
    WHERE r.id < $1::int8 AND (cardinality($3::int2[]) = 0 OR r.status = ANY($3::int2[]))
      AND ($4::int4 = 0 OR e.project = $4::int4) AND ($5::int4 = 0 OR r.flow = $5::int4)
      AND ($6::text IS NULL OR r.lane = $6::text) \(condition)
    ORDER BY r.id DESC LIMIT $2::int8
    """
  }

  /// Rows (name, number): what stands with `table:` is counted, what with `range:` taken from the ids.
  private static let facts = """
    SELECT 'version'::text, max(version)::int8 FROM schema_version
    UNION ALL SELECT 'size', coalesce(sum(pg_total_relation_size(c.oid)), 0)::int8 FROM pg_class c
      WHERE c.relnamespace = to_regnamespace(current_schema()::text) AND c.relkind = 'r'
    UNION ALL SELECT 'oldest', (SELECT received_at FROM events ORDER BY id LIMIT 1)
    UNION ALL SELECT 'newest', (SELECT received_at FROM events ORDER BY id DESC LIMIT 1)
    UNION ALL SELECT 'range:events', coalesce((SELECT max(id) FROM events) - (SELECT min(id) FROM events) + 1, 0)
    UNION ALL SELECT 'range:runs', coalesce((SELECT max(id) FROM runs) - (SELECT min(id) FROM runs) + 1, 0)
    UNION ALL SELECT 'table:timers', count(*) FROM timers
    UNION ALL SELECT 'table:conversations', count(*) FROM conversations
    UNION ALL SELECT 'table:threads', count(*) FROM threads
    UNION ALL SELECT 'table:dedup_keys', count(*) FROM dedup_keys
    UNION ALL SELECT 'table:flow_versions', count(*) FROM flow_versions
    UNION ALL SELECT 'table:connection_values', count(*) FROM connection_values
    UNION ALL SELECT 'table:project_state', count(*) FROM project_state
    """

  /// A JSON text whose U+0000 and U+0001 stand as `EscapedText` writes them: `jsonb` knows no U+0000. A backslash that
  /// is itself escaped begins no escape.
  private static func escaped(_ json: String) -> String {
    func replacing(_ digit: Int, in text: String) -> String {
      #"regexp_replace(\#(text), '(?<!\\)((?:\\\\)*)\\u000\#(digit)', '\1\\u0001\#(digit)', 'g')"#
    }
    return replacing(0, in: replacing(1, in: json))
  }

  /// $1 after, $2 received before, $3 dead before, $4 how many to look at; see `PruneStep.history`. Answers how many
  /// were looked at, the last of them, how many of them were old, how many are gone.
  private static let pruneHistory = """
    WITH looked AS MATERIALIZED (
      SELECT id, received_at, conversation FROM events WHERE id > $1::int8 ORDER BY id LIMIT $4::int8),
    gone AS MATERIALIZED (
      SELECT l.id FROM looked l
      WHERE l.received_at < $2::int8 AND l.id < (SELECT max(id) FROM events)
        AND NOT EXISTS (
          SELECT FROM runs r WHERE r.event = l.id AND (
            r.is_open OR r.changed_at >= $2::int8 OR r.id = (SELECT max(id) FROM runs)
            OR (r.changed_at >= $3::int8 AND (r.status = 5 OR EXISTS (
              SELECT FROM deliveries d
              WHERE d.id >= r.id * 65536 AND d.id < (r.id + 1) * 65536 AND d.state NOT IN (2, 3))))))
        AND NOT EXISTS (SELECT FROM timers t WHERE t.conversation = l.conversation AND t.event = l.id)),
    old_runs AS MATERIALIZED (SELECT r.id FROM runs r JOIN gone g ON r.event = g.id),
    further AS (
      DELETE FROM further_remote_ids f USING (
        SELECT d.connection, d.chat, more.id FROM old_runs r
        JOIN deliveries d ON d.id >= r.id * 65536 AND d.id < (r.id + 1) * 65536 AND d.more_remote_ids IS NOT NULL,
        LATERAL jsonb_array_elements_text(\(escaped("convert_from(d.more_remote_ids, 'UTF8')"))::jsonb) AS more(id)) x
      WHERE f.connection = x.connection AND f.remote_id = x.id AND f.chat = x.chat),
    ledger AS (
      DELETE FROM deliveries d USING old_runs r WHERE d.id >= r.id * 65536 AND d.id < (r.id + 1) * 65536),
    ended AS (DELETE FROM runs r USING old_runs o WHERE r.id = o.id),
    removed AS (DELETE FROM events e USING gone g WHERE e.id = g.id RETURNING 1)
    SELECT (SELECT count(*) FROM looked), (SELECT coalesce(max(id), 0) FROM looked),
      (SELECT count(*) FROM looked WHERE received_at < $2::int8), (SELECT count(*) FROM removed)
    """
}
