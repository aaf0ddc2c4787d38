//! Notices what a person mended with `switchboard dead`: the command changes the journal from another process,
//! and leaves word here.
import JournalCore
package import SwitchboardSDK

/// The word that `switchboard dead retry|drop` leaves: a count that goes up, and the runs touched last.
package enum MendingNote {
  package static let connection = "@engine"
  package static let key = "mended"
  private static let runsKept = 200

  package static func adding(run: Int64, to note: Value) -> Value {
    let runs = (note["runs"].listValue ?? []) + [.int(run)]
    return ["count": .int((note["count"].intValue ?? 0) + 1), "runs": .list(Array(runs.suffix(runsKept)))]
  }

  static func count(_ note: Value) -> Int64 { note["count"].intValue ?? 0 }
  static func runs(_ note: Value) -> [Int64] { (note["runs"].listValue ?? []).compactMap(\.intValue) }
}

struct MendingService: Sendable {
  let journal: any Journal
  let lanes: Lanes
  let clock: any ClockPort
  let announcer: Announcer
  private static let beatMilliseconds: Int64 = 1_000

  func run() async {
    var seen: Int64?
    while !Task.isCancelled, !lanes.isStopping {
      do throws(JournalError) {
        let note = try await journal.connectionValue(connection: MendingNote.connection, key: MendingNote.key)
        let count = MendingNote.count(note)
        if let seen, count > seen {
          for run in MendingNote.runs(note).suffix(Int(clamping: count - seen)) { try await takeUp(run) }
        }
        seen = count
      } catch { announcer.journalTrouble(error) }
      await clock.sleep(milliseconds: Self.beatMilliseconds)
    }
  }

  private func takeUp(_ id: RunID) async throws(JournalError) {
    guard let run = try await journal.run(id) else { return }
    if !run.status.isClosed {
      lanes.enqueue(.stored(OpenRun(id: id, lane: run.lane, status: run.status, wakeAt: run.wakeAt)))
    }
    lanes.unpark(run.lane)
  }
}
