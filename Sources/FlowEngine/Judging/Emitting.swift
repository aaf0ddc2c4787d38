//! Carries an emitted event to its listeners: flows that it starts, and runs that have waited for it.
import FlowModel
import JournalCore
import SwitchboardSDK

/// The walk of an `@emit` run, in the lane of its topic. All of it may be done again after a crash: the event is known
/// by its name, and a wait is over once.
struct Emitting {
  let walk: RunWalk
  let run: LiveRun

  func go() async -> LaneStep {
    guard let emission = run.state?.emission else { return await end("dead: it carries no event", isDead: true) }
    let listeners = walk.flows.index.listeners(to: emission.topic, project: run.project)
    let source = AwaitedEvent.Source.topic(emission.topic)
    let isAwaited = walk.flows.isAwaited([AwaitedSort(project: run.project, sort: source.sort)])
    guard !listeners.isEmpty || isAwaited else { return await end("emitted '\(emission.topic)': nobody listens") }
    let stored = try? await walk.persist { () async throws(JournalError) in
      try await store(emission, listeners)
    }
    guard let (event, receipt) = stored else { return walk.leaving }
    var woken = 0
    if isAwaited {
      let waking = Waking(walk: walk, run: run)
      guard
        let count = await waking.wake(
          at: source, by: receipt.event, with: event, connection: Event.emittedConnection)
      else { return walk.leaving }
      woken = count
    }
    return await end("emitted '\(emission.topic)': \(listeners.count) listening, \(woken) waiting")
  }

  private func store(_ emission: Emission, _ listeners: [Match]) async throws(JournalError) -> (Event, Receipt) {
    let now = walk.ports.clock.now()
    let origin = try await walk.conversation(run.conversation, of: run.project)
    let event = Event(emission, chat: origin.chat, at: now)
    var runs: [NewRun] = []
    for match in listeners {
      let lane = try await walk.intake.lane(
        of: match, event, conversation: run.conversation, connection: Event.emittedConnection, now: now)
      runs.append(
        NewRun(
          flow: match.program.flow.name, version: match.program.flow.version, label: match.trigger.label, lane: lane))
    }
    let record = IntakeRecord(
      project: run.project, connection: Event.emittedConnection, externalID: event.externalID,
      conversation: run.conversation, receivedAt: now, payload: event.storedBytes, runs: runs)
    guard let receipt = try await walk.intake.store([record], events: [event]).first else {
      throw JournalError(.unavailable, "the store gave no receipt")
    }
    return (event, receipt)
  }

  private func end(_ outcome: String, isDead: Bool = false) async -> LaneStep {
    let change = RunChange(
      run: run.id, status: isDead ? .dead : .done, state: isDead ? run.state?.encoded : nil, outcome: outcome,
      at: walk.ports.clock.now())
    guard await walk.commit(change) else { return walk.leaving }
    walk.announcer.tell(run, .finished(outcome: outcome))
    return .next
  }
}
