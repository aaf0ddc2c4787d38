//! Tells whether a transaction whose answer was lost has been committed, and keeps one that is late from being
//! committed after all. Each running program has a row of its own in `writers`; each of its transactions counts that
//! row's `batch` on by one and fails when it was not one less. After a loss the program counts `epoch` on: what still
//! lies in the old connection cannot pass any more, and `batch` says whether it had passed.
//!
//! Whoever takes a node's lanes away sets `epoch` of its row to -1: nothing of that node is written from then on.

struct BatchMark: Sendable {
  enum Standing: Sendable {
    /// With the transaction's number (`xmin` of the rows it wrote).
    case committed(transaction: Int64)
    case notCommitted
    /// Somebody else has taken over.
    case fenced
  }

  let writer: Int64
  private(set) var epoch: Int64 = 0
  private(set) var batch: Int64 = 0

  init(writer: Int64) { self.writer = writer }

  /// The parameters of the next transaction's mark.
  var next: StatementParameters {
    var parameters = StatementParameters()
    parameters.add(writer)
    parameters.add(epoch)
    parameters.add(batch + 1)
    return parameters
  }

  mutating func committed() { batch += 1 }

  /// Makes the row, and removes those of programs that have not written for long.
  func register(_ connection: PostgresConnection) throws(PostgresFailure) {
    try connection.run(
      """
      DELETE FROM writers WHERE at < now() - interval '30 days';
      INSERT INTO writers (id, epoch, batch, xid) VALUES (\(writer), \(epoch), \(batch), 0)
      """)
  }

  func unregister(_ connection: PostgresConnection) throws(PostgresFailure) {
    try connection.run("DELETE FROM writers WHERE id = \(writer) AND epoch >= 0")
  }

  /// What became of the transaction that followed `batch`. Ends the old connection and waits for its transaction.
  mutating func standing(_ connection: PostgresConnection, name: String) throws(PostgresFailure) -> Standing {
    try connection.run(
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = '\(name)' AND pid <> pg_backend_pid() AND datname = current_database()
      """)
    let rows = try connection.run(
      """
      BEGIN; UPDATE writers SET epoch = epoch + 1 WHERE id = \(writer) AND epoch >= 0
      RETURNING epoch, batch, xid & 4294967295; COMMIT
      """, keeping: 1)
    guard let rows, rows.count == 1, let epoch = Int64(rows.text(0, 0)), let batch = Int64(rows.text(0, 1)),
      let transaction = Int64(rows.text(0, 2))
    else { return .fenced }
    self.epoch = epoch
    guard batch == self.batch || batch == self.batch + 1 else { return .fenced }
    guard batch > self.batch else { return .notCommitted }
    return .committed(transaction: transaction)
  }
}
