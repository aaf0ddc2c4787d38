//! Turns timers that have come due into runs on their lanes: once each, however long the engine was away.
import JournalCore
import SwitchboardSDK

struct TimerService: Sendable {
  let journal: any Journal
  let lanes: Lanes
  let ownership: LaneOwnership
  /// Nil on a single node.
  let cluster: (any ClusterStore)?
  let gate: ServiceGate
  let clock: any ClockPort
  let alarm: Alarm
  let announcer: Announcer
  let unsure: UnsureWrites
  /// Timers fired in one go: their commits share an fsync.
  static let batch = 200
  /// Timers that other nodes start ring no alarm here.
  private static let lookMilliseconds: Int64 = 200

  func run() async {
    while !Task.isCancelled, !lanes.isStopping {
      do throws(JournalError) {
        var next: Timestamp?
        if gate.enter() {
          defer { gate.leave() }
          next = try await fireDue()
          let look = clock.now().adding(milliseconds: Self.lookMilliseconds)
          if !ownership.holdsAll { next = min(next ?? look, look) }
        }
        await alarm.wait(until: next, clock: clock)
      } catch {
        if error.code == .fenced { ownership.noteFence() }
        announcer.journalTrouble(error)
        await clock.sleep(milliseconds: 1_000)
      }
    }
  }

  /// Fires what is due; returns when the next one will be.
  private func fireDue() async throws(JournalError) -> Timestamp? {
    try await unsure.takeUp()
    while !Task.isCancelled, !lanes.isStopping, gate.isOpen {
      let now = clock.now()
      let due = try await journal.timers(dueBefore: now.adding(milliseconds: 1), limit: Self.batch)
      guard !due.isEmpty else { break }
      let ticket = ownership.enter(due.map(\.lane))
      let fired = await fire(due, now: now, ticket.isOurs)
      var failure: JournalError?
      var entries: [LiveRunEntry] = []
      for (index, result) in fired.enumerated() {
        switch result {
        case .success(nil): break
        case .success(.some(let run)):
          announcer.timerFired(lateMilliseconds: now.millisecondsSince(due[index].dueAt))
          if ticket.isOurs[index] { entries.append(.stored(run)) }
        // The others have fired all the same: they go on their way first.
        case .failure(let error):
          unsure.note(error)
          failure = error
        }
      }
      ownership.leave(ticket, queueing: entries)
      if let failure { throw failure }
    }
    return try await journal.timers(dueBefore: Timestamp(milliseconds: .max), limit: 1).first?.dueAt
  }

  /// Lanes side by side, so that their commits share an fsync; within a lane one behind the other, as they came due.
  private func fire(
    _ due: [TimerRecord], now: Timestamp, _ isOurs: [Bool]
  ) async -> [Result<OpenRun?, JournalError>] {
    typealias Fired = [(place: Int, result: Result<OpenRun?, JournalError>)]
    return await withTaskGroup(of: Fired.self) { group in
      // In an order that is the same in every play of a simulation's seed: a dictionary's own is not.
      let lanes = Dictionary(grouping: due.enumerated(), by: \.element.lane).values
      for timers in lanes.sorted(by: { ($0.first?.offset ?? 0) < ($1.first?.offset ?? 0) }) {
        group.addTask {
          var fired: Fired = []
          for (place, timer) in timers {
            do throws(JournalError) {
              fired.append((place, .success(try await fire(timer, now: now, isOurs: isOurs[place]))))
            } catch { fired.append((place, .failure(error))) }
          }
          return fired
        }
      }
      var all: Fired = []
      for await fired in group { all += fired }
      return all.sorted { $0.place < $1.place }.map(\.result)
    }
  }

  private func fire(_ timer: TimerRecord, now: Timestamp, isOurs: Bool) async throws(JournalError) -> OpenRun? {
    guard let cluster else { return try await journal.fireTimer(key: timer.key, now: now) }
    return try await cluster.fireTimer(key: timer.key, now: now, handsOver: !isOurs)
  }
}
