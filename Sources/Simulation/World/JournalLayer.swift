//! A journal in front of another: passes on all that it does not do itself.
package import FlowModel
package import JournalCore
package import SwitchboardSDK

package protocol JournalLayer: Journal {
  var base: any Journal { get }
  /// Through here goes every write.
  func write<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer
  /// Through here goes every question.
  func read<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer
}

extension JournalLayer {
  package func write<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer {
    try await work()
  }

  package func read<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer {
    try await work()
  }

  package func append(_ records: [IntakeRecord]) async throws(JournalError) -> [Receipt] {
    try await write { () async throws(JournalError) in try await base.append(records) }
  }

  package func commit(_ change: RunChange) async throws(JournalError) {
    try await write { () async throws(JournalError) in try await base.commit(change) }
  }

  package func claimDeduplicationKey(
    flow: String, key: String, run: RunID, keepUntil: Timestamp, now: Timestamp
  ) async throws(JournalError) -> Bool {
    try await write { () async throws(JournalError) in
      try await base.claimDeduplicationKey(flow: flow, key: key, run: run, keepUntil: keepUntil, now: now)
    }
  }

  package func openRuns(after: RunID, limit: Int) async throws(JournalError) -> [OpenRun] {
    try await read { () async throws(JournalError) in try await base.openRuns(after: after, limit: limit) }
  }

  package func run(_ id: RunID) async throws(JournalError) -> StoredRun? {
    try await read { () async throws(JournalError) in try await base.run(id) }
  }

  package func deliveries(of run: RunID) async throws(JournalError) -> [StoredDelivery] {
    try await read { () async throws(JournalError) in try await base.deliveries(of: run) }
  }

  package func timers(dueBefore moment: Timestamp, limit: Int) async throws(JournalError) -> [TimerRecord] {
    try await read { () async throws(JournalError) in try await base.timers(dueBefore: moment, limit: limit) }
  }

  package func pendingTimer(key: String) async throws(JournalError) -> TimerRecord? {
    try await read { () async throws(JournalError) in try await base.pendingTimer(key: key) }
  }

  package func timers(
    keyPrefix prefix: String, after key: String, limit: Int
  ) async throws(JournalError) -> [TimerRecord] {
    try await read { () async throws(JournalError) in
      try await base.timers(keyPrefix: prefix, after: key, limit: limit)
    }
  }

  package func moveTimers(_ moves: [TimerMove]) async throws(JournalError) -> Int {
    try await write { () async throws(JournalError) in try await base.moveTimers(moves) }
  }

  package func fireTimer(key: String, now: Timestamp) async throws(JournalError) -> OpenRun? {
    try await write { () async throws(JournalError) in try await base.fireTimer(key: key, now: now) }
  }

  package func conversation(_ key: String) async throws(JournalError) -> ConversationRecord? {
    try await read { () async throws(JournalError) in try await base.conversation(key) }
  }

  package func threads(of conversation: String) async throws(JournalError) -> [ThreadRecord] {
    try await read { () async throws(JournalError) in try await base.threads(of: conversation) }
  }

  package func conversation(ofThread thread: String, chat: String, connection: String) async throws(JournalError)
    -> String?
  {
    try await read { () async throws(JournalError) in
      try await base.conversation(ofThread: thread, chat: chat, connection: connection)
    }
  }

  package func isOwnMessage(connection: String, chat: String, messageID: String) async throws(JournalError) -> Bool {
    try await read { () async throws(JournalError) in
      try await base.isOwnMessage(connection: connection, chat: chat, messageID: messageID)
    }
  }

  package func projectState(project: String, key: String) async throws(JournalError) -> StoredState {
    try await read { () async throws(JournalError) in try await base.projectState(project: project, key: key) }
  }

  package func connectionValue(connection: String, key: String) async throws(JournalError) -> Value {
    try await read { () async throws(JournalError) in try await base.connectionValue(connection: connection, key: key) }
  }

  package func setConnectionValue(connection: String, key: String, value: Value) async throws(JournalError) {
    try await write { () async throws(JournalError) in
      try await base.setConnectionValue(connection: connection, key: key, value: value)
    }
  }

  package func saveFlowVersion(_ version: FlowVersion) async throws(JournalError) {
    try await write { () async throws(JournalError) in try await base.saveFlowVersion(version) }
  }

  package func flowVersion(flow: String, version: String) async throws(JournalError) -> FlowVersion? {
    try await read { () async throws(JournalError) in try await base.flowVersion(flow: flow, version: version) }
  }

  package func troubledRuns(limit: Int) async throws(JournalError) -> [TroubledRun] {
    try await read { () async throws(JournalError) in try await base.troubledRuns(limit: limit) }
  }

  package func retryRun(_ id: RunID) async throws(JournalError) -> Bool {
    try await write { () async throws(JournalError) in try await base.retryRun(id) }
  }

  package func dropRun(_ id: RunID) async throws(JournalError) -> Bool {
    try await write { () async throws(JournalError) in try await base.dropRun(id) }
  }

  package func counts() async throws(JournalError) -> JournalCounts {
    try await read { () async throws(JournalError) in try await base.counts() }
  }

  package func close() async { await base.close() }
}
