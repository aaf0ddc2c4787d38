//! Lanes of partitions that come and go, where several nodes share them. On a single node nothing here is in use.
import DequeModule
import JournalCore
import Synchronization

extension Lanes {
  /// Partitions of several nodes; nil where all lanes are walked here.
  struct Sharing {
    /// Walked elsewhere, or about to be: nothing of them is begun here.
    var closed = Set(0..<LanePartition.count)
    /// Lanes of closed partitions that a task still walks, or has been told to.
    var ending: [Int: Set<String>] = [:]
    /// By lane, of those that are walked at this moment.
    var holds: [String: LaneHold] = [:]

    func isClosed(_ lane: String) -> Bool { closed.contains(LanePartition.of(lane)) }
  }

  /// To be called before the first run is queued: every partition is closed until it is opened.
  func share() { state.withLock { $0.sharing = Sharing() } }

  func open(_ partitions: Set<Int>) {
    state.withLock { state in state.sharing?.closed.subtract(partitions) }
  }

  /// Nothing of these partitions is begun from here on; what waits in their lanes is forgotten (it is in the
  /// journal). Runs under way go on to their end, or are broken off at once.
  func close(_ partitions: Set<Int>, breakingOff: Bool) {
    let holds = state.withLock { state -> [LaneHold] in
      guard var sharing = state.sharing else { return [] }
      sharing.closed.formUnion(partitions)
      let lanes = state.lanes.compactMap { name, lane in
        let partition = LanePartition.of(name)
        return partitions.contains(partition) ? (name, partition, lane.isActive) : nil
      }
      for (name, partition, isActive) in lanes {
        if isActive { sharing.ending[partition, default: []].insert(name) } else { state.lanes[name] = nil }
      }
      state.sharing = sharing
      return sharing.holds.filter { partitions.contains(LanePartition.of($0.key)) }
        .sorted { $0.key < $1.key }.map(\.value)
    }
    for hold in holds { if breakingOff { hold.breakOff() } else { hold.close() } }
    ended.signal()
  }

  /// Those among closed partitions in which nothing is under way any more.
  func quiet(among partitions: Set<Int>) -> Set<Int> {
    state.withLock { state in partitions.filter { state.sharing?.ending[$0] == nil } }
  }

  /// Returns once nothing of these closed partitions is under way, or the task is cancelled.
  func quieted(_ partitions: Set<Int>) async {
    await ended.wait { self.quiet(among: partitions).count == partitions.count }
  }

  /// A task begins to walk a lane. Nil on a single node, where no lane is ever given back.
  func hold(_ name: String) -> LaneHold? {
    state.withLock { state in
      guard state.sharing != nil else { return nil }
      let hold = LaneHold()
      state.sharing?.holds[name] = hold
      return hold
    }
  }

  /// The task that walked a lane has ended. `wasStopped`: within a run, which stays the lane's head.
  func leave(_ name: String, _ hold: LaneHold, wasStopped: Bool) {
    let isOver = state.withLock { state -> Bool in
      if state.sharing?.holds[name] === hold { state.sharing?.holds[name] = nil }
      guard wasStopped else { return false }
      // It has gone on since it was queued: whoever walks it next asks the journal how far.
      if let head = state.lanes[name]?.queue.popFirst() { state.lanes[name]?.queue.prepend(.stored(head.id)) }
      state.lanes[name]?.isHeadBegun = true
      state.lanes[name]?.isActive = false
      state.lanes[name]?.isHeadTaken = false
      return state.endClosed(name)
    }
    if isOver { ended.signal() }
  }

  /// Those of some stored runs that are in no lane: safe to be queued once more.
  func missing(_ runs: [OpenRun]) -> [OpenRun] {
    state.withLock { state in runs.filter { !(state.lanes[$0.lane]?.holds($0.id) ?? false) } }
  }
}

extension Lanes.Lane {
  /// The queue is in the order of ids, but for its head.
  fileprivate func holds(_ id: Int64) -> Bool {
    guard let head = queue.first, head.id != id else { return !queue.isEmpty }
    var low = 1
    var high = queue.count
    while low < high {
      let middle = (low + high) / 2
      if queue[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < queue.count && queue[low].id == id
  }
}

extension Lanes.State {
  /// Forgets a lane of a closed partition once nobody walks it. True when somebody may be waiting for that.
  mutating func endClosed(_ name: String) -> Bool {
    guard let sharing, sharing.isClosed(name) else { return false }
    lanes[name] = nil
    let partition = LanePartition.of(name)
    self.sharing?.ending[partition]?.remove(name)
    if self.sharing?.ending[partition]?.isEmpty ?? false { self.sharing?.ending[partition] = nil }
    return true
  }
}
