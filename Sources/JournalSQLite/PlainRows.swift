//! The rows of one message written by SQLite with nothing of ours around it: the measure for `JournalBenchmark`.
internal import GRDB
internal import SwitchboardSDK

final class PlainRows {
  /// The three writes of a message.
  enum Stage: CaseIterable { case intake, begin, settle }

  private let connection: Connection
  private let begin: PreparedStatement
  private let commit: PreparedStatement
  private let event: PreparedStatement
  private let run: PreparedStatement
  private let advance: PreparedStatement
  private let delivery: PreparedStatement
  private let close: PreparedStatement
  private let settle: PreparedStatement

  /// The file must not exist.
  init(path: String) throws {
    connection = try Connection(path: path, role: .writer)
    try connection.withDatabase { database in
      try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4096")
      try Schema.migrate(database)
    }
    begin = try connection.prepare("BEGIN IMMEDIATE")
    commit = try connection.prepare("COMMIT")
    event = try connection.prepare("INSERT INTO events VALUES (?1, 1, 2, ?2, ?3, 'shop/avito/chat-1', ?4)")
    run = try connection.prepare(
      "INSERT INTO runs VALUES (?1, ?1, 1, 2, 3, 0, 1, NULL, ?2, 'shop/avito/chat-1', NULL, NULL)")
    advance = try connection.prepare("UPDATE runs SET status = 1, changed_at = ?2, state = ?3 WHERE id = ?1")
    delivery = try connection.prepare(
      """
      INSERT INTO deliveries (id, connection, step, state, attempt, begun_at, chat, request)
      VALUES (?1 * 65536, 4, 5, 1, 1, ?2, '-1001234567890', ?3)
      """)
    close = try connection.prepare(
      "UPDATE runs SET status = 4, is_open = 0, changed_at = ?2, state = NULL, outcome = 'relayed' WHERE id = ?1")
    settle = try connection.prepare(
      "UPDATE deliveries SET state = 2, settled_at = ?2, remote_id = ?3 WHERE id = ?1 * 65536")
  }

  func transaction(_ body: () throws -> Void) throws {
    let result: Result<Void, any Error> = connection.withTurn {
      Result {
        try begin.run()
        try body()
        try commit.run()
      }
    }
    try result.get()
  }

  func write(_ stage: Stage, _ number: Int) throws {
    let id = Int64(number) + 1
    let at = 1_700_000_000_000 + id
    switch stage {
    case .intake:
      event.bind(1, id)
      event.bind(2, at)
      event.bind(3, "message-\(number % 64)-\(number / 64)")
      event.bind(4, JournalBenchmark.payload)
      try event.run()
      try put(run, id, at) { _ in }
    case .begin:
      try put(advance, id, at) { $0.bind(3, Array(JournalBenchmark.payload.prefix(120))) }
      try put(delivery, id, at) { $0.bind(3, Array(JournalBenchmark.payload.prefix(300))) }
    case .settle:
      try put(close, id, at) { _ in }
      try put(settle, id, at) { $0.bind(3, "\(id)") }
    }
  }

  private func put(
    _ statement: PreparedStatement, _ id: Int64, _ at: Int64, _ rest: (PreparedStatement) -> Void
  ) throws(SQLiteFailure) {
    statement.bind(1, id)
    statement.bind(2, at)
    rest(statement)
    try statement.run()
  }
}
