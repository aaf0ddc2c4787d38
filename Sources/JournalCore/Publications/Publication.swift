//! One publication of a project: what serves since when, by whose hand. The receipt that people see is this row.
package import FlowModel
package import SwitchboardSDK

package struct Publication: Sendable, Hashable {
  /// Where a publication came from.
  package enum Origin: String, Sendable, Hashable, CaseIterable {
    /// Files differed from what served before the program started.
    case start
    /// `SIGHUP`.
    case signal
    /// `switchboard publish`.
    case command
    /// A rule file was saved.
    case edit
    /// `switchboard rollback`.
    case rollback
  }

  /// A flow or a rule in the version that serves.
  package struct Part: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable { case flow, rule }
    package var kind: Kind
    package var name: String
    package var version: String
    package var file: String

    package init(kind: Kind, name: String, version: String, file: String) {
      self.kind = kind
      self.name = name
      self.version = version
      self.file = file
    }

    /// `desk` for a flow, `rule:reply` for a rule.
    package var key: String { kind == .flow ? name : "rule:\(name)" }
  }

  /// A part that was rolled back: a file of version `from` does not come back by itself; `to` serves in its place.
  package struct Hold: Sendable, Hashable {
    package var from: String
    package var to: String

    package init(from: String, to: String) {
      self.from = from
      self.to = to
    }
  }

  package struct Change: Sendable, Hashable {
    /// `Part.key`
    package var part: String
    /// Nil when it is new.
    package var from: String?
    /// Nil when it is gone.
    package var to: String?
    /// What the new version of a flow wants done with work under way; nil for rules and for what is new or gone.
    package var running: RunningPolicy?

    package init(part: String, from: String?, to: String?, running: RunningPolicy? = nil) {
      self.part = part
      self.from = from
      self.to = to
      self.running = running
    }
  }

  /// What became of work under way in the flows that changed.
  package struct Work: Sendable, Hashable {
    package var adopted = 0
    package var cancelled = 0
    package var pinned = 0
    /// Why work that was to be adopted stays with its version, and how much of it each.
    package var reasons: [String: Int] = [:]

    package init() {}
  }

  package var project: String
  /// From 1, without gaps, one count a project.
  package var number: Int64
  /// Of all parts' versions and the project's settings: equal on every node that serves the same.
  package var hash: String
  package var at: Timestamp
  package var by: String
  package var origin: Origin
  /// Sorted by key.
  package var parts: [Part]
  /// By part.
  package var holds: [String: Hold]
  package var changes: [Change]
  package var settings: String
  /// Nil until it has been seen to.
  package var work: Work?

  package init(
    project: String, number: Int64, at: Timestamp, by: String, origin: Origin, parts: [Part],
    holds: [String: Hold] = [:], changes: [Change] = [], settings: String = "", work: Work? = nil
  ) {
    self.project = project
    self.number = number
    self.at = at
    self.by = by
    self.origin = origin
    self.parts = parts.sorted { $0.key < $1.key }
    self.holds = holds
    self.changes = changes
    self.settings = settings
    self.work = work
    self.hash = Self.hash(parts: parts, settings: settings)
  }

  /// The hash of what would serve. `settings` is itself a hash, of the project's settings.
  package static func hash(parts: [Part], settings: String) -> String {
    let lines = parts.map { "\($0.key)=\($0.version)" }.sorted() + ["settings=\(settings)"]
    return ContentHash.hexadecimal(Array(lines.joined(separator: "\n").utf8))
  }
}

/// A word about publications that passes between processes: a request of a command, an answer, a node's report.
package struct PublicationNote: Sendable, Hashable {
  /// `request`, `answer`, `node`
  package var kind: String
  /// Names the note within its kind; a later one of the same name replaces it.
  package var name: String
  package var at: Timestamp
  /// `.null` removes the note.
  package var body: Value

  package init(kind: String, name: String, at: Timestamp, body: Value) {
    self.kind = kind
    self.name = name
    self.at = at
    self.body = body
  }
}
