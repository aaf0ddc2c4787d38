//! What the journal costs for one message: intake, one delivery begun, run and delivery settled. Three writes of a
//! lane, one after another, as the rooms make them.
internal import Glibc
internal import JournalCore
internal import SwitchboardSDK

package enum JournalBenchmark {
  package struct Report: Sendable, Hashable {
    package var messages: Int
    package var seconds: Double
    /// Of the whole process, the lanes' tasks included.
    package var cpuMicrosecondsPerMessage: Double
    /// Writes that one transaction carried, on the average.
    package var writesPerCommit: Double

    package var messagesPerSecond: Double { Double(messages) / seconds }
  }

  /// Message bodies of 900 bytes, as the reference figures have them.
  static let payload = [UInt8](repeating: 120, count: 900)

  /// The journal under so many lanes at once. The file must not exist.
  package static func journal(path: String, lanes: Int, messagesPerLane: Int) async throws -> Report {
    let journal = try SQLiteJournal(path: path)
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

  /// The same rows by SQLite alone: its statements bound and stepped in a loop by one thread, `batch` writes to a
  /// transaction, nobody to answer. What stands between the two figures is ours.
  package static func plain(path: String, batch: Int, messages: Int) throws -> Report {
    let rows = try PlainRows(path: path)
    let watch = Watch()
    var commits = 0
    var first = 0
    while first < messages {
      let count = min(batch, messages - first)
      for stage in PlainRows.Stage.allCases {
        try rows.transaction { for number in first..<(first + count) { try rows.write(stage, number) } }
        commits += 1
      }
      first += count
    }
    return watch.report(messages: messages, writesPerCommit: Double(messages * 3) / Double(max(1, commits)))
  }

  private static func walk(_ lane: Int, count: Int, in journal: SQLiteJournal) async throws {
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
