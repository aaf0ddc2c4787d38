//! What nodes ask of the database about each other. The database's clock decides who is alive.
internal import JournalCore

enum ClusterSQL {
  static let tables = """
    CREATE TABLE nodes (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL, address text NOT NULL,
      writer bigint NOT NULL, session text NOT NULL, lease_ms bigint NOT NULL, expires_at timestamptz NOT NULL,
      is_live boolean NOT NULL DEFAULT true)
      WITH (fillfactor = 50);
    CREATE UNIQUE INDEX nodes_live_name ON nodes (name) WHERE is_live;

    CREATE TABLE leases (resource text COLLATE "C" PRIMARY KEY, node bigint NOT NULL);
    """

  /// In the transaction that has set `is_live` to false: ends what the dead node's connections still hold, fences its
  /// writes (`BatchMark`), frees its leases. A transaction of it that is being committed is waited for.
  /// `session`: this process's own writer, which may have been that node and is spared.
  static func bury(sparing session: String) -> String {
    """
    SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a JOIN nodes n ON a.application_name = n.session
      WHERE NOT n.is_live AND a.datname = current_database() AND n.session <> \(literal(session))
        AND n.writer IN (SELECT id FROM writers WHERE epoch >= 0);
    UPDATE writers SET epoch = -1
      WHERE epoch >= 0 AND id IN (SELECT writer FROM nodes WHERE NOT is_live);
    DELETE FROM leases WHERE node NOT IN (SELECT number FROM nodes WHERE is_live);
    DELETE FROM nodes WHERE NOT is_live AND expires_at < clock_timestamp() - interval '7 days';
    """
  }

  static let view = """
    SELECT 'node', number, name, address FROM nodes WHERE is_live
    UNION ALL SELECT 'lease', node, resource, '' FROM leases
    """

  /// One at a time: of two nodes that join with one name the second sees the first.
  static func lock(_ schema: String) -> String {
    "SELECT pg_advisory_xact_lock(hashtext('switchboard nodes'), hashtext('\(schema)'))"
  }

  /// Held by the connection: the name of a process that has ended is free at once, of one that hangs it is not.
  static func holdName(_ name: String, _ schema: String) -> String {
    "SELECT pg_try_advisory_lock(hashtext('switchboard node of \(schema)'), hashtext(\(literal(name))))"
  }

  static func releaseName(_ name: String, _ schema: String) -> String {
    "SELECT pg_advisory_unlock(hashtext('switchboard node of \(schema)'), hashtext(\(literal(name))))"
  }

  static func interval(milliseconds: Int64) -> String { "\(milliseconds) * interval '1 millisecond'" }

  /// `standard_conforming_strings` is on: only the quote needs care. PostgreSQL knows no zero byte.
  static func literal(_ text: String) -> String {
    let cleaned = text.unicodeScalars.filter { $0.value != 0 }.reduce(into: "") { $0.unicodeScalars.append($1) }
    var quoted = "'"
    for character in cleaned.unicodeScalars {
      if character == "'" { quoted += "''" } else { quoted.unicodeScalars.append(character) }
    }
    return quoted + "'"
  }

  static func list(_ resources: [LeasedResource]) -> String {
    resources.map { literal($0.name) }.joined(separator: ", ")
  }
}
