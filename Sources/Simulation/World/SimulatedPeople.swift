//! Customers, operators and owners: what they write, and what they do by hand.
import FlowEngine
import FlowModel
import JournalCore
import SwitchboardSDK

extension SimulatedWorld {
  func customerWrites(_ customer: String, _ project: SimulatedProject, _ group: inout DiscardingTaskGroup) {
    let number = nextNumber()
    var text = "вопрос #\(number)"
    if chance.percent(15) { text += " " + String(repeating: "очень длинный ", count: chance.int(4...14)) }
    var message = Message(id: "m\(number)", text: text)
    if chance.percent(15) {
      let kind: Attachment.Kind = chance.percent(50) ? .image : .document
      message.attachments = [Attachment(kind: kind, label: "вложение", fileID: "f\(number)")]
    }
    send(number, message: message, of: customer, project, &group)
  }

  /// An edit or a deletion of something written before.
  func customerEdits(_ customer: String, _ project: SimulatedProject, _ group: inout DiscardingTaskGroup) {
    let number = nextNumber()
    let kind: Event.Kind = chance.percent(60) ? .edit : .delete
    send(number, kind: kind, message: Message(id: "m\(number)", text: "#\(number)"), of: customer, project, &group)
  }

  /// The channel shows what we have sent ourselves.
  func channelEchoes(_ project: SimulatedProject, _ group: inout DiscardingTaskGroup) {
    let ours = channels.deeds.filter { $0.connection == project.avito }
    guard echoed < ours.count else { return }
    let deed = ours[echoed]
    echoed += 1
    let message = Message(id: deed.messageID, text: deed.text)
    let id = "echo:\(deed.messageID)"
    send(nextNumber(), id: id, isEcho: true, message: message, of: deed.customer, project, &group)
  }

  /// The owner answers in the channel's own app.
  func ownerWrites(_ customer: String, _ project: SimulatedProject, _ group: inout DiscardingTaskGroup) {
    let number = nextNumber()
    let message = Message(id: "own\(number)", text: "сам #\(number)")
    send(number, isEcho: true, message: message, of: customer, project, &group)
  }

  private func send(
    _ number: Int, id: String? = nil, kind: Event.Kind = .message, isEcho: Bool = false, message: Message,
    of customer: String, _ project: SimulatedProject, _ group: inout DiscardingTaskGroup
  ) {
    figures.events += 1
    let event = Event(
      externalID: id ?? "e\(number)", kind: kind, chat: Chat(id: customer, kind: .private),
      sender: isEcho ? Sender(id: "us") : Sender(id: customer, name: customer), isEcho: isEcho, message: message,
      occurredAt: Timestamp(milliseconds: time.milliseconds))
    let source = SourceEvent(
      number: number, project: project.name, connection: project.avito, customer: customer, isFromOperator: false,
      event: event)
    dispatch([source])
    group.addTask { await self.deliver([source]) }
  }

  func operatorWrites(_ customer: String, _ project: SimulatedProject) {
    guard let thread = channels.thread(of: customer, on: project.desk) else { return }
    let batch = (1...chance.int(1...2)).map { _ -> SourceEvent in
      let number = nextNumber()
      var message = Message(id: "o\(number)", text: "ответ #\(number)")
      if chance.percent(10) { message.attachments = [Attachment(kind: .voice, label: "голос", fileID: "v\(number)")] }
      let event = Event(
        externalID: "e\(number)", kind: .message, chat: Chat(id: SimulatedFlows.group, kind: .group), thread: thread,
        sender: Sender(id: "9", name: "Олег"), message: message,
        occurredAt: Timestamp(milliseconds: time.milliseconds))
      return SourceEvent(
        number: number, project: project.name, connection: project.desk, customer: customer, isFromOperator: true,
        event: event)
    }
    figures.events += batch.count
    dispatch(batch)
    pollers[project.desk]?.yield(batch)
    inboxes[project.desk]?.put(batch)
  }

  func deleteThread(_ customer: String, _ project: SimulatedProject) {
    guard let thread = channels.thread(of: customer, on: project.desk) else { return }
    trace.note("deleted", 0, 0, thread)
    channels.delete(thread: thread, of: project.desk)
  }

  /// What `switchboard dead retry|drop` does, beside the running engine.
  func mendOne() async {
    guard let run = chance.pick(witness.runs.filter { Self.isTroubled($0.value) }.keys.sorted()) else { return }
    await mend(run, drops: plan.dropsRuns && chance.percent(30))
  }

  func mendAll() async {
    for run in witness.runs.filter({ Self.isTroubled($0.value) }).keys.sorted() { await mend(run, drops: false) }
  }

  private static func isTroubled(_ run: Witness.SeenRun) -> Bool { run.status == .parked || run.status == .dead }

  private func mend(_ run: RunID, drops: Bool) async {
    let journal = store.journal
    figures.mended += 1
    do throws(JournalError) {
      _ = drops ? try await journal.dropRun(run) : try await journal.retryRun(run)
      let note = try await journal.connectionValue(connection: MendingNote.connection, key: MendingNote.key)
      try await journal.setConnectionValue(
        connection: MendingNote.connection, key: MendingNote.key, value: MendingNote.adding(run: run, to: note))
    } catch { trace.note("not mended", run) }
  }

  private func dispatch(_ batch: [SourceEvent]) {
    waitingDeliveries += 1
    for event in batch { witness.sent(event, batch: batch.first?.number ?? 0) }
  }

  private func nextNumber() -> Int {
    lastNumber += 1
    return lastNumber
  }
}
