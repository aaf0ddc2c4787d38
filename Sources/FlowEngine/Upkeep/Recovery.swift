//! Takes up at start what the last run of the program left: every run that is not closed goes back to its lane,
//! in the order of the journal. Only ids are read; payloads wait until their turn.
import JournalCore

struct Recovery: Sendable {
  let journal: any Journal
  let lanes: Lanes
  /// Given where lanes are taken up that the process, or another node, may have died with.
  var deaths: DeathNotes?
  private static let page = 5_000

  /// The number of runs taken up, and how many of them wait for a person.
  struct Taken: Sendable, Hashable {
    var runs = 0
    var parked = 0
  }

  /// What is walked here where several nodes share the lanes.
  struct Sharing: Sendable {
    let ownership: LaneOwnership
    let store: any ClusterStore
  }

  func takeUp(_ sharing: Sharing?) async throws(JournalError) -> Taken {
    guard let sharing else { return try await takeUp() }
    return try await takeUp(in: sharing.ownership.partitions(in: [.held]), of: sharing.store)
  }

  /// Of some partitions only, where several nodes share the lanes.
  func takeUp(
    in partitions: Set<Int>? = nil, of store: (any ClusterStore)? = nil
  ) async throws(JournalError) -> Taken {
    var taken = Taken()
    var last: RunID = 0
    var stillOpen: Set<RunID> = []
    try await deaths?.load(partitions)
    while true {
      let page =
        if let partitions, let store {
          try await store.openRuns(in: partitions, after: last, limit: Self.page)
        } else {
          try await journal.openRuns(after: last, limit: Self.page)
        }
      for run in page {
        taken.runs += 1
        last = run.id
        if let deaths, deaths.deaths(of: run.id, in: run.lane) > 0 { stillOpen.insert(run.id) }
        lanes.enqueue(.found(run.id), lane: run.lane, isBegun: run.isBegun)
        if run.status == .parked {
          taken.parked += 1
          lanes.park(run.lane, at: run.id)
        }
      }
      if page.count < Self.page { break }
    }
    deaths?.keep(stillOpen, of: partitions)
    return taken
  }

  /// Queues what is open in the journal and in no lane. Returns how many that were.
  func takeUpMissing(in partitions: Set<Int>, of store: any ClusterStore) async throws(JournalError) -> Int {
    var missed = 0
    var last: RunID = 0
    while true {
      let page = try await store.openRuns(in: partitions, after: last, limit: Self.page)
      for run in lanes.missing(page) {
        missed += 1
        lanes.enqueue(.found(run.id), lane: run.lane, isBegun: run.isBegun)
      }
      last = page.last?.id ?? last
      if page.count < Self.page { return missed }
    }
  }
}
