//! Values of projects. A deleted one stays for a while as a row without a value, so that its revision counts on.

enum SchemaVersion5 {
  static let sql = """
    CREATE TABLE project_state (
      project integer NOT NULL, key text COLLATE "C" NOT NULL, revision bigint NOT NULL, expires_at bigint,
      value bytea, PRIMARY KEY (project, key));
    CREATE INDEX project_state_expiry ON project_state (expires_at) WHERE expires_at IS NOT NULL;
    """
}
