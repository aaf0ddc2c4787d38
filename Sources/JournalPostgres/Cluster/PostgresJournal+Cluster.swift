//! A PostgreSQL journal as a node among others. Every transaction of the writer counts on the node's own row in
//! `writers`; whoever declares the node dead spoils that row in the transaction that frees its leases. So the fence
//! costs no further statement, and nothing of a dead node can be written after another has its lanes.
package import JournalCore
package import SwitchboardSDK
internal import Synchronization

extension PostgresJournal: ClusterStore {
  package var hints: AsyncStream<Void> { listener.hints }

  package func join(
    _ node: NodeIdentity, replacing previous: NodeNumber?, leaseMilliseconds: Int64
  ) async throws(JournalError) -> NodeNumber {
    let writerID = Int64.random(in: 1...Int64.max)
    let schema = cluster.schema
    let session = writerSession
    let number: NodeNumber? = try await cluster.perform { connection throws(PostgresFailure) in
      try connection.run("BEGIN; \(ClusterSQL.lock(schema))")
      let holdsName = try connection.run(ClusterSQL.holdName(node.name, schema))?.text(0, 0) == "t"
      let name = ClusterSQL.literal(node.name)
      let isOver = holdsName ? "true" : "expires_at <= clock_timestamp()"
      try connection.run(
        """
        UPDATE nodes SET is_live = false
          WHERE is_live AND (number = \(previous ?? 0) OR (name = \(name) AND \(isOver)));
        \(ClusterSQL.bury(sparing: session))
        """)
      let others = try connection.run("SELECT number FROM nodes WHERE is_live AND name = \(name)")
      guard others?.count == 0 else {
        try connection.run("ROLLBACK")
        if holdsName { try connection.run(ClusterSQL.releaseName(node.name, schema)) }
        return nil
      }
      let rows = try connection.run(
        """
        INSERT INTO nodes (name, address, writer, session, lease_ms, expires_at)
        VALUES (\(name), \(ClusterSQL.literal(node.address)), \(writerID), \(ClusterSQL.literal(session)),
          \(leaseMilliseconds), clock_timestamp() + \(ClusterSQL.interval(milliseconds: leaseMilliseconds)))
        RETURNING number
        """)
      let number = rows.flatMap { Int64($0.text(0, 0)) } ?? 0
      try connection.run("COMMIT")
      return number
    }
    guard let number else { throw JournalError(.nameTaken, "another node '\(node.name)' is alive") }
    // From here on every write counts on the row that falls with this node.
    try await writer.count(on: writerID)
    membership.withLock { $0 = number }
    listener.start()
    return number
  }

  package func renew() async throws(JournalError) -> ClusterView {
    let own = try ownNumber
    let session = writerSession
    let rows = try await cluster.perform { connection throws(PostgresFailure) in
      try connection.run(
        """
        BEGIN;
        UPDATE nodes SET expires_at = clock_timestamp() + \(ClusterSQL.interval(milliseconds: 1)) * lease_ms
          WHERE number = \(own) AND is_live;
        UPDATE nodes SET is_live = false WHERE is_live AND expires_at <= clock_timestamp();
        \(ClusterSQL.bury(sparing: session))
        \(ClusterSQL.view);
        COMMIT
        """, keeping: 7)
    }
    guard let rows else { throw JournalError(.unavailable, "the database did not say who is there") }
    var nodes: [ClusterView.Node] = []
    var holders: [LeasedResource: NodeNumber] = [:]
    for row in 0..<rows.count {
      guard let number = Int64(rows.text(row, 1)) else { continue }
      if rows.text(row, 0) == "node" {
        let identity = NodeIdentity(name: rows.text(row, 2), address: rows.text(row, 3))
        nodes.append(ClusterView.Node(number: number, identity: identity))
      } else if let resource = LeasedResource(name: rows.text(row, 2)) {
        holders[resource] = number
      }
    }
    nodes.sort { $0.number < $1.number }
    guard nodes.contains(where: { $0.number == own }) else { throw Self.fenced(own) }
    return ClusterView(own: own, nodes: nodes, holders: holders)
  }

  package func take(_ resources: [LeasedResource]) async throws(JournalError) -> [LeasedResource] {
    guard !resources.isEmpty else { return [] }
    let values = resources.map { "(\(ClusterSQL.literal($0.name)))" }.joined(separator: ", ")
    let held: Set<String>? = try await change { connection, own throws(PostgresFailure) in
      try connection.run(
        """
        INSERT INTO leases (resource, node) SELECT r, \(own) FROM (VALUES \(values)) AS wanted(r) ORDER BY r
        ON CONFLICT (resource) DO NOTHING
        """)
      let rows = try connection.run(
        "SELECT resource FROM leases WHERE node = \(own) AND resource IN (\(ClusterSQL.list(resources)))")
      return Set((0..<(rows?.count ?? 0)).map { rows?.text($0, 0) ?? "" })
    }
    return resources.filter { held?.contains($0.name) ?? false }
  }

  package func release(_ resources: [LeasedResource]) async throws(JournalError) {
    guard !resources.isEmpty else { return }
    _ = try await change { connection, own throws(PostgresFailure) in
      try connection.run(
        "DELETE FROM leases WHERE node = \(own) AND resource IN (\(ClusterSQL.list(resources)))")
      return true
    }
    cluster.hint()
  }

  package func livingNodes() async throws(JournalError) -> [NodeIdentity] {
    let rows = try await cluster.perform { connection throws(PostgresFailure) in
      try connection.run(
        "SELECT name, address FROM nodes WHERE is_live AND expires_at > clock_timestamp() ORDER BY number")
    }
    guard let rows else { return [] }
    return (0..<rows.count).map { NodeIdentity(name: rows.text($0, 0), address: rows.text($0, 1)) }
  }

  package func leave() async throws(JournalError) {
    let own = try ownNumber
    // A node that cannot say farewell is missed after its lease.
    let patience = settings.closePatienceMilliseconds
    _ = try await cluster.perform(patienceMilliseconds: patience) { connection throws(PostgresFailure) in
      try connection.run(
        """
        BEGIN;
        UPDATE writers SET epoch = -1 WHERE id IN (SELECT writer FROM nodes WHERE number = \(own));
        UPDATE nodes SET is_live = false WHERE number = \(own);
        DELETE FROM leases WHERE node = \(own);
        COMMIT; SELECT pg_advisory_unlock_all()
        """)
    }
    cluster.hint()
  }

  package func openRuns(
    in partitions: Set<Int>, after: RunID, limit: Int
  ) async throws(JournalError) -> [OpenRun] {
    var parameters = StatementParameters()
    parameters.add(after)
    parameters.add(Int64(max(0, limit)))
    parameters.add(ArrayColumn(partitions: partitions))
    return try await slow.ask(
      .openRunsOfPartitions, parameters, patienceMilliseconds: settings.callerPatienceMilliseconds
    ) { BatchAnswer.openRuns($0) }
  }

  package func takeHandedOver(in partitions: Set<Int>, limit: Int) async throws(JournalError) -> [OpenRun] {
    try await writer.perform(.takeHandedOver(partitions: partitions, limit: limit)).openRuns()
  }

  package func fireTimer(key: String, now: Timestamp, handsOver: Bool) async throws(JournalError) -> OpenRun? {
    let run = try await writer.perform(.fireTimer(key: key, now: now, handsOver: handsOver)).openRun()
    if handsOver, run != nil { cluster.hint() }
    return run
  }

  private var writerSession: String { sessionName + " writer" }

  private var ownNumber: NodeNumber {
    get throws(JournalError) {
      guard let number = membership.withLock({ $0 }) else {
        throw JournalError(.fenced, "this process has not joined")
      }
      return number
    }
  }

  private static func fenced(_ number: NodeNumber) -> JournalError {
    JournalError(.fenced, "node \(number) was declared dead, or has left")
  }

  /// In a transaction that whoever declares this node dead waits for, or that sees that it is.
  private func change<Answer: Sendable>(
    _ body: @escaping @Sendable (PostgresConnection, NodeNumber) throws(PostgresFailure) -> Answer
  ) async throws(JournalError) -> Answer {
    let own = try ownNumber
    let answer: Answer? = try await cluster.perform { connection throws(PostgresFailure) in
      let rows = try connection.run(
        "BEGIN; SELECT 1 FROM nodes WHERE number = \(own) AND is_live FOR SHARE", keeping: 1)
      guard rows?.count == 1 else {
        try connection.run("ROLLBACK")
        return nil
      }
      let answer = try body(connection, own)
      try connection.run("COMMIT")
      return answer
    }
    guard let answer else { throw Self.fenced(own) }
    return answer
  }
}
