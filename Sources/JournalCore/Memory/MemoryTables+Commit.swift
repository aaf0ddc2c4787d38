//! One `RunChange`, all of it or nothing: what can refuse it is asked before anything is written.
internal import FlowModel
internal import SwitchboardSDK

extension MemoryTables {
  mutating func commit(_ change: RunChange) throws(JournalError) {
    guard var row = runs[change.run], !row.status.isClosed else {
      throw JournalError(.runClosed, "run \(change.run) is closed or unknown")
    }
    for value in change.values?.changes ?? [] {
      guard (projectState[place(of: value, change)]?.revision ?? 0) == value.followsRevision else {
        throw JournalError(.conflict, "'\(value.key)' was changed meanwhile")
      }
    }
    row.status = change.status
    row.wakeAt = change.wakeAt
    row.state = change.state
    row.outcome = change.outcome
    row.changedAt = change.at
    if let version = change.version { row.version = version }
    put(row, change.run)
    for delivery in change.deliveries { apply(delivery, of: change.run) }
    for timer in change.timers { apply(timer) }
    if let conversation = change.conversation { apply(conversation, at: change.at) }
    for thread in change.threads { apply(thread) }
    for value in change.values?.changes ?? [] {
      projectState[place(of: value, change)] = StoredState(
        value: value.value, expiresAt: value.expiresAt, revision: value.followsRevision + 1)
    }
  }

  private func place(of value: StateChange, _ change: RunChange) -> Pair {
    Pair(owner: change.values?.project ?? "", key: value.key)
  }

  func projectState(project: String, key: String) -> StoredState {
    if let known = projectState[Pair(owner: project, key: key)] { return known }
    return StoredState(keysInProject: projectState.keys.count { $0.owner == project })
  }

  private mutating func apply(_ change: DeliveryChange, of run: RunID) {
    switch change {
    case .insert(let new):
      deliveries[run, default: [:]][new.sequence] = StoredDelivery(
        run: run, sequence: new.sequence, connection: new.connection, chat: new.chat, step: new.step,
        request: new.request, state: new.state, attempt: new.firstAttempt, begunAt: new.at, settledAt: nil,
        remoteIDs: [], result: .null, error: nil)
    case .begin(let sequence, let attempt, let at):
      guard var row = deliveries[run]?[sequence] else { return }
      row.state = .sending
      row.attempt = attempt
      row.begunAt = at
      deliveries[run]?[sequence] = row
    case .settle(let sequence, let state, let remoteIDs, let result, let error, let at):
      guard var row = deliveries[run]?[sequence] else { return }
      row.state = state
      row.remoteIDs = remoteIDs
      row.result = result
      row.error = error
      row.settledAt = at
      deliveries[run]?[sequence] = row
      for id in remoteIDs { ownMessages.insert(.init(connection: row.connection, chat: row.chat, message: id)) }
    }
  }

  private mutating func apply(_ change: TimerChange) {
    switch change {
    case .start(let timer, let keepsEarlier):
      if keepsEarlier, timers[timer.key] != nil { return }
      timers[timer.key] = timer
    case .cancel(let key): timers[key] = nil
    case .cancelAll(let conversation): timers = timers.filter { $0.value.conversation != conversation }
    }
  }

  private mutating func apply(_ change: ConversationChange, at moment: Timestamp) {
    var row =
      conversations[change.key]
      ?? ConversationRecord(
        key: change.key, project: change.project, connection: change.connection, chat: change.chat, createdAt: moment)
    if let name = change.name { row.name = name }
    if let facts = change.facts { row.facts = facts }
    if let state = change.state { row.state = state }
    if let answeredAt = change.answeredAt { row.answeredAt = answeredAt }
    if let autoRepliedAt = change.autoRepliedAt { row.autoRepliedAt = autoRepliedAt }
    conversations[change.key] = row
  }

  private mutating func apply(_ change: ThreadChange) {
    switch change {
    case .bind(let thread):
      let place = ThreadPlace(connection: thread.connection, chat: thread.chat, thread: thread.thread)
      if let holder = conversationsByThread[place] { unbind(holder, connection: thread.connection) }
      unbind(thread.conversation, connection: thread.connection)
      threadsByConversation[thread.conversation, default: [:]][thread.connection] = thread
      conversationsByThread[place] = thread.conversation
    case .unbind(let conversation, let connection): unbind(conversation, connection: connection)
    }
  }

  private mutating func unbind(_ conversation: String, connection: String) {
    guard let old = threadsByConversation[conversation]?.removeValue(forKey: connection) else { return }
    conversationsByThread[ThreadPlace(connection: connection, chat: old.chat, thread: old.thread)] = nil
  }
}

extension NewDelivery {
  /// The attempt that the insertion itself stands for: one that is `sending` has begun its first.
  package var firstAttempt: Int { state == .intended ? 0 : 1 }
}
