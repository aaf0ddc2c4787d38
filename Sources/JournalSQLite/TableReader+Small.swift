//! Questions about timers, conversations, threads, own messages and small values.
internal import FlowModel
internal import JournalCore
internal import SwitchboardSDK

struct SmallQueries {
  let dueTimers: PreparedStatement
  let timersByKey: PreparedStatement
  let conversation: PreparedStatement
  let threads: PreparedStatement
  let threadPlace: PreparedStatement
  let ownMessage: PreparedStatement
  let value: PreparedStatement
  let flowVersion: PreparedStatement
  let state: PreparedStatement
  let stateCount: PreparedStatement

  init(_ connection: Connection) throws(SQLiteFailure) {
    dueTimers = try connection.prepare(
      """
      SELECT key, due_at, project, conversation, flow, version, label, lane, event, state FROM timers
      WHERE due_at < ?1 ORDER BY due_at, key LIMIT ?2
      """)
    // No text comes behind a prefix followed by the last of all characters.
    timersByKey = try connection.prepare(
      """
      SELECT key, due_at, project, conversation, flow, version, label, lane, event, state FROM timers
      WHERE key > ?1 AND key >= ?2 AND key < ?2 || char(1114111) ORDER BY key LIMIT ?3
      """)
    conversation = try connection.prepare(
      """
      SELECT project, connection, chat, name, facts, state, answered_at, auto_replied_at, created_at
      FROM conversations WHERE key = ?1
      """)
    threads = try connection.prepare(
      """
      SELECT n.name, t.chat, t.thread FROM threads t JOIN names n ON n.id = t.connection
      WHERE t.conversation = ?1 ORDER BY n.name
      """)
    threadPlace = try connection.prepare(
      "SELECT conversation FROM threads WHERE connection = ?1 AND chat = ?2 AND thread = ?3")
    ownMessage = try connection.prepare(
      """
      SELECT 1 FROM deliveries WHERE connection = ?1 AND remote_id = ?2 AND chat = ?3
      UNION ALL SELECT 1 FROM further_remote_ids WHERE connection = ?1 AND remote_id = ?2 AND chat = ?3 LIMIT 1
      """)
    value = try connection.prepare("SELECT value FROM connection_values WHERE connection = ?1 AND key = ?2")
    flowVersion = try connection.prepare(
      "SELECT project, file, source FROM flow_versions WHERE flow = ?1 AND version = ?2")
    state = try connection.prepare(
      "SELECT revision, expires_at, value FROM project_state WHERE project = ?1 AND key = ?2")
    stateCount = try connection.prepare("SELECT count(*) FROM project_state WHERE project = ?1")
  }
}

extension TableReader {
  func timers(dueBefore moment: Timestamp, limit: Int) throws(SQLiteFailure) -> [TimerRecord] {
    let select = rest.dueTimers
    defer { select.reset() }
    select.bind(1, moment)
    select.bind(2, max(0, limit))
    return try timers(select)
  }

  func timers(keyPrefix prefix: String, after key: String, limit: Int) throws(SQLiteFailure) -> [TimerRecord] {
    let select = rest.timersByKey
    defer { select.reset() }
    select.bind(1, key)
    select.bind(2, prefix)
    select.bind(3, max(0, limit))
    return try timers(select)
  }

  private func timers(_ select: PreparedStatement) throws(SQLiteFailure) -> [TimerRecord] {
    var answer: [TimerRecord] = []
    while try select.step() {
      answer.append(
        TimerRecord(
          key: select.text(0), dueAt: select.timestamp(1), project: try names.name(select.int64(2)),
          conversation: select.text(3), flow: try names.name(select.int64(4)), version: try names.name(select.int64(5)),
          label: try names.name(select.int64(6)), lane: select.text(7), event: select.int64(8), state: select.bytes(9)))
    }
    return answer
  }

  func conversation(_ key: String) throws(SQLiteFailure) -> ConversationRecord? {
    let select = rest.conversation
    defer { select.reset() }
    select.bind(1, key)
    guard try select.step() else { return nil }
    return ConversationRecord(
      key: key, project: try names.name(select.int64(0)), connection: try names.name(select.int64(1)),
      chat: select.text(2), name: select.text(3), facts: select.value(4), state: select.value(5),
      answeredAt: select.optionalTimestamp(6), autoRepliedAt: select.optionalTimestamp(7),
      createdAt: select.timestamp(8))
  }

  func threads(of conversation: String) throws(SQLiteFailure) -> [ThreadRecord] {
    let select = rest.threads
    defer { select.reset() }
    select.bind(1, conversation)
    var answer: [ThreadRecord] = []
    while try select.step() {
      answer.append(
        ThreadRecord(
          conversation: conversation, connection: select.text(0), chat: select.text(1), thread: select.text(2)))
    }
    return answer
  }

  func conversation(ofThread thread: String, chat: String, connection: String) throws(SQLiteFailure) -> String? {
    guard let connection = try names.identifier(connection) else { return nil }
    let select = rest.threadPlace
    defer { select.reset() }
    select.bind(1, connection)
    select.bind(2, chat)
    select.bind(3, thread)
    return try select.step() ? select.text(0) : nil
  }

  func isOwnMessage(connection: String, chat: String, messageID: String) throws(SQLiteFailure) -> Bool {
    guard let connection = try names.identifier(connection) else { return false }
    let select = rest.ownMessage
    defer { select.reset() }
    select.bind(1, connection)
    select.bind(2, messageID)
    select.bind(3, chat)
    return try select.step()
  }

  func connectionValue(connection: String, key: String) throws(SQLiteFailure) -> Value {
    guard let connection = try names.identifier(connection) else { return .null }
    let select = rest.value
    defer { select.reset() }
    select.bind(1, connection)
    select.bind(2, key)
    return try select.step() ? select.value(0) : .null
  }

  func projectState(project: String, key: String) throws(SQLiteFailure) -> StoredState {
    guard let project = try names.identifier(project) else { return StoredState() }
    let select = rest.state
    defer { select.reset() }
    select.bind(1, project)
    select.bind(2, key)
    if try select.step() {
      return StoredState(
        value: select.isNull(2) ? .null : select.value(2), expiresAt: select.optionalTimestamp(1),
        revision: select.int64(0))
    }
    let count = rest.stateCount
    defer { count.reset() }
    count.bind(1, project)
    return StoredState(keysInProject: try count.step() ? count.int(0) : 0)
  }

  func flowVersion(flow: String, version: String) throws(SQLiteFailure) -> FlowVersion? {
    guard let flowID = try names.identifier(flow), let versionID = try names.identifier(version) else { return nil }
    let select = rest.flowVersion
    defer { select.reset() }
    select.bind(1, flowID)
    select.bind(2, versionID)
    guard try select.step() else { return nil }
    return FlowVersion(
      project: try names.name(select.int64(0)), flow: flow, version: version, file: select.text(1),
      source: select.text(2))
  }
}
