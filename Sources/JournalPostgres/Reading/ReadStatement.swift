//! The questions of the journal in SQL, each answered by one statement and thus from one state of the database.

enum ReadStatement: String, CaseIterable {
  case run, deliveries, conversation, threads, threadPlace, ownMessage, value, state, flowVersion, names
  // Those that may take long have a connection of their own.
  case openRuns, openRunsOfPartitions, dueTimers, troubled, counts
  // Those of people and of retention: see `AdministrationSQL`.
  case pendingTimers, pendingTimer, timersOfEvent, openLanes, runsAny, runsOpen, runsTroubled, runsOfEvent, event
  case eventsByExternalID, pinnedVersions, flowVersions, facts, pruneHistory, pruneKeys, pruneState, removeVersions

  var isQuick: Bool {
    switch self {
    case .run, .deliveries, .conversation, .threads, .threadPlace, .ownMessage, .value, .state, .flowVersion, .names:
      true
    default: false
    }
  }

  var sql: String {
    switch self {
    case .run:
      """
      SELECT r.event, e.project, e.connection, e.external_id, e.conversation, r.flow, r.version, r.label, r.lane,
        r.status, r.wake_at, e.received_at, r.state, r.outcome, e.payload, r.changed_at
      FROM runs r JOIN events e ON e.id = r.event WHERE r.id = $1::int8
      """
    case .deliveries:
      """
      SELECT id, connection, chat, step, request, state, attempt, begun_at, settled_at, remote_id, more_remote_ids,
        result, error
      FROM deliveries WHERE id >= $1::int8 AND id < $2::int8 ORDER BY id
      """
    case .conversation:
      """
      SELECT project, connection, chat, coalesce(name, ''), facts, state, answered_at, auto_replied_at, created_at
      FROM conversations WHERE key = $1::text
      """
    case .threads:
      """
      SELECT n.name, t.chat, t.thread FROM threads t JOIN names n ON n.id = t.connection
      WHERE t.conversation = $1::text ORDER BY n.name
      """
    case .threadPlace:
      "SELECT conversation FROM threads WHERE connection = $1::int4 AND chat = $2::text AND thread = $3::text"
    case .ownMessage:
      """
      SELECT 1 FROM deliveries WHERE connection = $1::int4 AND remote_id = $2::text AND chat = $3::text
      UNION ALL SELECT 1 FROM further_remote_ids
      WHERE connection = $1::int4 AND remote_id = $2::text AND chat = $3::text LIMIT 1
      """
    case .value: "SELECT value FROM connection_values WHERE connection = $1::int4 AND key = $2::text"
    case .state:
      """
      SELECT s.revision, s.expires_at, s.value,
        CASE WHEN s.revision IS NULL THEN (SELECT count(*) FROM project_state WHERE project = $1::int4) ELSE 0 END
      FROM (VALUES (1)) AS one(n) LEFT JOIN project_state s ON s.project = $1::int4 AND s.key = $2::text
      """
    case .flowVersion:
      "SELECT project, file, source FROM flow_versions WHERE flow = $1::int4 AND version = $2::int4"
    case .names: WriteStatement.allNames.sql
    case .openRuns:
      """
      SELECT id, lane, status, wake_at FROM runs WHERE is_open AND id > $1::int8
      ORDER BY id, partition LIMIT $2::int8
      """
    case .openRunsOfPartitions:
      """
      SELECT id, lane, status, wake_at FROM runs
      WHERE is_open AND id > $1::int8 AND partition = ANY($3::int2[])
      ORDER BY id, partition LIMIT $2::int8
      """
    case .dueTimers:
      """
      SELECT key, due_at, project, conversation, flow, version, label, lane, event, state FROM timers
      WHERE due_at < $1::int8 ORDER BY due_at, key LIMIT $2::int8
      """
    case .troubled:
      """
      SELECT r.id, e.project, r.flow, r.lane, r.status, coalesce(r.outcome, ''), r.troubled_at
      FROM runs r LEFT JOIN events e ON e.id = r.event WHERE r.troubled_at IS NOT NULL
      ORDER BY r.troubled_at DESC, r.id DESC LIMIT $1::int8
      """
    case .counts:
      """
      SELECT (SELECT coalesce(max(id), 0) FROM events), (SELECT count(*) FROM runs WHERE is_open),
        (SELECT count(*) FROM runs WHERE troubled_at IS NOT NULL AND status = 3),
        (SELECT count(*) FROM runs WHERE troubled_at IS NOT NULL AND status = 5),
        (SELECT count(*) FROM timers), (SELECT count(*) FROM deliveries WHERE state = 4)
      """
    case .pendingTimers, .pendingTimer, .timersOfEvent, .openLanes, .runsAny, .runsOpen, .runsTroubled, .runsOfEvent,
      .event, .eventsByExternalID, .pinnedVersions, .flowVersions, .facts, .pruneHistory, .pruneKeys, .pruneState,
      .removeVersions:
      AdministrationSQL.sql(of: self)
    }
  }
}
