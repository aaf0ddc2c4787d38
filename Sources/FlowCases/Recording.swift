//! Recorded events, one JSON object a line: `{"at": "…", "connection": "…", "event": {…}}`.
import FlowModel
package import SwitchboardSDK

package enum Recording {
  package struct Entry: Sendable {
    package var at: Timestamp
    package var connection: String
    /// `project/connection/chat` of the origin, where known: tells which conversation a thread mirrors.
    package var conversation: String?
    package var event: Event

    package init(at: Timestamp, connection: String, conversation: String?, event: Event) {
      self.at = at
      self.connection = connection
      self.conversation = conversation
      self.event = event
    }

    /// The conversation's own place.
    var origin: (connection: String, chat: String)? {
      let parts = (conversation ?? "").split(separator: "/", maxSplits: 2)
      return parts.count == 3 ? (String(parts[1]), String(parts[2])) : nil
    }

    package var line: String {
      JSON.text([
        "at": .int(at.milliseconds), "connection": .text(connection),
        "conversation": conversation.map(Value.text) ?? .null,
        "event": (try? JSON.parse(event.storedBytes)) ?? .null,
      ])
    }
  }

  package struct Problem: Error, Sendable {
    package var line: Int
    package var text: String
  }

  package static let entriesMax = 100_000

  package static func read(_ bytes: [UInt8]) -> Result<[Entry], Problem> {
    var entries: [Entry] = []
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) else { continue }
      guard let value = try? JSON.parse(Array(line)) else {
        return .failure(Problem(line: index + 1, text: "the line is no JSON"))
      }
      guard let at = value["at"].intValue, let connection = value["connection"].textValue,
        let event = Event(stored: value["event"])
      else { return .failure(Problem(line: index + 1, text: "the line is no recorded event")) }
      guard entries.count < entriesMax else {
        return .failure(Problem(line: index + 1, text: "more than \(entriesMax) events"))
      }
      entries.append(
        Entry(
          at: Timestamp(milliseconds: at), connection: connection, conversation: value["conversation"].textValue,
          event: event))
    }
    return .success(entries)
  }
}
