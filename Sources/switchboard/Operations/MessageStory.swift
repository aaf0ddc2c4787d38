//! Everything the journal knows about one message, gathered for `switchboard why`.
import FlowModel
import JournalCore
import SwitchboardSDK

struct MessageStory: Sendable {
  struct Run: Sendable {
    var summary: RunSummary
    /// What it stands at, or what it left when it ended; nil when there is nothing to tell.
    var state: RunState?
    var calls: [StoredDelivery]
    /// The lane's head, if that is another run: this one waits behind it.
    var head: RunSummary?
    var armed: [ArmedTimer]
  }

  /// An auto-reply that a run kept for later.
  struct ArmedTimer: Sendable {
    enum Fate: Sendable, Hashable {
      case pending
      /// Became that run.
      case fired(RunID)
      /// The conversation's timer of this step stands for another message.
      case otherMessage(dueAt: Timestamp)
      case answered(at: Timestamp)
      case gone
    }
    var step: String
    var dueAt: Timestamp
    var fate: Fate
  }

  var event: StoredEvent
  /// Nil when the stored payload cannot be read.
  var content: Event?
  var runs: [Run]
  var answeredAt: Timestamp?

  static func gathered(_ event: StoredEvent, from journal: any JournalAdministration) async throws -> MessageStory {
    let summaries = try await journal.runs(ofEvent: event.id)
    let conversation = try await journal.conversation(event.conversation)
    var story = MessageStory(
      event: event, content: (try? JSON.parse(event.payload)).flatMap { Event(stored: $0) }, runs: [],
      answeredAt: conversation?.answeredAt)
    for summary in summaries {
      let state = try await journal.run(summary.id)?.state.flatMap { RunState(encoded: $0) }
      var run = Run(
        summary: summary, state: state, calls: try await journal.deliveries(of: summary.id), head: nil, armed: [])
      if !summary.status.isClosed { run.head = try await head(of: summary, in: journal) }
      story.runs.append(run)
    }
    for index in story.runs.indices {
      for (step, dueAt) in (story.runs[index].state?.armed ?? [:]).sorted(by: { $0.key < $1.key }) {
        let fate = try await story.fate(of: step, dueAt: dueAt, flow: story.runs[index].summary.flow, in: journal)
        story.runs[index].armed.append(ArmedTimer(step: step, dueAt: dueAt, fate: fate))
      }
    }
    return story
  }

  private static func head(of run: RunSummary, in journal: any JournalAdministration) async throws -> RunSummary? {
    let filter = RunFilter(lane: run.lane, statuses: RunFilter.openStatuses)
    return try await journal.runs(matching: filter, before: run.id, limit: .max).last
  }

  private func fate(
    of step: String, dueAt: Timestamp, flow: String, in journal: any JournalAdministration
  ) async throws -> ArmedTimer.Fate {
    let fired = runs.first { $0.summary.flow == flow && $0.state?.autoReply?.dueAt == dueAt }
    if let fired { return .fired(fired.summary.id) }
    let key = "auto:\(flow):\(step):\(event.conversation)"
    if let pending = try await journal.pendingTimer(key: key) {
      return pending.event == event.id ? .pending : .otherMessage(dueAt: pending.dueAt)
    }
    if let answeredAt, answeredAt >= event.receivedAt { return .answered(at: answeredAt) }
    return .gone
  }
}
