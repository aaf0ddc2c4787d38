//! Fills a journal with what years of use would leave, in a few statements: for measuring growth.
internal import GRDB
package import JournalCore
package import SwitchboardSDK

/// History of one project: customers on one connection, mirrored into topics of a group on another.
package struct HistoryFill: Sendable {
  package var project = "bench"
  package var source = "source"
  package var desk = "desk"
  package var flow = "relay"
  package var version = "0000000000000000"
  package var group: String
  /// Chats count up from here; dialog n has topic n + 2.
  package var firstChat: Int
  package var dialogs: Int
  /// Messages that were relayed, over all dialogs in turn.
  package var messages = 0
  /// Messages behind them that were accepted and wait to be walked.
  package var backlog = 0
  /// One a dialog in turn: due at `timersDueAt` and on, so many milliseconds apart (a fraction of one, if need be).
  package var timers = 0
  package var timersDueAt = Timestamp(milliseconds: 4_000_000_000_000)
  package var timersPerSecond = 1_000.0
  /// Tells these timers from those of another filling.
  package var timerName = "late"
  package var timerState = Array(#"{"at":0}"#.utf8)
  package var at: Timestamp

  package init(group: String, firstChat: Int, dialogs: Int, at: Timestamp) {
    self.group = group
    self.firstChat = firstChat
    self.dialogs = dialogs
    self.at = at
  }

  /// The file must not exist, or be a journal that nobody has open.
  package func write(to path: String) throws(JournalError) {
    do {
      let connection = try Connection(path: path, role: .writer)
      defer { connection.close() }
      try connection.withDatabase { database in
        try database.execute(sql: "PRAGMA journal_mode = WAL")
        try Schema.migrate(database)
        try database.execute(sql: "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144")
        try database.inTransaction(.immediate) {
          try fill(database)
          return .commit
        }
        try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
      }
    } catch { throw SQLiteFailure(error).journalError }
  }

  private func fill(_ database: Database) throws {
    for name in [project, source, desk, flow, version, "customer", "relay"] {
      try database.execute(sql: "INSERT INTO names (name) VALUES (?) ON CONFLICT DO NOTHING", arguments: [name])
    }
    try fillConversations(database)
    try fillMessages(database)
    try run(
      """
      INSERT INTO timers (key, due_at, project, flow, version, label, event, conversation, lane, state)
      SELECT 'auto:\(flow):\(timerName):' || i,
        \(timersDueAt.milliseconds) + CAST(i * 1000.0 / \(timersPerSecond) AS INTEGER), \(id(project)), \(id(flow)),
        \(id(version)), \(id("customer")), 1, \(conversation), \(conversation),
        CAST('\(String(decoding: timerState, as: UTF8.self))' AS BLOB)
      FROM n WHERE true ON CONFLICT DO NOTHING
      """, from: 0, to: timers - 1, on: database)
  }

  private func fillConversations(_ database: Database) throws {
    try run(
      """
      INSERT INTO conversations (key, project, connection, created_at, answered_at, chat, name, facts)
      SELECT \(conversation), \(id(project)), \(id(source)), \(at.milliseconds), \(at.milliseconds), \(user),
        'Клиент Петрович', NULL FROM n WHERE true ON CONFLICT DO NOTHING
      """, from: 0, to: dialogs - 1, on: database)
    try run(
      """
      INSERT INTO threads (conversation, connection, chat, thread)
      SELECT \(conversation), \(id(desk)), '\(group)', i % \(dialogs) + 2 FROM n WHERE true ON CONFLICT DO NOTHING
      """, from: 0, to: dialogs - 1, on: database)
  }

  private func fillMessages(_ database: Database) throws {
    let first = try Int.fetchOne(database, sql: "SELECT coalesce(max(id), 0) FROM events") ?? 0
    let last = first + messages + backlog
    let isWalked = "i <= \(first + messages)"
    let moment = at.milliseconds
    let text = String(repeating: "Здравствуйте! Подскажите, пожалуйста, объявление ещё актуально? ", count: 4)
    let payload = """
      '{"at":1795217938000,"chat":{"id":"' || (\(user)) || '","kind":"private","title":null},"id":"h:' || i ||
      '","kind":"message","message":{"attachments":[],"id":"' || i || '","reply_to":null,"text":"\(text)t0_0_' || i ||
      '"},"sender":{"id":"' || (\(user)) ||
      '","is_bot":false,"name":"Клиент Петрович","username":null}}'
      """
    try run(
      """
      INSERT INTO events (id, connection, project, received_at, external_id, conversation, payload)
      SELECT i, \(id(source)), \(id(project)), \(moment), 'h:' || i, \(conversation), CAST(\(payload) AS BLOB) FROM n
      """, from: first + 1, to: last, on: database)
    try run(
      """
      INSERT INTO runs (id, event, flow, version, label, status, is_open, changed_at, lane, outcome)
      SELECT i, i, \(id(flow)), \(id(version)), \(id("customer")), iif(\(isWalked), 4, 0), iif(\(isWalked), 0, 1),
        \(moment), \(conversation), iif(\(isWalked), 'delivered', NULL) FROM n
      """, from: first + 1, to: last, on: database)
    try run(
      """
      INSERT INTO deliveries (id, connection, step, state, attempt, begun_at, settled_at, chat, remote_id, request)
      SELECT i * 65536 + 1, \(id(desk)), \(id("relay")), 2, 1, \(moment), \(moment), '\(group)', 'h' || i,
        CAST('{"chat":"\(group)","key":"run-' || i || '-1","message":{"text":"\(text)"},"name":"send"}' AS BLOB) FROM n
      """, from: first + 1, to: first + messages, on: database)
  }

  private var user: String { "\(firstChat) + i % \(dialogs)" }
  private var conversation: String { "'\(project)/\(source)/' || (\(user))" }
  private func id(_ name: String) -> String { "(SELECT id FROM names WHERE name = '\(name)')" }

  /// A statement over the numbers `i` of a range.
  private func run(_ sql: String, from: Int, to: Int, on database: Database) throws {
    guard from <= to else { return }
    let numbers = "WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2) "
    try database.execute(sql: numbers + sql, arguments: [from, to])
  }
}
