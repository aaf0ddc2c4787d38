//! What the journal costs for one message: intake, one delivery begun, run and delivery settled. The twin of
//! `JournalBenchmark` of the SQLite store, with the same rows.
internal import Glibc
internal import JournalCore
internal import SwitchboardSDK

package enum PostgresBenchmark {
  package struct Report: Sendable, Hashable {
    package var messages: Int
    package var seconds: Double
    /// Of this process; the server's own is beside it.
    package var cpuMicrosecondsPerMessage: Double
    /// Writes that one transaction carried, on the average.
    package var writesPerCommit: Double

    package var messagesPerSecond: Double { Double(messages) / seconds }
  }

  /// Message bodies of 900 bytes, as the reference figures have them.
  static let payload = [UInt8](repeating: 120, count: 900)

  /// The journal under so many lanes at once. The schema in the address should be empty.
  package static func journal(url: String, lanes: Int, messagesPerLane: Int) async throws -> Report {
    let journal = try PostgresJournal(url: url)
    let watch = Watch()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for lane in 0..<lanes {
        group.addTask { try await walk(lane, count: messagesPerLane, in: journal) }
      }
      try await group.waitForAll()
    }
    let metrics = journal.metrics
    let report = watch.report(
      messages: lanes * messagesPerLane, writesPerCommit: Double(metrics.operations) / Double(max(1, metrics.commits)))
    await journal.close()
    return report
  }

  /// The same rows by libpq alone: one connection, prepared `unnest` statements, `batch` rows to a transaction, one
  /// round each, nobody to answer and nothing to refuse. What stands between the two figures is ours.
  package static func plain(url: String, batch: Int, messages: Int) async throws -> Report {
    // Makes the tables.
    await (try PostgresJournal(url: url)).close()
    let address = try PostgresAddress(url)
    let session = PostgresSession(
      address, role: .writer, name: "switchboard bench", settings: PostgresSettings(),
      statements: PlainStatement.allCases.map { ($0.rawValue, $0.sql) })
    let watch = Watch()
    var commits = 0
    var first = 0
    while first < messages {
      let count = min(batch, messages - first)
      for stage in [[PlainStatement.events, .runs], [.advance, .deliveries], [.close, .settle]] {
        var round: [(name: String, parameters: StatementParameters)] = [("begin", StatementParameters())]
        for statement in stage { round.append((statement.rawValue, statement.rows(first + 1...first + count))) }
        round.append(("commit", StatementParameters()))
        _ = try session.use { connection throws(PostgresFailure) in try connection.round(round) }
        commits += 1
      }
      first += count
    }
    return watch.report(messages: messages, writesPerCommit: Double(messages * 3) / Double(max(1, commits)))
  }

  private static func walk(_ lane: Int, count: Int, in journal: PostgresJournal) async throws {
    let key = "shop/avito/chat-\(lane)"
    let new = NewRun(flow: "desk", version: "0123456789abcdef", label: "customer", lane: key)
    for number in 0..<count {
      let at = Timestamp(milliseconds: 1_700_000_000_000 + Int64(number))
      let record = IntakeRecord(
        project: "shop", connection: "avito", externalID: "message-\(lane)-\(number)", conversation: key,
        receivedAt: at, payload: payload, runs: [new])
      guard let run = try await journal.append([record]).first?.runs.first else { return }
      let delivery = NewDelivery(
        sequence: 0, project: "shop", connection: "desk", chat: "-1001234567890", step: "way.else.do[0]",
        request: Array(payload.prefix(300)), state: .sending, at: at)
      try await journal.commit(
        RunChange(
          run: run, status: .running, state: Array(payload.prefix(120)), at: at, deliveries: [.insert(delivery)]))
      let settled = DeliveryChange.settle(
        sequence: 0, state: .sent, remoteIDs: ["\(run)"], result: .null, error: nil, at: at)
      try await journal.commit(
        RunChange(run: run, status: .done, outcome: "relayed", at: at, deliveries: [settled]))
    }
  }

  private struct Watch {
    private let wall = Watch.nanoseconds(CLOCK_MONOTONIC)
    private let cpu = Watch.nanoseconds(CLOCK_PROCESS_CPUTIME_ID)

    func report(messages: Int, writesPerCommit: Double) -> Report {
      Report(
        messages: messages, seconds: Double(Watch.nanoseconds(CLOCK_MONOTONIC) - wall) / 1e9,
        cpuMicrosecondsPerMessage: Double(Watch.nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1e3
          / Double(max(1, messages)), writesPerCommit: writesPerCommit)
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
      var time = timespec()
      clock_gettime(clock, &time)
      return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
  }
}
