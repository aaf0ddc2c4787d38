//! Turns timers that have come due into runs on their lanes: once each, however long the engine was away.
import JournalCore
import SwitchboardSDK

struct TimerService: Sendable {
  let journal: any Journal
  let lanes: Lanes
  let clock: any ClockPort
  let alarm: Alarm
  let announcer: Announcer
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
    while !Task.isCancelled, !lanes.isStopping {
      let now = clock.now()
      let due = try await journal.timers(dueBefore: now.adding(milliseconds: 1), limit: Self.batch)
      guard !due.isEmpty else { break }
      let fired = await withTaskGroup(of: (Int, Result<OpenRun?, JournalError>).self) { group in
        for (index, timer) in due.enumerated() {
          group.addTask {
            do throws(JournalError) {
              return (index, .success(try await journal.fireTimer(key: timer.key, now: now)))
            } catch { return (index, .failure(error)) }
          }
        }
        var results: [(Int, Result<OpenRun?, JournalError>)] = []
        for await result in group { results.append(result) }
        return results.sorted { $0.0 < $1.0 }
      }
      var failure: JournalError?
      for (_, result) in fired {
        switch result {
        case .success(nil): break
        case .success(.some(let run)):
          announcer.timerFired()
          lanes.enqueue(.stored(run))
        // The others have fired all the same: they go on their way first.
        case .failure(let error): failure = error
        }
      }
      if let failure { throw failure }
    }
    return try await journal.timers(dueBefore: Timestamp(milliseconds: .max), limit: 1).first?.dueAt
  }
}
