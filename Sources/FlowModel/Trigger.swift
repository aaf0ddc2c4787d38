//! What starts a flow.
package import SwitchboardSDK

/// One entry under `listen:`.
package struct Trigger: Sendable, Hashable {
  package enum Source: Sendable, Hashable {
    /// Events of a connection. An empty list of kinds means `[message]`; `chats` nil means any.
    case events(connection: String, kinds: [Event.Kind], chats: Chat.Kind?)
    /// A message that is the bot command `/name`, with or without `@bot` and arguments.
    case command(connection: String?, name: String)
    /// A pressed button whose data matches a template such as `confirm_{id}`; holes become `callback.<name>`.
    case callback(connection: String?, pattern: CallbackPattern)
    /// A schedule: every so many milliseconds, aligned to multiples since 1970 (so that a restart keeps the beat).
    case every(milliseconds: Int64)
    /// A calendar: by the clocks of the named zone, or of the project's.
    case cron(Cron, zone: String?, missed: MissedPolicy)
    /// What a flow of the project emits; with a connection, what that channel says on a topic.
    case topic(connection: String?, name: String)
  }

  /// What becomes of a time that came while the engine was away.
  package enum MissedPolicy: String, Sendable, Hashable, CaseIterable {
    /// The last of those missed is made up for, once.
    case runOnce = "run_once"
    case skip
  }

  /// What `event.from` says in the flow: `customer`, `operator` …
  package var label: String
  package var source: Source
  package var place: SourcePlace

  package init(label: String, source: Source, place: SourcePlace) {
    self.label = label
    self.source = source
    self.place = place
  }
}

/// `confirm_{id}` taken apart: text, names of holes between.
package struct CallbackPattern: Sendable, Hashable {
  package enum Part: Sendable, Hashable {
    case literal(String)
    case hole(String)
  }
  package var parts: [Part]
  package init(parts: [Part]) { self.parts = parts }
}

/// A place in a file, for messages. Line and column count from 1, columns in Unicode scalars.
package struct SourcePlace: Sendable, Hashable {
  package var file: String
  package var line: Int
  package var column: Int

  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }
}

extension SourcePlace: CustomStringConvertible {
  package var description: String { "\(file):\(line):\(column)" }
}
