//! The rows of the journal in dictionaries, as one value: copying it is taking a snapshot.
internal import FlowModel
internal import SwitchboardSDK

struct MemoryTables: Sendable {
  struct Pair: Sendable, Hashable {
    var owner: String
    var key: String
  }
  struct ExternalKey: Sendable, Hashable {
    var connection: String
    var externalID: String
  }
  struct ThreadPlace: Sendable, Hashable {
    var connection: String
    var chat: String
    var thread: String
  }
  struct RemoteMessage: Sendable, Hashable {
    var connection: String
    var chat: String
    var message: String
  }
  struct KeyClaim: Sendable {
    var run: RunID
    var keepUntil: Timestamp
  }
  struct EventRow: Sendable {
    var project: String
    var connection: String
    var externalID: String
    var conversation: String
    var receivedAt: Timestamp
    var payload: [UInt8]
  }
  struct RunRow: Sendable {
    var event: EventID
    var flow: String
    var version: String
    var label: String
    var lane: String
    var status = RunStatus.queued
    var wakeAt: Timestamp?
    var state: [UInt8]?
    var outcome: String?
    var changedAt: Timestamp
    var isHandedOver = false
  }

  var events: [EventID: EventRow] = [:]
  var eventsByExternalKey: [ExternalKey: EventID] = [:]
  var runs: [RunID: RunRow] = [:]
  /// Ascending, since ids only grow; a run that is retried comes back in its place.
  var openRunIDs: [RunID] = []
  var deliveries: [RunID: [Int: StoredDelivery]] = [:]
  var ownMessages: Set<RemoteMessage> = []
  var timers: [String: TimerRecord] = [:]
  var conversations: [String: ConversationRecord] = [:]
  /// By conversation, then connection.
  var threadsByConversation: [String: [String: ThreadRecord]] = [:]
  var conversationsByThread: [ThreadPlace: String] = [:]
  var connectionValues: [Pair: Value] = [:]
  var flowVersions: [Pair: FlowVersion] = [:]
  /// In the order in which they were saved first.
  var flowVersionOrder: [Pair] = []
  var deduplicationKeys: [Pair: KeyClaim] = [:]
  /// By project and key.
  var projectState: [Pair: StoredState] = [:]
  var lastEvent: EventID = 0
  var lastRun: RunID = 0
  /// Runs with `isHandedOver`, so that asking for them costs nothing while there are none.
  var handedOver: Set<RunID> = []
  /// Nodes that were ever there, with who holds what (`MemoryTables+Cluster`).
  var nodes: [NodeNumber: NodeRow] = [:]
  var leases: [LeasedResource: NodeNumber] = [:]
  /// By project, oldest first: number n stands at n - 1.
  var publications: [String: [Publication]] = [:]
  /// By kind and name.
  var publicationNotes: [Pair: PublicationNote] = [:]

  mutating func apply(_ write: JournalWrite) -> JournalWriteOutcome {
    switch write {
    case .append(let records): return .receipts(records.map { append($0) })
    case .commit(let change):
      do throws(JournalError) { try commit(change) } catch { return .failed(error) }
      return .done
    case .claimDeduplicationKey(let flow, let key, let run, let keepUntil, let now):
      let place = Pair(owner: flow, key: key)
      if let claim = deduplicationKeys[place], claim.keepUntil > now { return .flag(claim.run == run) }
      deduplicationKeys[place] = KeyClaim(run: run, keepUntil: keepUntil)
      return .flag(true)
    case .fireTimer(let key, let now, let handsOver):
      return .openRun(fireTimer(key: key, now: now, handsOver: handsOver))
    case .setConnectionValue(let connection, let key, let value):
      connectionValues[Pair(owner: connection, key: key)] = value.isNull ? nil : value
      return .done
    case .saveFlowVersion(let version):
      let name = Pair(owner: version.flow, key: version.version)
      if flowVersions.updateValue(version, forKey: name) == nil { flowVersionOrder.append(name) }
      return .done
    case .retryRun(let id): return .flag(mend(id, to: .queued))
    case .dropRun(let id): return .flag(mend(id, to: .dropped))
    case .administer(let write): return apply(write)
    case .takeHandedOver(let partitions, let limit): return .openRuns(takeHandedOver(in: partitions, limit: limit))
    case .publication(let write): return apply(write)
    }
  }

  private mutating func append(_ record: IntakeRecord) -> Receipt {
    let key = ExternalKey(connection: record.connection, externalID: record.externalID)
    if let known = eventsByExternalKey[key] { return Receipt(event: known, isDuplicate: true, runs: []) }
    lastEvent += 1
    events[lastEvent] = EventRow(
      project: record.project, connection: record.connection, externalID: record.externalID,
      conversation: record.conversation, receivedAt: record.receivedAt, payload: record.payload)
    eventsByExternalKey[key] = lastEvent
    let event = lastEvent
    let runs = record.runs.map { new in
      insertRun(
        RunRow(
          event: event, flow: new.flow, version: new.version, label: new.label, lane: new.lane,
          changedAt: record.receivedAt, isHandedOver: new.isHandedOver))
    }
    return Receipt(event: event, isDuplicate: false, runs: runs)
  }

  mutating func insertRun(_ row: RunRow) -> RunID {
    lastRun += 1
    runs[lastRun] = row
    openRunIDs.append(lastRun)
    if row.isHandedOver { handedOver.insert(lastRun) }
    return lastRun
  }

  private mutating func fireTimer(key: String, now: Timestamp, handsOver: Bool) -> OpenRun? {
    guard let timer = timers[key], timer.dueAt <= now else { return nil }
    timers[key] = nil
    let id = insertRun(
      RunRow(
        event: timer.event, flow: timer.flow, version: timer.version, label: timer.label, lane: timer.lane,
        state: timer.state, changedAt: now, isHandedOver: handsOver))
    return OpenRun(id: id, lane: timer.lane, status: .queued, wakeAt: nil)
  }

  private mutating func mend(_ id: RunID, to status: RunStatus) -> Bool {
    guard var row = runs[id], row.status == .parked || row.status == .dead else { return false }
    row.wakeAt = row.status == .parked && status == .queued ? Timestamp(milliseconds: 0) : nil
    row.status = status
    if status == .queued { row.outcome = nil }
    put(row, id)
    return true
  }

  /// Writes a run and keeps the list of open ones in step.
  mutating func put(_ row: RunRow, _ id: RunID) {
    runs[id] = row
    if row.status.isClosed { handedOver.remove(id) }
    let place = placeAmongOpen(id)
    let isListed = place < openRunIDs.count && openRunIDs[place] == id
    if row.status.isClosed, isListed { openRunIDs.remove(at: place) }
    if !row.status.isClosed, !isListed { openRunIDs.insert(id, at: place) }
  }

  /// Index of the first open run with this id or a greater one.
  func placeAmongOpen(_ id: RunID) -> Int {
    var low = 0
    var high = openRunIDs.count
    while low < high {
      let middle = (low + high) / 2
      if openRunIDs[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
