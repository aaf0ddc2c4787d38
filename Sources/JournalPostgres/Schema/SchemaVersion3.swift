//! Publications and the words about them.

enum SchemaVersion3 {
  static let sql = """
    CREATE TABLE publications (
      project integer NOT NULL, number bigint NOT NULL, at bigint NOT NULL, body bytea NOT NULL,
      PRIMARY KEY (project, number));

    CREATE TABLE publication_notes (
      kind text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL, at bigint NOT NULL, body bytea NOT NULL,
      PRIMARY KEY (kind, name));
    """
}
