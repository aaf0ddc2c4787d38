//! Publications, the words about them, and the pending work of one flow.
package import JournalCore
package import SwitchboardSDK

extension PostgresJournal: PublicationStore {
  package func publish(_ publication: Publication, sources: [FlowVersion]) async throws(JournalError) -> Bool {
    let wanted = sources.flatMap { [$0.flow, $0.version, $0.project] } + [publication.project]
    return try await transaction(names: wanted) { [names] connection throws(PostgresFailure) in
      var parameters = StatementParameters()
      parameters.add(names.identifier(publication.project) ?? 0)
      parameters.add(publication.number)
      parameters.add(publication.at)
      parameters.add(JSON.bytes(publication.value))
      let stored = try connection.ask(
        """
        INSERT INTO publications (project, number, at, body)
        SELECT $1::int4, $2::int8, $3::int8, $4::bytea
        WHERE (SELECT coalesce(max(number), 0) FROM publications WHERE project = $1::int4) = $2::int8 - 1
        ON CONFLICT DO NOTHING RETURNING 1
        """, parameters)
      guard stored.count > 0 else { return false }
      for source in sources {
        var parameters = StatementParameters()
        for name in [source.flow, source.version, source.project] { parameters.add(names.identifier(name) ?? 0) }
        parameters.add(source.file)
        parameters.add(source.source)
        _ = try connection.ask(WriteStatement.saveVersion.sql, parameters)
      }
      return true
    }
  }

  package func amend(_ publication: Publication) async throws(JournalError) {
    guard let project = try await identifier(publication.project) else { return }
    var parameters = StatementParameters()
    parameters.add(project)
    parameters.add(publication.number)
    parameters.add(JSON.bytes(publication.value))
    try await change(
      "UPDATE publications SET body = $3::bytea WHERE project = $1::int4 AND number = $2::int8", parameters)
  }

  package func publications(project: String, limit: Int) async throws(JournalError) -> [Publication] {
    guard let project = try await identifier(project) else { return [] }
    var parameters = StatementParameters()
    parameters.add(project)
    parameters.add(Int64(max(0, limit)))
    let values: [Value] = try await list(
      "SELECT body FROM publications WHERE project = $1::int4 ORDER BY number DESC LIMIT $2::int8", parameters
    ) { _ in { rows, row in rows.value(row, 0) } }
    return values.compactMap { Publication(value: $0) }
  }

  package func newestPublications() async throws(JournalError) -> [String: Int64] {
    let newest: [(String, Int64)] = try await list(
      "SELECT project, max(number) FROM publications GROUP BY project", StatementParameters()
    ) { names in { rows, row in names.name(rows, row, 0).map { ($0, rows.int64(row, 1)) } } }
    return Dictionary(newest, uniquingKeysWith: max)
  }

  package func setPublicationNote(_ note: PublicationNote) async throws(JournalError) {
    var parameters = StatementParameters()
    parameters.add(note.kind)
    parameters.add(note.name)
    guard !note.body.isNull else {
      return try await change("DELETE FROM publication_notes WHERE kind = $1::text AND name = $2::text", parameters)
    }
    parameters.add(note.at)
    parameters.add(JSON.bytes(note.body))
    try await change(
      """
      INSERT INTO publication_notes (kind, name, at, body) VALUES ($1::text, $2::text, $3::int8, $4::bytea)
      ON CONFLICT (kind, name) DO UPDATE SET at = excluded.at, body = excluded.body
      """, parameters)
  }

  package func publicationNotes(kind: String) async throws(JournalError) -> [PublicationNote] {
    var parameters = StatementParameters()
    parameters.add(kind)
    return try await list(
      "SELECT name, at, body FROM publication_notes WHERE kind = $1::text ORDER BY name", parameters
    ) { _ in
      { rows, row in
        PublicationNote(kind: kind, name: rows.text(row, 0), at: rows.timestamp(row, 1), body: rows.value(row, 2))
      }
    }
  }

  package func timers(
    ofFlow flow: String, project: String, after key: String, limit: Int
  ) async throws(JournalError) -> [TimerRecord] {
    guard let flow = try await identifier(flow), let project = try await identifier(project) else { return [] }
    var parameters = StatementParameters()
    parameters.add(key)
    parameters.add(flow)
    parameters.add(project)
    parameters.add(Int64(max(0, limit)))
    return try await list(
      """
      SELECT \(NameTable.timerColumns) FROM timers
      WHERE key > $1::text AND flow = $2::int4 AND project = $3::int4 ORDER BY key LIMIT $4::int8
      """, parameters) { $0.timer }
  }

  package func timers(
    keyPrefix prefix: String, after key: String, limit: Int
  ) async throws(JournalError) -> [TimerRecord] {
    var parameters = StatementParameters()
    parameters.add(key)
    parameters.add(prefix)
    parameters.add(Int64(max(0, limit)))
    // No text comes behind a prefix followed by the last of all characters.
    return try await list(
      """
      SELECT \(NameTable.timerColumns) FROM timers
      WHERE key > $1::text AND key >= $2::text AND key < $2::text || chr(1114111) ORDER BY key LIMIT $3::int8
      """, parameters) { $0.timer }
  }

  package func openRuns(
    ofFlow flow: String, project: String, after: RunID, limit: Int
  ) async throws(JournalError) -> [FlowRun] {
    guard let flow = try await identifier(flow), let project = try await identifier(project) else { return [] }
    var parameters = StatementParameters()
    parameters.add(after)
    parameters.add(flow)
    parameters.add(project)
    parameters.add(Int64(max(0, limit)))
    return try await list(
      """
      SELECT r.id, r.version, r.label, r.status, r.state FROM runs r JOIN events e ON e.id = r.event
      WHERE r.is_open AND r.id > $1::int8 AND r.flow = $2::int4 AND e.project = $3::int4
      ORDER BY r.id, r.partition LIMIT $4::int8
      """, parameters
    ) { names in
      { rows, row in
        guard let version = names.name(rows, row, 1), let label = names.name(rows, row, 2) else { return nil }
        return FlowRun(
          id: rows.int64(row, 0), version: version, label: label,
          status: RunStatus(rawValue: rows.int(row, 3)) ?? .parked, state: rows.optionalBytes(row, 4))
      }
    }
  }

  package func moveTimers(_ moves: [TimerMove]) async throws(JournalError) -> Int {
    guard !moves.isEmpty else { return 0 }
    return try await transaction(names: moves.flatMap { [$0.version, $0.timer.version] }) {
      [names] connection throws(PostgresFailure) in
      var columns = TimerPlaces(moves.map(\.timer), names).columns
      var versions = ArrayColumn(.int4)
      var states = ArrayColumn(.bytes)
      for move in moves {
        versions.append(names.identifier(move.version) ?? 0)
        states.append(move.state)
      }
      var due = ArrayColumn(.int8)
      for move in moves { due.append(move.dueAt ?? move.timer.dueAt) }
      columns += [versions, states, due]
      var parameters = StatementParameters()
      for column in columns { parameters.add(column) }
      return try connection.ask(
        """
        UPDATE timers t SET version = c.next, state = c.state, due_at = c.due
        FROM unnest($1::text[], $2::int4[], $3::int8[], $4::int8[], $5::int4[], $6::bytea[], $7::int8[])
          AS c(key, version, event, due_at, next, state, due)
        WHERE t.key = c.key AND t.version = c.version AND t.event = c.event AND t.due_at = c.due_at
        """, parameters
      ).changedRows
    }
  }

  package func endTimers(
    _ timers: [TimerRecord], outcome: String, at moment: Timestamp
  ) async throws(JournalError) -> Int {
    guard !timers.isEmpty else { return 0 }
    return try await transaction(names: timers.map(\.version)) { [names] connection throws(PostgresFailure) in
      var parameters = StatementParameters()
      for column in TimerPlaces(timers, names).columns { parameters.add(column) }
      parameters.add(outcome)
      parameters.add(moment)
      return try connection.ask(
        """
        WITH ended AS (
          DELETE FROM timers t USING unnest($1::text[], $2::int4[], $3::int8[], $4::int8[])
            AS c(key, version, event, due_at)
          WHERE t.key = c.key AND t.version = c.version AND t.event = c.event AND t.due_at = c.due_at
          RETURNING t.event, t.flow, t.version, t.label, t.partition, t.lane, t.key)
        INSERT INTO runs (event, flow, version, label, partition, lane, timer, status, is_open, changed_at, outcome)
        SELECT event, flow, version, label, partition, lane, key, 4, false, $6::int8, $5::text FROM ended
        """, parameters
      ).changedRows
    }
  }
}

/// Which timers are meant, as they were when they were read.
private struct TimerPlaces {
  var columns = [ArrayColumn(.text), ArrayColumn(.int4), ArrayColumn(.int8), ArrayColumn(.int8)]

  init(_ timers: [TimerRecord], _ names: NameTable) {
    for timer in timers {
      columns[0].append(timer.key)
      columns[1].append(names.identifier(timer.version) ?? 0)
      columns[2].append(timer.event)
      columns[3].append(timer.dueAt)
    }
  }
}

extension PostgresJournal {
  /// One statement that changes something, in a transaction of its own.
  func change(_ sql: String, _ parameters: StatementParameters) async throws(JournalError) {
    try await slow.perform { connection throws(PostgresFailure) in _ = try connection.ask(sql, parameters) }
  }

  /// Several statements beside the writer, all or none; `names` are made known before.
  func transaction<Answer: Sendable>(
    names wanted: [String],
    _ body: @escaping @Sendable (PostgresConnection) throws(PostgresFailure) -> Answer
  ) async throws(JournalError) -> Answer {
    try await slow.perform { [names] connection throws(PostgresFailure) in
      let unknown = names.unknown(of: wanted)
      if !unknown.isEmpty {
        var column = ArrayColumn(.text)
        for name in unknown { column.append(name.text) }
        var parameters = StatementParameters()
        parameters.add(column)
        _ = try connection.ask(WriteStatement.addNames.sql, parameters)
        names.learn(try connection.ask(WriteStatement.allNames.sql, StatementParameters()))
      }
      try connection.run("BEGIN")
      do throws(PostgresFailure) {
        let answer = try body(connection)
        try connection.run("COMMIT")
        return answer
      } catch {
        if !error.isConnectionLost { _ = try? connection.run("ROLLBACK") }
        throw error
      }
    }
  }
}
