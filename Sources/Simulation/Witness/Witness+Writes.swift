//! What a write of the journal may and may not do.
import FlowModel
import JournalCore
import SwitchboardSDK

extension Witness {
  /// Told by the store, in the order of the journal, of what is durable from here on.
  /// - Parameter life: whose write it is; nil for the only node of a world, and for commands beside the nodes.
  func written(_ write: JournalWrite, _ outcome: JournalWriteOutcome, by life: NodeLife? = nil) {
    let who = life?.name ?? ""
    if case .failed(let error) = outcome { return trace.note("refused", 0, 0, error.code.rawValue, by: who) }
    if let life { checkPlace(of: write, life) }
    switch (write, outcome) {
    case (.append(let records), .receipts(let receipts)):
      for (record, receipt) in zip(records, receipts) { stored(record, receipt, by: who) }
    case (.commit(let change), .done): committed(change, by: who)
    case (.fireTimer(let key, let now, _), .openRun(let run)):
      if let run { firedTimer(key, run, now: now, by: who) }
    case (.retryRun(let id), .flag(true)):
      trace.note("retried", id)
      if runs[id]?.status == .dead { runs[id]?.hasLostPlace = true }
      runs[id]?.status = .queued
    case (.dropRun(let id), .flag(true)):
      trace.note("dropped", id)
      runs[id]?.status = .dropped
    default: break
    }
  }

  /// Runs of a lane are taken up and committed only where it is leased.
  private func checkPlace(of write: JournalWrite, _ life: NodeLife) {
    switch write {
    case .commit(let change):
      if let lane = runs[change.run]?.lane { checkWalked(lane, life, "commits run \(change.run)") }
    case .takeHandedOver(let partitions, _):
      for partition in partitions.sorted() where !mayUse(.lanes(partition: partition), life) {
        broken(.oneWalker, "\(life.name) takes runs of partition \(partition), which it has not leased")
      }
    default: break
    }
  }

  private func stored(_ record: IntakeRecord, _ receipt: Receipt, by who: String) {
    guard !receipt.isDuplicate else { return trace.note("duplicate", receipt.event, by: who) }
    trace.note("stored", receipt.event, Int64(receipt.runs.count), record.externalID, by: who)
    let key = ExternalKey(connection: record.connection, id: record.externalID)
    guard let source = sent[key] else {
      return broken(.eventOnce, "\(record.connection) has sent no event '\(record.externalID)'")
    }
    if let known = eventsByKey[key] { broken(.eventOnce, "'\(key.id)' is event \(known) and \(receipt.event)") }
    if source.project != record.project || !record.conversation.hasPrefix(record.project + "/") {
      broken(.tenant, "event \(receipt.event) of \(source.project) is stored for \(record.conversation)")
    }
    eventsByKey[key] = receipt.event
    events[receipt.event] = SeenEvent(
      project: record.project, connection: record.connection, conversation: record.conversation, source: source,
      batch: batches[key] ?? 0, runs: receipt.runs, offeredAt: offers[key]?.moment ?? 0,
      offeredTime: offers[key]?.milliseconds ?? 0)
    if Set(record.runs.map(\.flow)).count != record.runs.count {
      broken(.oneRun, "event \(receipt.event) starts one flow twice")
    }
    for (id, run) in zip(receipt.runs, record.runs) {
      runs[id] = SeenRun(event: receipt.event, flow: run.flow, version: run.version, lane: run.lane)
    }
  }

  private func committed(_ change: RunChange, by who: String) {
    trace.note("committed", change.run, Int64(change.status.rawValue), change.outcome ?? "", by: who)
    guard var run = runs[change.run], let event = events[run.event] else {
      return broken(.conservation, "run \(change.run) came from nowhere")
    }
    if run.status.isClosed { broken(.conservation, "run \(change.run) was closed already") }
    run.status = change.status
    run.outcome = change.outcome
    for delivery in change.deliveries { note(delivery, in: &run, change.run, event) }
    runs[change.run] = run
    for timer in change.timers { note(timer, event, run) }
    if let conversation = change.conversation, conversation.project != event.project {
      broken(.tenant, "run \(change.run) of \(event.project) changes \(conversation.key)")
    }
    if change.status != .running, let open = run.calls.first(where: { $0.value.state == .sending }) {
      broken(.settled, "run \(change.run) is \(change.status) with its call \(open.key) still `sending`")
    }
    // Shown at this moment, not only at the end: a run that ends well has done something.
    if change.status == .done, change.outcome == "delivered", !run.calls.values.contains(where: { $0.deeds > 0 }) {
      broken(.delivered, "run \(change.run) of \(run.flow) ended well and nothing of it was performed")
    }
    checkCancelled(change, run, event)
  }

  /// An answer that reaches the customer takes the flow's pending auto-replies away in the same transaction.
  private func checkCancelled(_ change: RunChange, _ run: SeenRun, _ event: SeenEvent) {
    guard change.conversation?.answeredAt != nil, run.flow == "relay" else { return }
    let left = timers.values.filter { $0.conversation == event.conversation && $0.flow == run.flow }
    for timer in left { broken(.timerCancelled, "\(timer.key) is pending after the answer of run \(change.run)") }
  }

  private func note(_ change: DeliveryChange, in run: inout SeenRun, _ id: RunID, _ event: SeenEvent) {
    switch change {
    case .insert(let new):
      if new.project != event.project || !owns(event.project, new.connection) {
        broken(.tenant, "run \(id) of \(event.project) calls \(new.connection) for \(new.project)")
      }
      run.calls[new.sequence] = SeenCall(connection: new.connection, chat: new.chat, state: new.state)
    case .begin(let sequence, _, _): run.calls[sequence]?.state = .sending
    case .settle(let sequence, let state, _, _, let error, _):
      trace.note("settled", id, Int64(sequence), error ?? "")
      run.calls[sequence]?.state = state
      if state == .unknown { run.calls[sequence]?.unknowns += 1 }
    }
  }

  private func note(_ change: TimerChange, _ event: SeenEvent, _ run: SeenRun) {
    switch change {
    case .start(let timer, let keepsEarlier):
      if keepsEarlier, timers[timer.key] != nil { return }
      if timer.project != event.project { broken(.tenant, "a timer of \(event.project) is kept for \(timer.project)") }
      timers[timer.key] = timer
    case .cancel(let key): timers[key] = nil
    case .cancelAll(let conversation): timers = timers.filter { $0.value.conversation != conversation }
    }
  }

  private func firedTimer(_ key: String, _ run: OpenRun, now: Timestamp, by who: String) {
    trace.note("fired", run.id, 0, key, by: who)
    guard let timer = timers.removeValue(forKey: key) else {
      return broken(.timerCancelled, "\(key) fires and is not pending")
    }
    if timer.dueAt > min(now, wallClock() ?? now) {
      broken(.timerNotEarly, "\(key) fires at \(now), due at \(timer.dueAt)")
    }
    let identity = FiredTimer(key: key, event: timer.event, dueAt: timer.dueAt)
    if !fired.insert(identity).inserted { broken(.timerOnce, "\(key) of event \(timer.event) fires again") }
    firedCount += 1
    var seen = SeenRun(event: timer.event, flow: timer.flow, version: timer.version, lane: timer.lane)
    seen.isTimer = true
    runs[run.id] = seen
    events[timer.event]?.runs.append(run.id)
  }

  /// Connections are named after the number of their project.
  func owns(_ project: String, _ connection: String) -> Bool { connection.last == project.last }
}
