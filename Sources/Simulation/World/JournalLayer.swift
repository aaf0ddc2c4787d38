//! A journal in front of another: passes on all that it does not do itself.
import JournalCore
import SwitchboardSDK

protocol JournalLayer: Journal {
  var base: any Journal { get }
  /// Through here goes every write.
  func write<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer
  /// Through here goes every question.
  func read<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer
}

extension JournalLayer {
  func write<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer {
    try await work()
  }

  func read<Answer>(_ work: () async throws(JournalError) -> Answer) async throws(JournalError) -> Answer {
    try await work()
  }

  func append(_ records: [IntakeRecord]) async throws(JournalError) -> [Receipt] {
    try await write { () async throws(JournalError) in try await base.append(records) }
  }

  func commit(_ change: RunChange) async throws(JournalError) {
    try await write { () async throws(JournalError) in try await base.commit(change) }
  }

  func claimDeduplicationKey(
    flow: String, key: String, run: RunID, keepUntil: Timestamp, now: Timestamp
  ) async throws(JournalError) -> Bool {
    try await write { () async throws(JournalError) in
      try await base.claimDeduplicationKey(flow: flow, key: key, run: run, keepUntil: keepUntil, now: now)
    }
  }

  func openRuns(after: RunID, limit: Int) async throws(JournalError) -> [OpenRun] {
    try await read { () async throws(JournalError) in try await base.openRuns(after: after, limit: limit) }
  }

  func run(_ id: RunID) async throws(JournalError) -> StoredRun? {
    try await read { () async throws(JournalError) in try await base.run(id) }
  }

  func deliveries(of run: RunID) async throws(JournalError) -> [StoredDelivery] {
    try await read { () async throws(JournalError) in try await base.deliveries(of: run) }
  }

  func timers(dueBefore moment: Timestamp, limit: Int) async throws(JournalError) -> [TimerRecord] {
    try await read { () async throws(JournalError) in try await base.timers(dueBefore: moment, limit: limit) }
  }

  func pendingTimer(key: String) async throws(JournalError) -> TimerRecord? {
    try await read { () async throws(JournalError) in try await base.pendingTimer(key: key) }
  }

  func fireTimer(key: String, now: Timestamp) async throws(JournalError) -> OpenRun? {
    try await write { () async throws(JournalError) in try await base.fireTimer(key: key, now: now) }
  }

  func conversation(_ key: String) async throws(JournalError) -> ConversationRecord? {
    try await read { () async throws(JournalError) in try await base.conversation(key) }
  }

  func threads(of conversation: String) async throws(JournalError) -> [ThreadRecord] {
    try await read { () async throws(JournalError) in try await base.threads(of: conversation) }
  }

  func conversation(ofThread thread: String, chat: String, connection: String) async throws(JournalError) -> String? {
    try await read { () async throws(JournalError) in
      try await base.conversation(ofThread: thread, chat: chat, connection: connection)
    }
  }

  func isOwnMessage(connection: String, chat: String, messageID: String) async throws(JournalError) -> Bool {
    try await read { () async throws(JournalError) in
      try await base.isOwnMessage(connection: connection, chat: chat, messageID: messageID)
    }
  }

  func connectionValue(connection: String, key: String) async throws(JournalError) -> Value {
    try await read { () async throws(JournalError) in try await base.connectionValue(connection: connection, key: key) }
  }

  func setConnectionValue(connection: String, key: String, value: Value) async throws(JournalError) {
    try await write { () async throws(JournalError) in
      try await base.setConnectionValue(connection: connection, key: key, value: value)
    }
  }

  func saveFlowVersion(_ version: FlowVersion) async throws(JournalError) {
    try await write { () async throws(JournalError) in try await base.saveFlowVersion(version) }
  }

  func flowVersion(flow: String, version: String) async throws(JournalError) -> FlowVersion? {
    try await read { () async throws(JournalError) in try await base.flowVersion(flow: flow, version: version) }
  }

  func troubledRuns(limit: Int) async throws(JournalError) -> [TroubledRun] {
    try await read { () async throws(JournalError) in try await base.troubledRuns(limit: limit) }
  }

  func retryRun(_ id: RunID) async throws(JournalError) -> Bool {
    try await write { () async throws(JournalError) in try await base.retryRun(id) }
  }

  func dropRun(_ id: RunID) async throws(JournalError) -> Bool {
    try await write { () async throws(JournalError) in try await base.dropRun(id) }
  }

  func counts() async throws(JournalError) -> JournalCounts {
    try await read { () async throws(JournalError) in try await base.counts() }
  }

  func close() async { await base.close() }
}
