//! Turns timers that have come due into runs on their lanes: once each, however long the engine was away.
import JournalCore
import SwitchboardSDK

struct TimerService: Sendable {
  let journal: any Journal
  let lanes: Lanes
  let clock: any ClockPort
  let alarm: Alarm
  let announcer: Announcer
  let unsure: UnsureWrites
  /// Timers fired in one go: their commits share an fsync.
  static let batch = 200

  func run() async {
    while !Task.isCancelled, !lanes.isStopping {
      do throws(JournalError) {
        let next = try await fireDue()
        await alarm.wait(until: next, clock: clock)
      } catch {
        announcer.journalTrouble(error)
        await clock.sleep(milliseconds: 1_000)
      }
    }
  }

  /// Fires what is due; returns when the next one will be.
  private func fireDue() async throws(JournalError) -> Timestamp? {
    try await unsure.takeUp()
    while !Task.isCancelled, !lanes.isStopping {
      let now = clock.now()
      let due = try await journal.timers(dueBefore: now.adding(milliseconds: 1), limit: Self.batch)
      guard !due.isEmpty else { break }
      let fired = await fire(due, now: now)
      var failure: JournalError?
      for (timer, result) in zip(due, fired) {
        switch result {
        case .success(nil): break
        case .success(.some(let run)):
          announcer.timerFired(lateMilliseconds: now.millisecondsSince(timer.dueAt))
          lanes.enqueue(.stored(run))
        // The others have fired all the same: they go on their way first.
        case .failure(let error):
          unsure.note(error)
          failure = error
        }
      }
      if let failure { throw failure }
    }
    return try await journal.timers(dueBefore: Timestamp(milliseconds: .max), limit: 1).first?.dueAt
  }

  /// Lanes side by side, so that their commits share an fsync; within a lane one behind the other, as they came due.
  private func fire(_ due: [TimerRecord], now: Timestamp) async -> [Result<OpenRun?, JournalError>] {
    typealias Fired = [(place: Int, result: Result<OpenRun?, JournalError>)]
    return await withTaskGroup(of: Fired.self) { group in
      for timers in Dictionary(grouping: due.enumerated(), by: \.element.lane).values {
        group.addTask {
          var fired: Fired = []
          for (place, timer) in timers {
            do throws(JournalError) {
              fired.append((place, .success(try await journal.fireTimer(key: timer.key, now: now))))
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
}
