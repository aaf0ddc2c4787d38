//! Takes up at start what the last run of the program left: every run that is not closed goes back to its lane,
//! in the order of the journal. Only ids are read; payloads wait until their turn.
import JournalCore

struct Recovery: Sendable {
  let journal: any Journal
  let lanes: Lanes
  private static let page = 5_000

  /// The number of runs taken up, and how many of them wait for a person.
  struct Taken: Sendable, Hashable {
    var runs = 0
    var parked = 0
  }

  func takeUp() async throws(JournalError) -> Taken {
    var taken = Taken()
    var last: RunID = 0
    while true {
      let page = try await journal.openRuns(after: last, limit: Self.page)
      for run in page {
        taken.runs += 1
        last = run.id
        lanes.enqueue(.stored(run.id), lane: run.lane, isBegun: run.status != .queued)
        if run.status == .parked {
          taken.parked += 1
          lanes.park(run.lane, at: run.id)
        }
      }
      if page.count < Self.page { return taken }
    }
  }
}
