//! Room 1 of 8, Intake. Event -> Receipt, durable. Next: Routing/TriggerIndex.swift names the flows it starts.
//! Routing happens before the write, so that the event and its runs are one transaction and nothing lies
//! accepted but unrouted.
import FlowModel
package import JournalCore
import Logging
package import SwitchboardSDK

package struct Intake: Sendable {
  let journal: any Journal
  let flows: FlowBook
  let projects: ProjectBook
  let conversations: ConversationBook
  let lanes: Lanes
  let ownership: LaneOwnership
  let clock: any ClockPort
  let log: Logger
  let journalCondition: JournalCondition
  let unsure: UnsureWrites
  let turns = IntakeTurns()

  /// Stores events with the runs they start. Returns once they are durable. Throws `.unavailable` at once when too many
  /// of the project wait for that already: its sources shall repeat them later.
  package func accept(_ events: [Event], connection: String, project: String) async throws(JournalError) {
    guard await turns.enter(project) else {
      throw JournalError(.unavailable, "project '\(project)' sends more than can be stored at once")
    }
    defer { turns.leave() }
    do throws(JournalError) {
      try await store(events, connection: connection, project: project)
    } catch {
      if !lanes.isStopping { journalCondition.refused(error) }
      throw error
    }
  }

  private func store(_ events: [Event], connection: String, project: String) async throws(JournalError) {
    guard !lanes.isStopping else { throw JournalError(.unavailable, "the engine is stopping") }
    var records: [IntakeRecord] = []
    var accepted: [AcceptedEvent] = []
    for event in events {
      guard let entry = try await prepare(event, connection: connection, project: project) else { continue }
      records.append(entry.record)
      accepted.append(entry)
    }
    guard !records.isEmpty else { return }
    let receipts = try await store(records, events: accepted.map(\.event))
    for (entry, receipt) in zip(accepted, receipts) where receipt.isDuplicate {
      log.debug("duplicate event dropped", metadata: metadata(entry.event, connection))
    }
  }

  /// Appends and queues; runs whose lanes are walked by another node are handed over.
  func store(_ records: [IntakeRecord], events: [Event]) async throws(JournalError) -> [Receipt] {
    var records = records
    let ticket = ownership.isSole ? nil : ownership.enter(records.flatMap { $0.runs.map(\.lane) })
    if var ours = ticket?.isOurs.makeIterator() {
      for record in records.indices {
        for run in records[record].runs.indices { records[record].runs[run].isHandedOver = ours.next() == false }
      }
    }
    let receipts: [Receipt]
    do throws(JournalError) { receipts = try await append(records) } catch {
      ownership.leave(ticket, queueing: [])
      if error.code == .fenced { ownership.noteFence() }
      throw error
    }
    var entries: [LiveRunEntry] = []
    for (index, receipt) in receipts.enumerated() where !receipt.isDuplicate {
      for (run, id) in zip(records[index].runs, receipt.runs) where !run.isHandedOver {
        entries.append(
          .fresh(LiveRun(id: id, receipt: receipt, record: records[index], run: run, event: events[index])))
      }
    }
    ownership.leave(ticket, queueing: entries)
    return receipts
  }

  /// What an earlier write may have stored without saying so comes into its lanes first: its source is answered
  /// "known already" when it sends the event again.
  func append(_ records: [IntakeRecord]) async throws(JournalError) -> [Receipt] {
    let receipts: [Receipt]
    do throws(JournalError) { receipts = try await journal.append(records) } catch {
      unsure.note(error)
      throw error
    }
    try await unsure.takeUp()
    return receipts
  }

  private struct AcceptedEvent {
    var event: Event
    var record: IntakeRecord
  }

  /// Nil for what starts nothing: echoes of our own messages and events that no flow listens to.
  private func prepare(
    _ original: Event, connection: String, project: String
  ) async throws(JournalError) -> AcceptedEvent? {
    if original.isEcho, try await isOurs(original, connection: connection) {
      log.debug("echo of an outgoing message dropped", metadata: metadata(original, connection))
      return nil
    }
    let event = normalised(original, connection: connection)
    let matches =
      original.isEcho
      ? [EchoFlow.match(project: project)]
      : flows.index.matches(for: event, connection: connection, project: project)
    let isAwaited = !original.isEcho && isAwaited(connection: connection, project: project)
    guard !matches.isEmpty || isAwaited else {
      log.debug("no flow listens to this event", metadata: metadata(event, connection))
      return nil
    }
    let now = clock.now()
    let key = try await conversations.key(of: event, connection: connection, project: project)
    // First of all: what this event starts may itself wait for the next one.
    var runs: [NewRun] = isAwaited ? [WakeFlow.run(lane: key)] : []
    for match in matches {
      let lane = try await lane(of: match, event, conversation: key, connection: connection, now: now)
      runs.append(
        NewRun(
          flow: match.program.flow.name, version: match.program.flow.version, label: match.trigger.label, lane: lane))
    }
    let record = IntakeRecord(
      project: project, connection: connection, externalID: event.externalID, conversation: key, receivedAt: now,
      payload: event.storedBytes, runs: runs)
    return AcceptedEvent(event: event, record: record)
  }

  private func isAwaited(connection: String, project: String) -> Bool {
    guard flows.awaitsAnything else { return false }
    return flows.isAwaited([
      AwaitedSort(project: project, sort: "in:\(connection)"), AwaitedSort(project: project, sort: "on:\(connection)"),
    ])
  }

  /// A message id that the send ledger knows (requirement T12).
  private func isOurs(_ event: Event, connection: String) async throws(JournalError) -> Bool {
    guard event.kind == .message, let message = event.message else { return true }
    return try await journal.isOwnMessage(connection: connection, chat: event.chat.id, messageID: message.id)
  }

  func lane(
    of match: Match, _ event: Event, conversation key: String, connection: String, now: Timestamp
  ) async throws(JournalError) -> String {
    guard case .expression(let expression) = match.program.flow.lane else { return key }
    let project = match.program.flow.project
    let snapshot = try await conversations.snapshot(key, project: project, connection: connection, chat: event.chat.id)
    let context = projects.context(
      run: 0, event: event, connection: connection, label: match.trigger.label, receivedAt: now,
      conversation: snapshot, project: project, now: now)
    let scope = RunScope(context: context, state: RunState(), program: match.program)
    return "\(project)/\(match.program.flow.name)/\(expression.evaluate(in: scope).displayText)"
  }

  private func normalised(_ original: Event, connection: String) -> Event {
    var event = original
    guard var message = event.message else { return event }
    if message.text.utf8.count > Limits.messageTextBytesMax {
      log.warning(
        "text of \(message.text.utf8.count) bytes cut to \(Limits.messageTextBytesMax)",
        metadata: metadata(event, connection))
      message.text = String(decoding: message.text.utf8.prefix(Limits.messageTextBytesMax), as: UTF8.self) + "…"
    }
    for index in message.attachments.indices { message.attachments[index].connection = connection }
    event.message = message
    return event
  }

  private func metadata(_ event: Event, _ connection: String) -> Logger.Metadata {
    ["message": "\(event.externalID)", "connection": "\(connection)"]
  }
}
