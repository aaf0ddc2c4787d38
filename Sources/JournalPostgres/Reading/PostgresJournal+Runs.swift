//! Questions about runs, deliveries and timers.
package import JournalCore
package import SwitchboardSDK

extension PostgresJournal {
  package func openRuns(after: RunID, limit: Int) async throws(JournalError) -> [OpenRun] {
    var parameters = StatementParameters()
    parameters.add(after)
    parameters.add(Int64(max(0, limit)))
    return try await slow.ask(.openRuns, parameters) { BatchAnswer.openRuns($0) }
  }

  package func run(_ id: RunID) async throws(JournalError) -> StoredRun? {
    var parameters = StatementParameters()
    parameters.add(id)
    let found: [StoredRun] = try await quick.ask(.run, parameters) { [names] rows in
      guard rows.count > 0 else { return [] }
      guard let project = names.name(rows, 0, 1), let connection = names.name(rows, 0, 2),
        let flow = names.name(rows, 0, 5), let version = names.name(rows, 0, 6), let label = names.name(rows, 0, 7)
      else { return nil }
      let run = StoredRun(
        id: id, event: rows.int64(0, 0), project: project, connection: connection, externalID: rows.text(0, 3),
        conversation: rows.text(0, 4), flow: flow, version: version, label: label, lane: rows.text(0, 8),
        status: RunStatus(rawValue: rows.int(0, 9)) ?? .parked, wakeAt: rows.optionalTimestamp(0, 10),
        receivedAt: rows.timestamp(0, 11), state: rows.optionalBytes(0, 12), outcome: rows.optionalText(0, 13),
        payload: rows.bytes(0, 14), changedAt: rows.timestamp(0, 15))
      return [run]
    }
    return found.first
  }

  package func deliveries(of run: RunID) async throws(JournalError) -> [StoredDelivery] {
    guard run > 0, run <= DeliveryKey.runMax else { return [] }
    var parameters = StatementParameters()
    parameters.add(DeliveryKey.key(run: run, sequence: 0))
    parameters.add(DeliveryKey.key(run: run + 1, sequence: 0))
    return try await quick.ask(.deliveries, parameters) { [names] rows in
      var answer: [StoredDelivery] = []
      for row in 0..<rows.count {
        guard let connection = names.name(rows, row, 1), let step = names.name(rows, row, 3) else { return nil }
        let further = rows.value(row, 10).listValue ?? []
        let remoteIDs = (rows.optionalText(row, 9).map { [$0] } ?? []) + further.compactMap(\.textValue)
        answer.append(
          StoredDelivery(
            run: run, sequence: DeliveryKey.sequence(rows.int64(row, 0)), connection: connection,
            chat: rows.text(row, 2), step: step, request: rows.bytes(row, 4),
            state: DeliveryState(rawValue: rows.int(row, 5)) ?? .unknown, attempt: rows.int(row, 6),
            begunAt: rows.timestamp(row, 7), settledAt: rows.optionalTimestamp(row, 8), remoteIDs: remoteIDs,
            result: rows.value(row, 11), error: rows.optionalText(row, 12)))
      }
      return answer
    }
  }

  package func timers(dueBefore moment: Timestamp, limit: Int) async throws(JournalError) -> [TimerRecord] {
    var parameters = StatementParameters()
    parameters.add(moment)
    parameters.add(Int64(max(0, limit)))
    return try await slow.ask(.dueTimers, parameters) { [names] rows in
      var answer: [TimerRecord] = []
      for row in 0..<rows.count {
        guard let project = names.name(rows, row, 2), let flow = names.name(rows, row, 4),
          let version = names.name(rows, row, 5), let label = names.name(rows, row, 6)
        else { return nil }
        answer.append(
          TimerRecord(
            key: rows.text(row, 0), dueAt: rows.timestamp(row, 1), project: project,
            conversation: rows.text(row, 3), flow: flow, version: version, label: label, lane: rows.text(row, 7),
            event: rows.int64(row, 8), state: rows.bytes(row, 9)))
      }
      return answer
    }
  }

  package func troubledRuns(limit: Int) async throws(JournalError) -> [TroubledRun] {
    var parameters = StatementParameters()
    parameters.add(Int64(max(0, limit)))
    let newestFirst: [TroubledRun] = try await slow.ask(.troubled, parameters) { [names] rows in
      var answer: [TroubledRun] = []
      for row in 0..<rows.count {
        let project = rows.isNull(row, 1) ? "" : names.name(rows, row, 1)
        guard let project, let flow = names.name(rows, row, 2) else { return nil }
        answer.append(
          TroubledRun(
            id: rows.int64(row, 0), project: project, flow: flow, lane: rows.text(row, 3),
            status: RunStatus(rawValue: rows.int(row, 4)) ?? .parked, outcome: rows.text(row, 5),
            at: rows.timestamp(row, 6)))
      }
      return answer
    }
    return newestFirst.reversed()
  }

  package func counts() async throws(JournalError) -> JournalCounts {
    try await slow.ask(
      .counts, StatementParameters(), patienceMilliseconds: settings.countsPatienceMilliseconds
    ) { rows in
      guard rows.count > 0 else { return JournalCounts() }
      return JournalCounts(
        events: rows.int(0, 0), openRuns: rows.int(0, 1), parkedRuns: rows.int(0, 2), deadRuns: rows.int(0, 3),
        pendingTimers: rows.int(0, 4), unknownDeliveries: rows.int(0, 5))
    }
  }
}

extension NameTable {
  func name(_ rows: ResultRows, _ row: Int, _ column: Int32) -> String? {
    name(Int32(truncatingIfNeeded: rows.int64(row, column)))
  }
}
