//! Room 5 of 8, Claiming. Runs queue here, one lane a conversation; the head of each lane is walked, alone.
//! Next: Performing/Performing.swift makes the calls of the run that is walked.
import DequeModule
import JournalCore
import Synchronization

package final class Lanes: Sendable {
  struct Lane {
    var queue: Deque<LaneEntry> = []
    /// A task walks it, or it has been announced to one.
    var isActive = false
    /// The head is in the hands of that task: nothing may be put before it.
    var isHeadTaken = false
    /// The head has begun in an earlier walk (it waits, is parked, or was broken off): none may speak in its midst.
    var isHeadBegun = false
    /// Its head waits for a person.
    var isParked = false
    /// A person mended something while a task walked the lane: a head that parks now is looked at once more.
    var wasMended = false
  }
  struct State {
    var lanes: [String: Lane] = [:]
    /// Nil on a single node (`Lanes+Partitions`).
    var sharing: Sharing?
    var isStopping = false
  }

  let state = Mutex(State())
  /// Something of a closed partition has ended.
  let ended = Signal()
  /// Which of the lanes that have something to walk are walked now.
  let slots = WalkSlots()
  var ready: AsyncStream<String> { slots.ready }
  /// Where lanes wait for a retry.
  let pauses = Pauses()
  private let stopSignal: AsyncStream<Void>
  private let stopAnnounce: AsyncStream<Void>.Continuation
  /// Fresh events beyond this many wait in the journal only.
  private static let freshKept = 64

  package init() {
    (stopSignal, stopAnnounce) = AsyncStream.makeStream()
  }

  package var isStopping: Bool { state.withLock { $0.isStopping } }

  /// What lies in the lanes of one project.
  package struct Load: Sendable, Hashable {
    /// Lanes that hold anything, and how many of them wait for a person.
    package var lanes = 0
    package var parked = 0
    /// Runs in them, those at work included.
    package var runs = 0
    /// Lanes, begun or not, that could go on and wait for their project's turn.
    package var waiting = 0
  }

  /// By project. A look at every lane, the counting outside the lock.
  package var loads: [String: Load] {
    let lanes = state.withLock { $0.lanes.map { ($0.key, $0.value.queue.count, $0.value.isParked) } }
    var loads: [String: Load] = [:]
    for (name, runs, isParked) in lanes {
      let project = WalkSlots.project(of: name)
      loads[project, default: Load()].lanes += 1
      loads[project, default: Load()].runs += runs
      if isParked { loads[project, default: Load()].parked += 1 }
    }
    for (project, waiting) in slots.waiting { loads[project, default: Load()].waiting = waiting }
    return loads
  }

  /// Adds a run at its place: by id, so that two that were stored in one commit keep the journal's order. One that has
  /// begun stands before all others: of two that came at the same time, the later id may have been walked first.
  func enqueue(_ entry: LaneEntry, lane name: String, isBegun: Bool = false) {
    let wakes = state.withLock { state -> Bool in
      if let sharing = state.sharing, sharing.isClosed(name) { return false }
      var lane = state.lanes[name] ?? Lane()
      var kept = entry
      if case .fresh = entry, lane.queue.count >= Self.freshKept { kept = .stored(entry.id) }
      if lane.queue.first?.id == entry.id { return false }
      var at = lane.queue.endIndex
      while at > lane.queue.startIndex, lane.queue[at - 1].id > entry.id { at -= 1 }
      if at > lane.queue.startIndex, lane.queue[at - 1].id == entry.id { return false }
      if lane.isHeadTaken || lane.isHeadBegun {
        if at == lane.queue.startIndex, !lane.queue.isEmpty { at += 1 }
      } else if isBegun {
        at = lane.queue.startIndex
        lane.isHeadBegun = true
      }
      lane.queue.insert(kept, at: at)
      let wakes = !lane.isActive && !lane.isParked && !state.isStopping
      if wakes { lane.isActive = true }
      state.lanes[name] = lane
      return wakes
    }
    if wakes { slots.add(lane: name) }
  }

  func enqueue(_ run: LiveRunEntry) { enqueue(run.entry, lane: run.lane) }

  /// The run at the head, or nil when the lane is empty or the engine stops: the walking task ends then.
  func head(of name: String) -> LaneEntry? {
    var isOver = false
    defer { if isOver { ended.signal() } }
    return state.withLock { state in
      isOver = state.endClosed(name)
      guard let lane = state.lanes[name], let first = lane.queue.first, !lane.isParked, !state.isStopping else {
        if state.lanes[name]?.queue.isEmpty ?? true {
          state.lanes[name] = nil
        } else {
          state.lanes[name]?.isActive = false
        }
        return nil
      }
      state.lanes[name]?.isHeadTaken = true
      return first
    }
  }

  /// The head is done with: the next one moves up.
  func advance(_ name: String) {
    state.withLock { state in
      _ = state.lanes[name]?.queue.popFirst()
      state.lanes[name]?.isHeadTaken = false
      state.lanes[name]?.isHeadBegun = false
    }
  }

  /// The head waits for a person, and the lane behind it. False when a person was quicker and has mended it
  /// already: then the task that walks the lane goes on.
  func park(_ name: String) -> Bool {
    var isOver = false
    defer { if isOver { ended.signal() } }
    return state.withLock { state in
      isOver = state.endClosed(name)
      guard var lane = state.lanes[name] else { return true }
      if let head = lane.queue.popFirst() { lane.queue.prepend(.found(head.id)) }
      lane.isParked = !lane.wasMended
      lane.isActive = lane.wasMended
      lane.isHeadTaken = false
      lane.isHeadBegun = true
      lane.wasMended = false
      state.lanes[name] = lane
      return lane.isParked
    }
  }

  /// A run found parked at start: its lane waits if it is the head, else once its turn comes.
  func park(_ name: String, at run: RunID) {
    state.withLock { state in
      guard state.lanes[name]?.queue.first?.id == run else { return }
      state.lanes[name]?.isParked = true
    }
  }

  /// A person has mended or dropped the head.
  package func unpark(_ name: String) {
    let wakes = state.withLock { state -> Bool in
      guard var lane = state.lanes[name] else { return false }
      defer { state.lanes[name] = lane }
      guard !lane.isActive else {
        // A task walks it, or is about to: a second one must not.
        lane.wasMended = !lane.isParked
        lane.isParked = false
        return false
      }
      guard lane.isParked else { return false }
      lane.isParked = false
      lane.isActive = true
      return !state.isStopping
    }
    if wakes { slots.add(lane: name) }
  }

  /// Lanes that wait for a person, with the run that each waits for.
  var parkedHeads: [(lane: String, run: RunID)] {
    state.withLock { state in
      state.lanes.compactMap { name, lane in
        lane.isParked ? lane.queue.first.map { (name, $0.id) } : nil
      }.sorted { $0.1 < $1.1 }
    }
  }

  /// No lane begins another run from here on; those under way go on to their end.
  package func stop() {
    state.withLock { $0.isStopping = true }
    pauses.stop()
    slots.stop()
    stopAnnounce.finish()
  }

  /// Returns once `stop` has been called, or the task is cancelled.
  func stopped() async {
    for await _ in stopSignal {}
  }
}

/// What the intake and the timers hand over.
struct LiveRunEntry: Sendable {
  var lane: String
  var entry: LaneEntry

  static func fresh(_ run: LiveRun) -> LiveRunEntry { LiveRunEntry(lane: run.lane, entry: .fresh(run)) }
  static func stored(_ run: OpenRun) -> LiveRunEntry { LiveRunEntry(lane: run.lane, entry: .stored(run.id)) }
}
