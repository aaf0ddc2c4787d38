//! The tables of the journal in the form that all databases share: what a journal is copied by from one to another.

/// One value of a row.
package enum JournalCell: Sendable, Hashable {
  case null
  case int(Int64)
  case text(String)
  case bytes([UInt8])
}

package struct JournalTable: Sendable, Hashable {
  package enum Kind: Sendable, Hashable { case int, flag, text, bytes }
  package struct Column: Sendable, Hashable {
    package var name: String
    package var kind: Kind
  }

  package let name: String
  package let columns: [Column]
  /// Indices of the columns that order the rows, the primary key. Empty: few rows, in the order of their making.
  package let key: [Int]

  /// `columns`: names with their kinds, as `id:int`; those with a star are the key.
  private init(_ name: String, _ columns: String) {
    self.name = name
    let words = columns.split(separator: " ").map { $0.split(separator: ":").map(String.init) }
    let kinds: [String: Kind] = ["int": .int, "flag": .flag, "text": .text, "bytes": .bytes]
    self.columns = words.map { word in
      Column(name: word[0].filter { $0 != "*" }, kind: kinds[word.last ?? ""] ?? .bytes)
    }
    key = words.indices.filter { words[$0][0].hasSuffix("*") }
  }

  /// The column that `LanePartition` is taken from, where a store keeps that beside it.
  package var lane: Int? { columns.firstIndex { $0.name == "lane" } }

  package static let all: [JournalTable] = [
    JournalTable("names", "id*:int name:text"),
    JournalTable(
      "events",
      "id*:int connection:int project:int received_at:int external_id:text conversation:text payload:bytes"),
    JournalTable(
      "runs",
      "id*:int event:int flow:int version:int label:int status:int is_open:flag wake_at:int changed_at:int lane:text "
        + "outcome:text state:bytes"),
    JournalTable(
      "deliveries",
      "id*:int connection:int step:int state:int attempt:int begun_at:int settled_at:int chat:text remote_id:text "
        + "more_remote_ids:bytes error:text result:bytes request:bytes"),
    JournalTable("further_remote_ids", "connection*:int remote_id*:text chat*:text"),
    JournalTable(
      "timers",
      "key*:text due_at:int project:int flow:int version:int label:int event:int conversation:text lane:text "
        + "state:bytes"),
    JournalTable(
      "conversations",
      "key*:text project:int connection:int created_at:int answered_at:int auto_replied_at:int chat:text name:text "
        + "facts:bytes state:bytes"),
    JournalTable("threads", "conversation*:text connection*:int chat:text thread:text"),
    JournalTable("connection_values", "connection*:int key*:text value:bytes"),
    JournalTable("dedup_keys", "flow*:int key*:text run:int keep_until:int"),
    JournalTable("flow_versions", "flow:int version:int project:int file:text source:text"),
    JournalTable("project_state", "project*:int key*:text revision:int expires_at:int value:bytes"),
    JournalTable("publications", "project*:int number*:int at:int body:bytes"),
    JournalTable("publication_notes", "kind*:text name*:text at:int body:bytes"),
  ]
}
