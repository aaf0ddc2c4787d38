//! Holds a journal found after a power cut against what had been acknowledged before it.
import GRDB
import JournalCore
import JournalSQLite
import SwitchboardSDK

struct PowerCutCheck {
  let acknowledged: Acknowledged
  private(set) var findings: [String] = []

  init(_ acknowledged: Acknowledged) { self.acknowledged = acknowledged }

  /// With a round, only its messages are looked for one by one; without, all of them.
  mutating func examine(_ file: String, round: Int?) async {
    do {
      let journal = try SQLiteJournal(path: file)
      try await examineWhole(journal)
      for (name, message) in acknowledged.messages where round.map({ name.hasPrefix("\($0)-") }) ?? true {
        try await examine(name, message, in: journal)
      }
      for (lane, cursor) in acknowledged.cursors {
        let found = try await journal.connectionValue(connection: "avito", key: "cursor-\(lane)").intValue ?? -1
        // The next value may have been on its way.
        if found < cursor { findings.append("lost: cursor \(cursor) of lane \(lane), found \(found)") }
      }
      await journal.close()
      let answers = try await DatabaseQueue(path: file).read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }
      if answers != ["ok"] { findings.append("damaged: \(answers.prefix(3))") }
    } catch {
      findings.append("unreadable: \(error)")
    }
  }

  private mutating func examine(
    _ name: String, _ message: Acknowledged.Message, in journal: SQLiteJournal
  ) async throws {
    guard let run = try await journal.run(message.run), run.externalID == name, run.event == message.event else {
      return findings.append("lost: the event \(name)")
    }
    if run.status.rawValue < message.status.rawValue {
      findings.append("lost: \(name) was \(message.status), is \(run.status)")
    }
    let known = try await journal.append([PowerCutWorkload.record(name, lane: 0, bytes: 10)])
    if known != [Receipt(event: message.event, isDuplicate: true, runs: [])] {
      findings.append("lost: \(name) is taken for new")
    }
    switch message.timer {
    case .none: break
    case .pending:
      let isPending = try await journal.fireTimer(key: name, now: Timestamp(milliseconds: 4)) == nil
      if !isPending { findings.append("wrong: the timer \(name) fired before its time") }
    case .fired(let fired):
      if try await journal.run(fired)?.event != message.event { findings.append("lost: the run of timer \(name)") }
      if try await journal.fireTimer(key: name, now: Timestamp(milliseconds: 10)) != nil {
        findings.append("doubled: the timer \(name) fires again")
      }
    }
  }

  /// Conservation: whatever is there is whole, was really handed over, stands in order, and is counted.
  private mutating func examineWhole(_ journal: SQLiteJournal) async throws {
    var numbers: [Substring: [Int]] = [:]
    var seen: Set<String> = []
    var open = 0
    var id: RunID = 1
    var misses = 0
    while misses < 40 {
      defer { id += 1 }
      guard let run = try await journal.run(id) else {
        misses += 1
        continue
      }
      misses = 0
      open += run.status.isClosed ? 0 : 1
      try await examineWhole(run, journal)
      guard seen.insert(run.externalID).inserted else { continue }
      if !acknowledged.offered.contains(run.externalID) { findings.append("invented: \(run.externalID)") }
      let cut = run.externalID.lastIndex(of: "-") ?? run.externalID.startIndex
      numbers[run.externalID[..<cut], default: []].append(Int(run.externalID[cut...].dropFirst()) ?? -1)
    }
    for (lane, found) in numbers where found != Array(0..<found.count) {
      findings.append("out of order or with a hole: lane \(lane) \(found.prefix(20))")
    }
    let counts = try await journal.counts()
    if counts.openRuns != open { findings.append("miscounted: \(open) open runs, counted \(counts.openRuns)") }
    if counts.events != seen.count { findings.append("miscounted: \(seen.count) events, counted \(counts.events)") }
  }

  /// One commit is there whole or not at all.
  private mutating func examineWhole(_ run: StoredRun, _ journal: SQLiteJournal) async throws {
    let deliveries = try await journal.deliveries(of: run.id)
    let expected: [DeliveryState] =
      switch run.status {
      case .queued: []
      case .running: [.sending]
      default: [.sent]
      }
    if deliveries.map(\.state) != expected {
      findings.append("torn: run \(run.id) is \(run.status), its calls \(deliveries.map(\.state))")
    }
    if run.status == .done {
      let isOwn = try await journal.isOwnMessage(connection: "desk", chat: "-100", messageID: run.externalID)
      if !isOwn { findings.append("torn: the ledger does not know message \(run.externalID)") }
    }
    if run.status != .queued, try await journal.conversation(run.lane) == nil {
      findings.append("torn: run \(run.id) without its conversation")
    }
  }
}
