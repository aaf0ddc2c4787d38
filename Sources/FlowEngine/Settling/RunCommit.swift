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
      + effects.timers.map { start($0, snapshot) }
    // A dead run keeps its state: a person may retry it, and what was sent must not be sent again.
    let kept = status.isClosed && status != .dead ? Self.traced(state) : state.encoded
    return RunChange(
      run: run.id, status: status, wakeAt: wakeAt, state: kept, outcome: outcome,
      at: moment, deliveries: deliveries, timers: timers, conversation: conversation, threads: threads,
      version: isAdopted ? run.version : nil)
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
}
