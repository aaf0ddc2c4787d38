//! What a call may and may not do.
import FlowModel
import JournalCore
import SwitchboardSDK

extension Witness {
  /// A call is on its way out. Nil when it names no run.
  func calling(_ action: Action, on connection: String, _ life: NodeLife) -> CallKey? {
    guard let key = CallKey(action), let run = runs[key.run], let event = events[run.event] else {
      broken(.ledgerFirst, "\(action.name) on \(connection) belongs to no stored run: \(action.idempotencyKey)")
      return nil
    }
    trace.note("calling", key.run, Int64(key.sequence), "\(action.name) \(connection)", by: life.name)
    checkWalked(run.lane, life, "calls \(connection) for run \(key.run)")
    if !owns(event.project, connection) { broken(.tenant, "run \(key.run) of \(event.project) calls \(connection)") }
    let entry = run.calls[key.sequence]
    guard let call = entry, call.state == .sending, call.connection == connection,
      call.chat == action.chat, !run.status.isClosed
    else {
      broken(.ledgerFirst, "\(action.idempotencyKey) on \(connection): in the ledger: \(String(describing: entry))")
      return key
    }
    // Branches of one run may speak together; nobody else may.
    for other in underWay[run.lane] ?? [] where other.life.isAlive {
      if other.key.run == key.run, run.flow == SimulatedFlows.blocks { continue }
      broken(.oneAtATime, "lane \(run.lane): run \(key.run) calls while run \(other.key.run) does")
    }
    underWay[run.lane, default: []].removeAll { !$0.life.isAlive }
    underWay[run.lane, default: []].append((life, key))
    return key
  }

  /// A machine hung between the last look at its lease and the call itself, and comes out with it when it goes on.
  /// Nothing of ours stands in between; here the call is taken for lost on the way.
  func isTooLate(_ action: Action, _ life: NodeLife) -> Bool {
    guard isLate(life), let key = CallKey(action), let lane = runs[key.run]?.lane,
      !mayUse(.lanes(partition: LanePartition.of(lane)), life)
    else { return false }
    trace.note("too late", key.run, Int64(key.sequence), by: life.name)
    return true
  }

  /// The call is over for the node that made it.
  func called(_ key: CallKey, _ life: NodeLife) {
    guard let lane = runs[key.run]?.lane else { return }
    underWay[lane]?.removeAll { $0.life === life && $0.key == key }
  }

  /// The channel is about to do it.
  func performing(_ action: Action, on connection: String, key: CallKey) {
    guard var run = runs[key.run], var call = run.calls[key.sequence] else { return }
    call.deeds += 1
    let allowed = connection.hasPrefix("avito") ? 1 : 1 + call.unknowns
    if call.deeds > allowed {
      broken(.sentOnce, "\(action.idempotencyKey) on \(connection): \(call.deeds) deeds, \(call.unknowns) unknown")
    }
    run.calls[key.sequence] = call
    runs[key.run] = run
    checkOrder(of: run, key)
  }

  /// A lane ends one run before the next one speaks, and takes them in the order in which they came.
  private func checkOrder(of run: SeenRun, _ key: CallKey) {
    guard performed[run.lane]?.last != key.run else { return }
    defer { performed[run.lane, default: []].append(key.run) }
    guard !run.hasLostPlace else { return }
    for other in performed[run.lane, default: []] where other != key.run {
      guard let earlier = runs[other], !earlier.hasLostPlace else { continue }
      // `queued` again: retried by a person, and the engine died before it was taken up. Of two that came at the same
      // time the journal cannot tell then which had begun.
      if !earlier.status.isClosed, earlier.status != .queued {
        broken(.laneOrder, "lane \(run.lane): run \(key.run) speaks while run \(other) is \(earlier.status)")
      }
      if !run.isTimer, !earlier.isTimer, precedes(run.event, earlier.event) {
        broken(.laneOrder, "lane \(run.lane): run \(key.run) speaks after run \(other), and was there before it")
      }
    }
  }

  func said(_ text: String, on connection: String, to customer: String, key: CallKey) {
    trace.note("said", key.run, Int64(key.sequence), "\(connection) \(customer): \(text)")
    guard let run = runs[key.run], let event = events[run.event] else { return }
    if let bracket = text.firstIndex(of: "["), !text[bracket...].hasPrefix("[\(run.version)]") {
      broken(.version, "run \(key.run) of \(run.version) says: \(text)")
    }
    let isAudit = customer == SimulatedFlows.auditChat
    let isGroup = customer == SimulatedFlows.group
    if !isAudit, !isGroup, customer != event.source.customer {
      broken(.tenant, "run \(key.run) of customer \(event.source.customer) speaks in the place of \(customer): \(text)")
    }
  }

  /// A thread for a customer who has one that stands and is known to the ledger is one too many.
  func opened(customer: String, on connection: String, key: CallKey, thread: String) {
    trace.note("opened", key.run, Int64(key.sequence), "\(connection) \(customer): \(thread)")
    let place = CustomerPlace(connection: connection, customer: customer)
    let standing = threads[place, default: []].filter { known in
      known.key != key && !isThreadDeleted(known.thread, connection)
        && runs[known.key.run]?.calls[known.key.sequence]?.state == .sent
    }
    // Of several that one call has opened, only the last is known.
    if let last = standing.last, threads[place]?.last(where: { $0.key == last.key })?.thread == last.thread {
      broken(.oneThread, "\(customer) on \(connection): thread \(thread) while \(last.thread) stands")
    }
    threads[place, default: []].append((thread, key))
  }
}
