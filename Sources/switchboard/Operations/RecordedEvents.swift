//! Events that the journal keeps, oldest first: what `record` writes down and `backtest` plays again.
import FlowCases
import FlowModel
import JournalCore
import SwitchboardSDK

struct RecordedEvents {
  let project: String
  /// Only what came since.
  var since: Timestamp?
  var conversation: String?
  /// The latest so many.
  var limit: Int

  /// Schedules and other events of the engine's own come by themselves when they are played.
  private static let ownPrefix = "@"

  func entries(in journal: any JournalAdministration) async throws -> [Recording.Entry] {
    var found: [Recording.Entry] = []
    var seen: Set<EventID> = []
    var before = RunID.max
    while found.count < limit {
      let runs = try await journal.runs(matching: RunFilter(project: project), before: before, limit: 500)
      guard let last = runs.last else { break }
      before = last.id
      // Runs are in the order of their events, but for those of timers.
      let isOver = since.map { since in runs.allSatisfy { $0.receivedAt < since } } ?? false
      for run in runs where !run.connection.hasPrefix(Self.ownPrefix) && seen.insert(run.event).inserted {
        guard since.map({ run.receivedAt >= $0 }) ?? true, let event = try await journal.event(run.event),
          conversation.map({ $0 == event.conversation }) ?? true,
          let content = (try? JSON.parse(event.payload)).flatMap({ Event(stored: $0) })
        else { continue }
        found.append(
          Recording.Entry(
            at: event.receivedAt, connection: event.connection, conversation: event.conversation, event: content))
        if found.count >= limit { break }
      }
      if isOver { break }
    }
    return found.sorted { $0.at < $1.at }
  }
}
