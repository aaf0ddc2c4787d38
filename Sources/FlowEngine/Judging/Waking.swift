//! Finds the runs that have waited for an event, and brings their timers forward with the event inside: whichever
//! changes the timer first, the event or the end of the wait, is how the wait ended.
import FlowModel
import JournalCore
import SwitchboardSDK

/// The walk of a `@wake` run: in the lane of the event's conversation, before the runs that the event starts.
struct Waking {
  let walk: RunWalk
  let run: LiveRun
  private static let page = 100
  /// A timer that changes at this very moment is looked at once more.
  private static let triesMax = 4

  func go() async -> LaneStep {
    let places = [
      AwaitedEvent.Source.connection(run.connection, kinds: [], topic: nil, isAnywhere: false),
      .connection(run.connection, kinds: [], topic: nil, isAnywhere: true),
    ]
    var woken = 0
    for place in places {
      guard let count = await wake(at: place, by: run.event, with: run.content, connection: run.connection) else {
        return walk.leaving
      }
      woken += count
    }
    let outcome = woken == 0 ? "nobody waited for it" : "went on: \(woken) waiting"
    let change = RunChange(run: run.id, status: .done, outcome: outcome, at: walk.ports.clock.now())
    guard await walk.commit(change) else { return walk.leaving }
    walk.announcer.tell(run, .finished(outcome: outcome))
    return .next
  }

  /// How many went on. Nil when the journal takes no more.
  func wake(
    at source: AwaitedEvent.Source, by event: EventID, with content: Event, connection: String
  ) async -> Int? {
    let prefix = "wait:\(run.project):\(source.place(conversation: run.conversation))"
    var last = prefix
    var count = 0
    while true {
      let after = last
      let page = try? await walk.persist { () async throws(JournalError) in
        try await walk.journal.timers(keyPrefix: prefix, after: after, limit: Self.page)
      }
      guard let page else { return nil }
      for timer in page {
        guard let isWoken = await wake(timer, by: event, with: content, connection: connection) else { return nil }
        if isWoken { count += 1 }
      }
      guard let end = page.last, page.count == Self.page else { return count }
      last = end.key
    }
  }

  private func wake(
    _ found: TimerRecord, by event: EventID, with content: Event, connection: String
  ) async -> Bool? {
    var timer = found
    for _ in 0..<Self.triesMax {
      // What had come before the run began is not what it waits for.
      guard timer.event < event, let state = RunState(encoded: timer.state),
        let program = await walk.program(project: run.project, flow: timer.flow, version: timer.version)
      else { return false }
      let (key, project) = (timer.conversation, run.project)
      let conversation = try? await walk.persist { () async throws(JournalError) in
        try await walk.conversation(key, of: project)
      }
      guard let conversation else { return nil }
      let now = walk.ports.clock.now()
      let context = walk.projects.context(
        run: run.id, event: content, connection: connection, label: timer.label, receivedAt: run.receivedAt,
        conversation: conversation, project: run.project, now: now)
      guard let woken = RunMachine(program: program).woken(state, by: event, in: context) else { return false }
      // Always another time than it had: that is how a change is told from none.
      let dueAt = min(now, timer.dueAt.adding(milliseconds: -1))
      let move = TimerMove(timer: timer, version: timer.version, state: woken.encoded, dueAt: dueAt)
      let moved = try? await walk.persist { () async throws(JournalError) in try await walk.journal.moveTimers([move]) }
      guard let moved else { return nil }
      if moved > 0 {
        walk.announcer.tell(run, .timerStarted(step: timer.key, dueAt: dueAt))
        return true
      }
      let own = timer.key
      let again = try? await walk.persist { () async throws(JournalError) in
        try await walk.journal.timers(keyPrefix: own, after: "", limit: 1)
      }
      guard let again else { return nil }
      guard let changed = again.first, changed.key == own else { return false }
      timer = changed
    }
    return false
  }
}
