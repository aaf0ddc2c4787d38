//! A connection that is made anew when it breaks: its settings, its prepared statements, its pauses between tries.
internal import CPQ

/// Belongs to one queue.
final class PostgresSession {
  enum Role: String {
    case writer, quickReader = "reader", slowReader = "slow reader", listener

    /// The hot statements look rows up by their keys, whatever the table's size was when they were planned; a plan
    /// made while a table is empty would else read all of it once it is full.
    var planning: String {
      switch self {
      case .writer, .quickReader:
        """
        SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;
        SET enable_mergejoin = off; SET enable_bitmapscan = off; SET jit = off
        """
      // A range of keys is a range of an index, whatever the planner makes of it.
      // Open runs are asked for in the order of their partial index (id, partition): behind a long history the primary
      // key, which needs only a partial sort, would read all that is closed.
      // (PostgreSQL 12 has no such setting, and no such plan.)
      case .slowReader:
        """
        SET enable_seqscan = off; SET jit = off;
        SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'enable_incremental_sort'
        """
      case .listener: "SET jit = off"
      }
    }
  }

  private let address: PostgresAddress
  private let role: Role
  /// `application_name` of its connections.
  let fullName: String
  private let settings: PostgresSettings
  private let statements: [(name: String, sql: String)]
  private var current: PostgresConnection?

  init(
    _ address: PostgresAddress, role: Role, name: String, settings: PostgresSettings,
    statements: [(name: String, sql: String)] = []
  ) {
    self.address = address
    self.role = role
    fullName = "\(name) \(role.rawValue)"
    self.settings = settings
    self.statements = statements
  }

  var isConnected: Bool { current != nil }

  /// The connection, made if there is none.
  func connection() throws(PostgresFailure) -> PostgresConnection {
    if let current { return current }
    let made = try PostgresConnection(address, name: fullName, settings: settings)
    try made.run(
      """
      SET client_min_messages = warning; SET search_path = \(address.schema);
      SET statement_timeout = \(settings.statementMilliseconds); SET lock_timeout = \(settings.lockMilliseconds);
      SET idle_in_transaction_session_timeout = \(settings.statementMilliseconds);
      SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
      \(role.planning)
      """)
    if !statements.isEmpty { try made.prepare(statements) }
    current = made
    return made
  }

  /// Runs on the connection; one that broke is let go of.
  func use<Answer>(
    _ body: (PostgresConnection) throws(PostgresFailure) -> Answer
  ) throws(PostgresFailure) -> Answer {
    let connection = try connection()
    do throws(PostgresFailure) { return try body(connection) } catch {
      if error.isConnectionLost { drop() }
      throw error
    }
  }

  func drop() { current = nil }
}

/// Pauses between tries to connect, and how long callers are kept waiting for one.
struct Outage {
  private let settings: PostgresSettings
  private var since: Int?
  private var pause: Int

  init(_ settings: PostgresSettings) {
    self.settings = settings
    pause = settings.firstPauseMilliseconds
  }

  /// Whether callers still wait for its end.
  var isShort: Bool {
    guard let since else { return true }
    return PostgresConnection.milliseconds() - since < settings.outagePatienceMilliseconds
  }

  /// A try has failed: milliseconds until the next.
  mutating func failed() -> Int {
    if since == nil { since = PostgresConnection.milliseconds() }
    defer { pause = min(pause * 2, settings.longestPauseMilliseconds) }
    return pause
  }

  mutating func ended() { self = Outage(settings) }
}
