//! Notices what a person mended with `switchboard dead` or `timers`: the command changes the journal from another
//! process, and leaves word here.
package import JournalCore
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

  /// Word that something was mended: of two commands at the same time neither may look like the other.
  package static func leave(in journal: any Journal, runs: [RunID] = []) async throws(JournalError) {
    var note = try await journal.connectionValue(connection: connection, key: key)
    for run in runs { note = adding(run: run, to: note) }
    var members = note.mapValue ?? [:]
    members["mark"] = .text(String(UInt64.random(in: .min ... .max), radix: 16))
    try await journal.setConnectionValue(connection: connection, key: key, value: .map(members))
  }
}

struct MendingService: Sendable {
  let journal: any Journal
  let lanes: Lanes
  /// Several nodes: each looks after the lanes that it walks.
  var sharing: Recovery.Sharing?
  let clock: any ClockPort
  let announcer: Announcer
  /// Rung when something was mended: a timer may have been made due.
  let timerAlarm: Alarm
  private static let beatMilliseconds: Int64 = 1_000

  func run() async {
    var seen: Value?
    while !Task.isCancelled, !lanes.isStopping {
      do throws(JournalError) {
        let note = try await journal.connectionValue(connection: MendingNote.connection, key: MendingNote.key)
        // The first look as well: a person may have been at work while the engine started.
        if note != seen {
          timerAlarm.ring()
          try await takeUp()
        }
        seen = note
      } catch { announcer.journalTrouble(error) }
      await clock.sleep(milliseconds: Self.beatMilliseconds)
    }
  }

  /// Compares lanes and journal afresh rather than trusting the note's list: two commands at the same time may have
  /// overwritten each other's.
  private func takeUp() async throws(JournalError) {
    _ = try await Recovery(journal: journal, lanes: lanes).takeUp(sharing)
    for (lane, run) in lanes.parkedHeads where try await journal.run(run)?.status != .parked { lanes.unpark(lane) }
  }
}
