//! All questions of the journal, each answered by one statement and thus from one state of the file.
internal import JournalCore
internal import SwitchboardSDK

/// Belongs to one reading connection.
final class TableReader {
  let names: ReadNames
  let runs: RunQueries
  let rest: SmallQueries
  /// Its owner keeps both.
  unowned let connection: Connection
  let publications: PublicationQueries

  init(_ connection: Connection) throws(SQLiteFailure) {
    names = try ReadNames(connection)
    runs = try RunQueries(connection)
    rest = try SmallQueries(connection)
    self.connection = connection
    publications = try PublicationQueries(connection)
  }
}

struct RunQueries {
  let openRuns: PreparedStatement
  let run: PreparedStatement
  let deliveries: PreparedStatement
  let troubled: PreparedStatement
  let counts: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    openRuns = try connection.prepare(
      "SELECT id, lane, status, wake_at FROM runs WHERE is_open = 1 AND id > ?1 ORDER BY id LIMIT ?2")
    run = try connection.prepare(
      """
      SELECT r.event, e.project, e.connection, e.external_id, e.conversation, r.flow, r.version, r.label, r.lane,
        r.status, r.wake_at, e.received_at, r.state, r.outcome, e.payload, r.changed_at
      FROM runs r JOIN events e ON e.id = r.event WHERE r.id = ?1
      """)
    deliveries = try connection.prepare(
      """
      SELECT id, connection, chat, step, request, state, attempt, begun_at, settled_at, remote_id, more_remote_ids,
        result, error
      FROM deliveries WHERE id >= ?1 AND id < ?2 ORDER BY id
      """)
    troubled = try connection.prepare(
      """
      SELECT r.id, e.project, r.flow, r.lane, r.status, r.outcome, r.changed_at
      FROM runs r LEFT JOIN events e ON e.id = r.event WHERE r.status IN (3, 5)
      ORDER BY r.changed_at DESC, r.id DESC LIMIT ?1
      """)
    counts = try connection.prepare(
      """
      SELECT (SELECT coalesce(max(id), 0) FROM events), (SELECT count(*) FROM runs WHERE is_open = 1),
        (SELECT count(*) FROM runs WHERE status IN (3, 5) AND status = 3),
        (SELECT count(*) FROM runs WHERE status IN (3, 5) AND status = 5),
        (SELECT count(*) FROM timers), (SELECT count(*) FROM deliveries WHERE state = 4)
      """)
  }
}

extension TableReader {
  func openRuns(after: RunID, limit: Int) throws(SQLiteFailure) -> [OpenRun] {
    let select = runs.openRuns
    defer { select.reset() }
    select.bind(1, after)
    select.bind(2, max(0, limit))
    var answer: [OpenRun] = []
    while try select.step() {
      answer.append(
        OpenRun(
          id: select.int64(0), lane: select.text(1), status: RunStatus(rawValue: select.int(2)) ?? .parked,
          wakeAt: select.optionalTimestamp(3)))
    }
    return answer
  }

  func run(_ id: RunID) throws(SQLiteFailure) -> StoredRun? {
    let select = runs.run
    defer { select.reset() }
    select.bind(1, id)
    guard try select.step() else { return nil }
    return StoredRun(
      id: id, event: select.int64(0), project: try names.name(select.int64(1)),
      connection: try names.name(select.int64(2)), externalID: select.text(3), conversation: select.text(4),
      flow: try names.name(select.int64(5)), version: try names.name(select.int64(6)),
      label: try names.name(select.int64(7)), lane: select.text(8),
      status: RunStatus(rawValue: select.int(9)) ?? .parked, wakeAt: select.optionalTimestamp(10),
      receivedAt: select.timestamp(11), state: select.optionalBytes(12), outcome: select.optionalText(13),
      payload: select.bytes(14), changedAt: select.timestamp(15))
  }

  func deliveries(of run: RunID) throws(SQLiteFailure) -> [StoredDelivery] {
    guard run > 0, run <= DeliveryKey.runMax else { return [] }
    let select = runs.deliveries
    defer { select.reset() }
    select.bind(1, DeliveryKey.key(run: run, sequence: 0))
    select.bind(2, DeliveryKey.key(run: run + 1, sequence: 0))
    var answer: [StoredDelivery] = []
    while try select.step() {
      let further = select.value(10).listValue ?? []
      let remoteIDs = (select.optionalText(9).map { [$0] } ?? []) + further.compactMap(\.textValue)
      answer.append(
        StoredDelivery(
          run: run, sequence: DeliveryKey.sequence(select.int64(0)), connection: try names.name(select.int64(1)),
          chat: select.text(2), step: try names.name(select.int64(3)), request: select.bytes(4),
          state: DeliveryState(rawValue: select.int(5)) ?? .unknown, attempt: select.int(6),
          begunAt: select.timestamp(7), settledAt: select.optionalTimestamp(8), remoteIDs: remoteIDs,
          result: select.value(11), error: select.optionalText(12)))
    }
    return answer
  }

  func troubledRuns(limit: Int) throws(SQLiteFailure) -> [TroubledRun] {
    let select = runs.troubled
    defer { select.reset() }
    select.bind(1, max(0, limit))
    var newestFirst: [TroubledRun] = []
    while try select.step() {
      newestFirst.append(
        TroubledRun(
          id: select.int64(0), project: select.isNull(1) ? "" : try names.name(select.int64(1)),
          flow: try names.name(select.int64(2)), lane: select.text(3),
          status: RunStatus(rawValue: select.int(4)) ?? .parked, outcome: select.text(5), at: select.timestamp(6)))
    }
    return newestFirst.reversed()
  }

  func counts() throws(SQLiteFailure) -> JournalCounts {
    let select = runs.counts
    defer { select.reset() }
    guard try select.step() else { return JournalCounts() }
    return JournalCounts(
      events: select.int(0), openRuns: select.int(1), parkedRuns: select.int(2), deadRuns: select.int(3),
      pendingTimers: select.int(4), unknownDeliveries: select.int(5))
  }
}
