//! Which lanes are walked here. Every run that is stored asks before the write whether its lane is, and says after
//! it that the write is over: so a partition changes hands only between writes, and no run falls between two nodes.
import JournalCore
import SwitchboardSDK
import Synchronization

package final class LaneOwnership: Sendable {
  enum Phase: Sendable, Hashable {
    case elsewhere
    /// Leased; what the journal holds of it is being queued. What comes meanwhile waits behind that.
    case filling
    case held
    /// On its way to another node: what is under way ends, what comes is handed over.
    case closing
  }
  /// A write that is under way.
  struct Ticket: Sendable {
    /// For each run, in their order: whether its lane is walked here.
    fileprivate(set) var isOurs: [Bool]
    fileprivate var partitions: [Int]

    /// Partitions that are walked here.
    var ours: Set<Int> { Set(zip(partitions, isOurs).filter(\.1).map(\.0)) }
  }
  private struct Partition {
    var phase = Phase.elsewhere
    /// Goes up each time it comes here: what was read before is not believed after.
    var term = 0
    /// Writes under way whose runs are to be walked here, and those whose runs are handed over.
    var ownWrites = 0
    var otherWrites = 0
    var deferred: [LiveRunEntry] = []
  }
  private struct State {
    var partitions = Array(repeating: Partition(), count: LanePartition.count)
    var isFenced = false
    /// No call is begun after this moment of the node's own monotonic clock.
    var callsEndAt: Int64 = .min
  }

  private let lanes: Lanes
  private let monotonicMilliseconds: (@Sendable () -> Int64)?
  private let state = Mutex(State())
  private let written = Signal()
  /// Rung when a write was refused by the fence.
  let fenceAlarm = Alarm()

  /// A single node: every lane is walked here, nothing is counted.
  init(solelyOf lanes: Lanes) {
    self.lanes = lanes
    monotonicMilliseconds = nil
  }

  /// One of several nodes, which holds nothing yet.
  init(sharing lanes: Lanes, monotonicMilliseconds: @escaping @Sendable () -> Int64) {
    self.lanes = lanes
    self.monotonicMilliseconds = monotonicMilliseconds
    lanes.share()
  }

  var isSole: Bool { monotonicMilliseconds == nil }

  // MARK: Writes that store runs

  func enter(_ names: [String]) -> Ticket {
    guard !isSole else { return Ticket(isOurs: Array(repeating: true, count: names.count), partitions: []) }
    return enter(partitions: names.map { LanePartition.of($0) })
  }

  func enter(partitions: some Collection<Int>) -> Ticket {
    let partitions = Array(partitions)
    return state.withLock { state in
      let isOurs = partitions.map { at in
        let isOurs = state.partitions[at].phase == .held || state.partitions[at].phase == .filling
        if isOurs { state.partitions[at].ownWrites += 1 } else { state.partitions[at].otherWrites += 1 }
        return isOurs
      }
      return Ticket(isOurs: isOurs, partitions: partitions)
    }
  }

  /// The write is over; its runs go to their lanes if these are walked here still. After a failed write: none.
  func leave(_ ticket: Ticket?, queueing entries: [LiveRunEntry]) {
    guard let ticket, !isSole else {
      for entry in entries { lanes.enqueue(entry) }
      return
    }
    state.withLock { state in
      for entry in entries {
        let at = LanePartition.of(entry.lane)
        switch state.partitions[at].phase {
        case .held: lanes.enqueue(entry)
        case .filling: state.partitions[at].deferred.append(entry)
        // It is in the journal, for whoever holds the lane next.
        case .elsewhere, .closing: break
        }
      }
      for (at, isOurs) in zip(ticket.partitions, ticket.isOurs) {
        if isOurs { state.partitions[at].ownWrites -= 1 } else { state.partitions[at].otherWrites -= 1 }
      }
    }
    written.signal()
  }

  // MARK: Partitions that come and go

  /// Leased: from here on runs for it are written as ours. Returns once no write that began before is under way.
  func fill(_ partitions: Set<Int>) async {
    state.withLock { state in
      for at in partitions {
        state.partitions[at].phase = .filling
        state.partitions[at].term += 1
      }
    }
    lanes.open(partitions)
    await written.wait {
      self.state.withLock { state in partitions.allSatisfy { state.partitions[$0].otherWrites == 0 } }
    }
  }

  /// What the journal held is queued: what came meanwhile follows.
  func filled(_ partitions: Set<Int>) {
    state.withLock { state in
      for at in partitions where state.partitions[at].phase == .filling {
        state.partitions[at].phase = .held
        for entry in state.partitions[at].deferred { lanes.enqueue(entry) }
        state.partitions[at].deferred = []
      }
    }
  }

  /// To be given back: no run of it is begun. Returns once no write that counts on us is under way.
  func close(_ partitions: Set<Int>) async {
    state.withLock { state in
      for at in partitions { state.partitions[at].phase = .closing }
    }
    lanes.close(partitions, breakingOff: false)
    await written.wait {
      self.state.withLock { state in partitions.allSatisfy { state.partitions[$0].ownWrites == 0 } }
    }
  }

  /// Given back, or lost.
  func forget(_ partitions: Set<Int>) {
    state.withLock { state in
      for at in partitions {
        state.partitions[at].phase = .elsewhere
        state.partitions[at].deferred = []
      }
    }
  }

  /// The node is no more, or cannot know whether it is: nothing is begun, what is under way is broken off.
  /// Returns once all of that has ended.
  func drop() async {
    let all = Set(0..<LanePartition.count)
    state.withLock { $0.callsEndAt = .min }
    forget(all)
    lanes.close(all, breakingOff: true)
    await lanes.quieted(all)
    await written.wait { self.state.withLock { $0.partitions.allSatisfy { $0.ownWrites == 0 } } }
  }

  func partitions(in phases: Set<Phase>) -> Set<Int> {
    state.withLock { state in
      Set(state.partitions.indices.filter { phases.contains(state.partitions[$0].phase) })
    }
  }

  /// Nil when the lane is not walked here; else which time it is that it came. Always the same on a single node.
  func term(of lane: String) -> Int? {
    guard !isSole else { return 0 }
    let at = LanePartition.of(lane)
    return state.withLock { state in
      let partition = state.partitions[at]
      return partition.phase == .held || partition.phase == .filling ? partition.term : nil
    }
  }

  /// Whether no other node walks any lane. What is remembered of threads is only believed then.
  var holdsAll: Bool {
    isSole
      || state.withLock { state in
        state.partitions.allSatisfy { $0.phase == .held || $0.phase == .filling }
      }
  }

  // MARK: The lease

  var isFenced: Bool { !isSole && state.withLock { $0.isFenced } }

  /// A write was refused, or our time has run out: another node goes on with what we held. Nothing unsays it but a
  /// new number.
  func noteFence() {
    guard !isSole else { return }
    state.withLock { $0.isFenced = true }
    fenceAlarm.ring()
  }

  /// Joined anew.
  func noteJoined() { state.withLock { $0.isFenced = false } }

  /// Calls may be begun until this moment of the node's own monotonic clock.
  func allowCalls(until moment: Int64) { state.withLock { $0.callsEndAt = moment } }

  /// For how long calls may still be begun; nothing or less once they may not.
  var callMillisecondsLeft: Int64 {
    guard let monotonicMilliseconds else { return .max }
    let end = state.withLock { $0.callsEndAt }
    return end == .min ? 0 : end - monotonicMilliseconds()
  }

  /// Whether a call may go out: false when the lease may have run out by our own clock.
  var mayCall: Bool {
    guard let monotonicMilliseconds else { return true }
    return state.withLock { !$0.isFenced && monotonicMilliseconds() < $0.callsEndAt }
  }
}
