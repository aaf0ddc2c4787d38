//! The writer's statements. Those of a message's path take their rows as arrays, so that a transaction of a hundred
//! messages is six statements and one round.

enum WriteStatement: String, CaseIterable {
  case begin, mark, append, advance, insertDeliveries, beginDeliveries, settleDeliveries, furtherRemoteIDs
  case cancelTimers, cancelAllTimers, startTimers, keepTimers, fireTimers
  case upsertConversations, unbindThreads, releasePlaces, bindThreads
  case mendRun, claimKey, putState, setValue, removeValue, saveVersion, takeHandedOver, cancelTimer, makeTimerDue
  case commit
  // Outside of the batch's transaction.
  case addNames, allNames, openRunsOf, knownEvents, startedRuns, takenRuns, runStatus

  var sql: String {
    switch self {
    case .begin: "BEGIN"
    case .commit: "COMMIT"
    case .mark: Self.markSQL
    case .append: Self.appendSQL
    case .advance: Self.advanceSQL
    case .insertDeliveries, .beginDeliveries, .settleDeliveries, .furtherRemoteIDs: ledgerSQL
    case .cancelTimers, .cancelAllTimers, .startTimers, .keepTimers, .fireTimers: timerSQL
    case .upsertConversations, .unbindThreads, .releasePlaces, .bindThreads: conversationSQL
    case .putState: Self.putStateSQL
    case .mendRun, .claimKey, .setValue, .removeValue, .saveVersion, .takeHandedOver, .cancelTimer, .makeTimerDue:
      smallSQL
    case .addNames, .allNames, .openRunsOf, .knownEvents, .startedRuns, .takenRuns, .runStatus: besideSQL
    }
  }

  /// Fails with "division by zero" when somebody else has counted on: see `BatchMark`.
  private static let markSQL = """
    WITH mark AS (
      UPDATE writers SET batch = $3::int8, xid = txid_current(), at = now()
      WHERE id = $1::int8 AND epoch = $2::int8 AND batch = $3::int8 - 1 RETURNING 1)
    SELECT 1 / count(*) FROM mark
    """

  /// Rows (0, event, 0 or 1: whether it is new) in the order of the records, and (1, run, its event). A duplicate
  /// whose first one is being committed by another node at this very moment is told as event 0.
  private static let appendSQL = """
    WITH record AS MATERIALIZED (
      SELECT nextval('events_id_seq') AS id, t.*
      FROM unnest($1::int4[], $2::int4[], $3::int8[], $4::text[], $5::text[], $6::bytea[], $7::int4[], $8::int4[])
        AS t(connection, project, received_at, external_id, conversation, payload, first_run, runs)),
    stored AS (
      INSERT INTO events (id, connection, project, received_at, external_id, conversation, payload)
      SELECT id, connection, project, received_at, external_id, conversation, payload FROM record
      ON CONFLICT (connection, external_id) DO NOTHING RETURNING id),
    started AS (
      INSERT INTO runs (event, flow, version, label, partition, handed_over, lane, changed_at, status, is_open)
      SELECT r.id, ($9::int4[])[i], ($10::int4[])[i], ($11::int4[])[i], ($12::int2[])[i],
        ($13::bool[])[i], coalesce(($14::text[])[i], r.conversation), r.received_at, 0, true
      FROM record r, LATERAL generate_series(r.first_run, r.first_run + r.runs - 1) AS i
      WHERE (r.id IN (SELECT id FROM stored)) IS TRUE
      RETURNING id, event)
    SELECT 0, CASE WHEN r.id IN (SELECT id FROM stored) THEN r.id ELSE coalesce((
        SELECT e.id FROM events e WHERE e.connection = r.connection AND e.external_id = r.external_id), 0) END,
      (coalesce(r.id IN (SELECT id FROM stored), false))::int::int8 FROM record r
    UNION ALL SELECT 1, id, event FROM started
    """

  /// Fails with "division by zero" when one of the runs is closed: none has advanced then.
  private static let advanceSQL = """
    WITH advanced AS (
      UPDATE runs r SET status = c.status, is_open = c.status < 4,
        handed_over = r.handed_over AND c.status < 4, wake_at = c.wake_at, changed_at = c.changed_at,
        troubled_at = CASE WHEN c.status IN (3, 5) THEN c.changed_at END, outcome = c.outcome, state = c.state,
        version = coalesce(c.version, r.version)
      FROM unnest($1::int8[], $2::int2[], $3::int8[], $4::int8[], $5::text[], $6::bytea[], $7::int4[])
        AS c(id, status, wake_at, changed_at, outcome, state, version)
      WHERE r.id = c.id AND r.is_open RETURNING 1)
    SELECT 1 / (count(*) = $8::int8)::int FROM advanced
    """

  /// Fails with "division by zero" when one of the values was changed since it was looked up: none is changed then.
  private static let putStateSQL = """
    WITH c AS (
      SELECT * FROM unnest($1::int4[], $2::text[], $3::int8[], $4::int8[], $5::bytea[])
        AS c(project, key, follows, expires_at, value)),
    updated AS (
      UPDATE project_state s SET revision = c.follows + 1, expires_at = c.expires_at, value = c.value FROM c
      WHERE s.project = c.project AND s.key = c.key AND s.revision = c.follows RETURNING 1),
    inserted AS (
      INSERT INTO project_state (project, key, revision, expires_at, value)
      SELECT project, key, 1, expires_at, value FROM c WHERE follows = 0 ON CONFLICT DO NOTHING RETURNING 1)
    SELECT 1 / ((SELECT count(*) FROM updated) + (SELECT count(*) FROM inserted) = $6::int8)::int
    """

  private var ledgerSQL: String {
    switch self {
    case .insertDeliveries:
      // A run that was put back repeats its sequence: the row begins anew, what it once sent stays known as ours.
      """
      WITH kept AS (
        INSERT INTO further_remote_ids (connection, remote_id, chat)
        SELECT connection, remote_id, chat FROM deliveries WHERE id = ANY($1::int8[]) AND remote_id IS NOT NULL
        ON CONFLICT DO NOTHING)
      INSERT INTO deliveries (id, connection, step, state, attempt, begun_at, chat, request)
      SELECT * FROM unnest(
        $1::int8[], $2::int4[], $3::int4[], $4::int2[], $5::int4[], $6::int8[], $7::text[], $8::bytea[])
      ON CONFLICT (id) DO UPDATE SET connection = excluded.connection, step = excluded.step, state = excluded.state,
        attempt = excluded.attempt, begun_at = excluded.begun_at, chat = excluded.chat, request = excluded.request,
        settled_at = NULL, remote_id = NULL, more_remote_ids = NULL, error = NULL, result = NULL
      """
    case .beginDeliveries:
      """
      UPDATE deliveries d SET state = 1, attempt = c.attempt, begun_at = c.begun_at
      FROM unnest($1::int8[], $2::int4[], $3::int8[]) AS c(id, attempt, begun_at) WHERE d.id = c.id
      """
    case .settleDeliveries:
      """
      UPDATE deliveries d SET state = c.state, settled_at = c.settled_at, remote_id = c.remote_id,
        more_remote_ids = c.more_remote_ids, error = c.error, result = c.result
      FROM unnest($1::int8[], $2::int2[], $3::int8[], $4::text[], $5::bytea[], $6::text[], $7::bytea[])
        AS c(id, state, settled_at, remote_id, more_remote_ids, error, result) WHERE d.id = c.id
      """
    default:
      """
      INSERT INTO further_remote_ids (connection, remote_id, chat)
      SELECT d.connection, c.remote_id, d.chat FROM unnest($1::int8[], $2::text[]) AS c(id, remote_id)
      JOIN deliveries d ON d.id = c.id ON CONFLICT DO NOTHING
      """
    }
  }

  private var timerSQL: String {
    let insert = """
      INSERT INTO timers
        (key, due_at, event, project, flow, version, label, partition, conversation, lane, state)
      SELECT * FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int4[], $5::int4[], $6::int4[], $7::int4[],
        $8::int2[], $9::text[], $10::text[], $11::bytea[]) ON CONFLICT (key) DO
      """
    return switch self {
    case .cancelTimers: "DELETE FROM timers WHERE key = ANY($1::text[])"
    case .cancelAllTimers: "DELETE FROM timers WHERE conversation = ANY($1::text[])"
    case .keepTimers: "\(insert) NOTHING"
    case .startTimers:
      """
      \(insert) UPDATE SET due_at = excluded.due_at, event = excluded.event, project = excluded.project,
        flow = excluded.flow, version = excluded.version, label = excluded.label, partition = excluded.partition,
        conversation = excluded.conversation, lane = excluded.lane, state = excluded.state
      """
    default:
      """
      WITH due AS (
        DELETE FROM timers t USING unnest($1::text[], $2::int8[], $3::bool[]) AS c(key, now, hands_over)
        WHERE t.key = c.key AND t.due_at <= c.now
        RETURNING t.key, t.due_at, t.event, t.flow, t.version, t.label, t.partition, t.lane, t.state, c.now,
          c.hands_over)
      INSERT INTO runs
        (event, flow, version, label, partition, lane, state, timer, changed_at, handed_over, status, is_open)
      SELECT event, flow, version, label, partition, lane, state, key, now, hands_over, 0, true
      FROM due ORDER BY due_at, key
      RETURNING id, event, lane, timer
      """
    }
  }

  private var conversationSQL: String {
    switch self {
    case .upsertConversations:
      // NULL leaves a column as it is: what is set to nothing comes as an empty name or as JSON's `null`.
      """
      INSERT INTO conversations AS k
        (key, created_at, answered_at, auto_replied_at, project, connection, chat, name, facts, state)
      SELECT * FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[], $5::int4[], $6::int4[], $7::text[],
        $8::text[], $9::bytea[], $10::bytea[])
      ON CONFLICT (key) DO UPDATE SET name = coalesce(excluded.name, k.name),
        facts = coalesce(excluded.facts, k.facts), state = coalesce(excluded.state, k.state),
        answered_at = coalesce(excluded.answered_at, k.answered_at),
        auto_replied_at = coalesce(excluded.auto_replied_at, k.auto_replied_at)
      """
    case .unbindThreads:
      """
      DELETE FROM threads t USING unnest($1::text[], $2::int4[]) AS c(conversation, connection)
      WHERE t.conversation = c.conversation AND t.connection = c.connection
      """
    case .releasePlaces:
      """
      DELETE FROM threads t USING unnest($1::int4[], $2::text[], $3::text[]) AS c(connection, chat, thread)
      WHERE t.connection = c.connection AND t.chat = c.chat AND t.thread = c.thread
      """
    default:
      """
      INSERT INTO threads (conversation, connection, chat, thread)
      SELECT * FROM unnest($1::text[], $2::int4[], $3::text[], $4::text[])
      ON CONFLICT (conversation, connection) DO UPDATE SET chat = excluded.chat, thread = excluded.thread
      """
    }
  }

  private var smallSQL: String {
    switch self {
    case .mendRun:
      """
      UPDATE runs SET status = $2::int4, is_open = $2::int4 < 4, troubled_at = NULL,
        wake_at = CASE WHEN $2::int4 < 4 AND status = 3 THEN 0 END,
        outcome = CASE WHEN $2::int4 < 4 THEN NULL ELSE outcome END
      WHERE id = $1::int8 AND status IN (3, 5) RETURNING id
      """
    case .claimKey:
      """
      WITH taken AS (
        INSERT INTO dedup_keys (flow, key, run, keep_until) VALUES ($1::int4, $2::text, $3::int8, $4::int8)
        ON CONFLICT (flow, key) DO UPDATE SET run = excluded.run, keep_until = excluded.keep_until
        WHERE dedup_keys.keep_until <= $5::int8 RETURNING 1)
      SELECT id FROM (VALUES ($3::int8)) AS mine(id) WHERE EXISTS (SELECT FROM taken)
        OR EXISTS (SELECT FROM dedup_keys WHERE flow = $1::int4 AND key = $2::text AND run = $3::int8)
      """
    case .setValue:
      """
      INSERT INTO connection_values (connection, key, value) VALUES ($1::int4, $2::text, $3::bytea)
      ON CONFLICT (connection, key) DO UPDATE SET value = excluded.value
      """
    case .takeHandedOver:
      """
      UPDATE runs SET handed_over = false WHERE id IN (
        SELECT id FROM runs WHERE handed_over AND is_open AND partition = ANY($1::int2[]) ORDER BY id LIMIT $2::int8)
      RETURNING id, lane, status, wake_at
      """
    case .cancelTimer: "DELETE FROM timers WHERE key = $1::text RETURNING 1"
    case .makeTimerDue: "UPDATE timers SET due_at = $2::int8 WHERE key = $1::text AND due_at > $2::int8 RETURNING 1"
    case .removeValue: "DELETE FROM connection_values WHERE connection = $1::int4 AND key = $2::text"
    default:
      """
      INSERT INTO flow_versions (flow, version, project, file, source)
      VALUES ($1::int4, $2::int4, $3::int4, $4::text, $5::text)
      ON CONFLICT (flow, version) DO UPDATE SET
        project = excluded.project, file = excluded.file, source = excluded.source
      """
    }
  }

  private var besideSQL: String {
    switch self {
    case .addNames:
      "INSERT INTO names (name) SELECT * FROM unnest($1::text[]) ON CONFLICT (name) DO NOTHING"
    case .allNames: "SELECT id, name FROM names"
    case .openRunsOf: "SELECT id FROM runs WHERE id = ANY($1::int8[]) AND is_open"
    case .knownEvents:
      // In the order of what is asked; whether the row is of the given transaction.
      """
      SELECT coalesce(e.id, 0), coalesce(e.xmin::text::int8 = $3::int8, false)
      FROM unnest($1::int4[], $2::text[]) WITH ORDINALITY AS c(connection, external_id, number)
      LEFT JOIN events e ON e.connection = c.connection AND e.external_id = c.external_id ORDER BY c.number
      """
    case .startedRuns:
      "SELECT id, event, lane, timer FROM runs WHERE id > $1::int8 AND xmin::text::int8 = $2::int8 ORDER BY id"
    case .takenRuns:
      """
      SELECT id, lane, status, wake_at FROM runs
      WHERE is_open AND xmin::text::int8 = $1::int8 AND partition = ANY($2::int2[]) ORDER BY id
      """
    default: "SELECT status FROM runs WHERE id = $1::int8"
    }
  }
}
