//! Rooms 4 and 7 of 8, Planning and Settling. Run state, ledger, timers, threads -> one transaction.
//! Next: Announcing/RunNotice.swift.
import FlowModel
import JournalCore
import SwitchboardSDK

/// Turns what the machine decided into one change of the journal.
struct RunCommit {
  let run: LiveRun
  var status: RunStatus
  var wakeAt: Timestamp?
  var outcome: String?
  var isAdopted = false
  var deliveries: [DeliveryChange] = []
  var values: [StateChange] = []

  func change(state: RunState, context: RunContext, at moment: Timestamp) -> RunChange {
    let effects = context.effects
    let snapshot = context.conversation
    var conversation: ConversationChange?
    // A thread leads to a conversation that must be there, even if nothing but its place is known.
    if effects.changesConversation || !effects.boundThreads.isEmpty {
      conversation = ConversationChange(
        key: snapshot.key, project: snapshot.project, connection: snapshot.connection, chat: snapshot.chat,
        name: effects.name, facts: effects.facts, state: effects.state, answeredAt: effects.answeredAt,
        autoRepliedAt: effects.autoRepliedAt)
    }
    var threads: [ThreadChange] = effects.unboundThreads.sorted().map {
      .unbind(conversation: snapshot.key, connection: $0)
    }
    for (connection, place) in effects.boundThreads.sorted(by: { $0.key < $1.key }) {
      threads.append(
        .bind(
          ThreadRecord(
            conversation: snapshot.key, connection: connection, chat: place.chat, thread: place.thread)))
    }
    let timers =
      effects.cancelledAutoReplies.sorted().map { TimerChange.cancel(key: timerKey(step: $0, snapshot)) }
      + effects.timers.map { start($0, snapshot) } + (effects.wait.map { [start($0, snapshot)] } ?? [])
      + effects.emissions.map { start($0, snapshot, at: moment) }
    // A dead run keeps its state: a person may retry it, and what was sent must not be sent again.
    let kept = status.isClosed && status != .dead ? Self.traced(state) : state.encoded
    return RunChange(
      run: run.id, status: status, wakeAt: wakeAt, state: kept, outcome: outcome,
      at: moment, deliveries: deliveries, timers: timers, conversation: conversation, threads: threads,
      version: isAdopted ? run.version : nil, project: run.project,
      values: values.isEmpty ? nil : .init(project: run.project, changes: values))
  }

  /// Over this a closed run keeps nothing to be told by: history is mostly rows of this kind.
  private static let traceBytesMax = 1_024

  private static func traced(_ state: RunState) -> [UInt8]? {
    guard let trace = state.trace?.encoded, trace.count <= traceBytesMax else { return nil }
    return trace
  }

  private func timerKey(step: String, _ conversation: ConversationSnapshot) -> String {
    Self.timerKey(of: run, step: step, conversation: conversation.key)
  }

  static func timerKey(of run: LiveRun, step: String, conversation: String) -> String {
    "auto:\(run.flow):\(step):\(conversation)"
  }

  private func start(_ request: TimerRequest, _ conversation: ConversationSnapshot) -> TimerChange {
    .start(
      TimerRecord(
        key: timerKey(step: request.step, conversation), dueAt: request.dueAt, project: run.project,
        conversation: conversation.key, flow: run.flow, version: run.version, label: run.label, lane: run.lane,
        event: run.event, state: request.state.encoded),
      keepsEarlier: request.keepsEarlier)
  }

  private func start(_ request: WaitRequest, _ conversation: ConversationSnapshot) -> TimerChange {
    let place = request.source?.place(conversation: conversation.key) ?? "time:"
    return .start(
      TimerRecord(
        key: "wait:\(run.project):\(place)\(run.flow):\(request.step):\(run.id)", dueAt: request.dueAt,
        project: run.project, conversation: conversation.key, flow: run.flow, version: run.version, label: run.label,
        lane: run.lane, event: run.event, state: request.state.encoded),
      keepsEarlier: false)
  }

  /// Due at once, in a lane of its topic: what is emitted first arrives first.
  private func start(
    _ emission: Emission, _ conversation: ConversationSnapshot, at moment: Timestamp
  ) -> TimerChange {
    var state = RunState()
    state.emission = emission
    return .start(
      TimerRecord(
        key: "emit:\(Self.padded(run.id)):\(Self.padded(Int64(emission.number)))", dueAt: moment,
        project: run.project, conversation: conversation.key, flow: EmissionFlow.name, version: EchoFlow.version,
        label: "emit", lane: "\(run.project)/\(Event.emittedConnection)/\(emission.topic)", event: run.event,
        state: state.encoded),
      keepsEarlier: false)
  }

  /// So that keys stand in the order of their numbers.
  private static func padded(_ number: Int64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 19 - digits.utf8.count)) + digits
  }
}
