//! Sees every write of the journal, every call and every acknowledgement as they happen, keeps books of its own, and
//! says at once when a promise is broken.
import JournalCore
import SwitchboardSDK

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class Witness: @unchecked Sendable {
  struct SeenEvent {
    var project: String
    var connection: String
    var conversation: String
    var source: SourceEvent
    var batch: Int
    var runs: [RunID] = []
    var isAcknowledged: Bool { acknowledgedAt != nil }
    /// Moments in the order of all that is seen here: when a node was first asked to take it, and when it had.
    var offeredAt = Int.max
    var acknowledgedAt: Int?
    /// The same in virtual time.
    var offeredTime: Int64 = 0
    var acknowledgedTime: Int64 = 0
  }
  struct SeenCall {
    var connection: String
    var chat: String
    var state: DeliveryState
    var unknowns = 0
    var deeds = 0
  }
  struct SeenRun {
    var event: EventID
    var flow: String
    var version: String
    var lane: String
    var status = RunStatus.queued
    var outcome: String?
    var calls: [Int: SeenCall] = [:]
    /// Began by a timer.
    var isTimer = false
    /// Was dead and begun anew by a person: its lane has gone on meanwhile.
    var hasLostPlace = false
  }
  struct FiredTimer: Hashable {
    var key: String
    var event: EventID
    var dueAt: Timestamp
  }
  struct ExternalKey: Hashable {
    var connection: String
    var id: String
  }
  struct CustomerPlace: Hashable {
    var connection: String
    var customer: String
  }

  private(set) var violation: Violation?
  var step = 0
  let trace: SimulationTrace
  let time: VirtualTime
  /// What the sources have sent out, by (connection, id), and in which batch.
  var sent: [ExternalKey: SourceEvent] = [:]
  var batches: [ExternalKey: Int] = [:]
  var offers: [ExternalKey: (moment: Int, milliseconds: Int64)] = [:]
  /// Goes up with all that is seen here.
  var moment = 0

  var events: [EventID: SeenEvent] = [:]
  var eventsByKey: [ExternalKey: EventID] = [:]
  var runs: [RunID: SeenRun] = [:]
  var timers: [String: TimerRecord] = [:]
  var fired: Set<FiredTimer> = []
  var firedCount = 0
  /// Runs whose calls were performed so far, by lane.
  var performed: [String: [RunID]] = [:]
  /// Calls under way, by lane.
  var underWay: [String: [(life: NodeLife, key: CallKey)]] = [:]
  /// Threads by the customer they mirror, in the order in which they were opened, with the call that did.
  var threads: [CustomerPlace: [(thread: String, key: CallKey)]] = [:]
  /// The wall clocks of all nodes, the one that is furthest ahead; nil once somebody has set one.
  var wallClock: () -> Timestamp? = { nil }
  /// Of nodes that share a store.
  var cluster = ClusterBook()
  /// Several nodes: what two connections bring at the same moment has no order.
  var orderSlackMilliseconds: Int64 = 0
  /// A hang, from when to when (nil: still): a node takes up what others handed it only once it goes on, and so the
  /// moment lasts as long.
  var hang: (began: Int64, ended: Int64?)?
  var isThreadDeleted: (_ thread: String, _ connection: String) -> Bool = { _, _ in false }

  init(trace: SimulationTrace, time: VirtualTime) {
    self.trace = trace
    self.time = time
  }

  /// The first one counts: what follows may only follow from it.
  func broken(_ invariant: Invariant, _ detail: String) {
    trace.note("BROKEN", 0, 0, "\(invariant.rawValue): \(detail)")
    guard violation == nil else { return }
    violation = Violation(invariant: invariant, detail: detail, step: step, milliseconds: time.milliseconds)
  }

  func sent(_ event: SourceEvent, batch: Int) {
    let key = ExternalKey(connection: event.connection, id: event.event.externalID)
    sent[key] = event
    batches[key] = batch
  }

  /// A source begins to hand a batch over.
  func offered(_ batch: [SourceEvent]) {
    moment += 1
    for event in batch {
      let key = ExternalKey(connection: event.connection, id: event.event.externalID)
      if offers[key] == nil { offers[key] = (moment, startOfThisMoment) }
    }
  }

  private var startOfThisMoment: Int64 {
    guard let hang, (hang.ended ?? .max) > time.milliseconds - orderSlackMilliseconds else { return time.milliseconds }
    return min(hang.began, time.milliseconds)
  }

  /// Whether one event was surely there before the other: taken before the other was offered, or earlier in one batch.
  /// Of two that came at the same time, either may be first.
  func precedes(_ first: EventID, _ second: EventID) -> Bool {
    guard let one = events[first], let other = events[second] else { return false }
    if one.batch == other.batch { return one.source.number < other.source.number }
    guard let acknowledgedAt = one.acknowledgedAt, acknowledgedAt < other.offeredAt else { return false }
    return one.connection == other.connection
      || other.offeredTime - one.acknowledgedTime >= orderSlackMilliseconds
  }

  /// The source was told that its event is taken.
  func acknowledged(_ event: SourceEvent) {
    trace.note("acknowledged", Int64(event.number), 0, event.event.externalID)
    // What we sent ourselves is known from the ledger, and not stored again.
    if event.event.isEcho { return }
    let key = ExternalKey(connection: event.connection, id: event.event.externalID)
    guard let id = eventsByKey[key] else {
      return broken(.acknowledgedKept, "\(event.event.externalID) was acknowledged and is not stored")
    }
    moment += 1
    guard events[id]?.acknowledgedAt == nil else { return }
    events[id]?.acknowledgedAt = moment
    events[id]?.acknowledgedTime = time.milliseconds
  }

  /// Compares what the store still holds with what was promised to the sources.
  func checkAfterCrash(_ journal: MemoryJournal) {
    guard let counts = try? journal.countsNow() else { return }
    trace.note("counts", Int64(counts.events), Int64(counts.openRuns))
    if counts.events < events.count {
      let lost = events.values.filter(\.isAcknowledged).count
      broken(
        .acknowledgedKept,
        "\(counts.events) of \(events.count) stored events are left, of which \(lost) were acknowledged")
    }
    checkConservation(counts)
  }

  func checkConservation(_ counts: JournalCounts) {
    let open = runs.values.count { !$0.status.isClosed }
    let dead = runs.values.count { $0.status == .dead }
    if counts.openRuns != open || counts.deadRuns != dead || counts.pendingTimers != timers.count {
      broken(
        .conservation,
        "open \(counts.openRuns), dead \(counts.deadRuns), timers \(counts.pendingTimers) where \(open), \(dead), "
          + "\(timers.count) were written")
    }
  }
}

/// An event as its source sends it, once or more often.
struct SourceEvent: Sendable {
  /// Stands as `#n` in the text.
  var number: Int
  var project: String
  var connection: String
  /// The customer whose conversation it belongs to.
  var customer: String
  var isFromOperator: Bool
  var event: Event
}
