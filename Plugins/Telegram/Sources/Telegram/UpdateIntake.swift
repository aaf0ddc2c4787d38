//! Updates from either door, polling or webhook, into the engine: mapped, made durable, then `/getid` answered.
internal import SwitchboardSDK

struct UpdateIntake: Sendable {
  let context: ConnectionContext
  let mapper: UpdateMapper
  let responder: GetIDResponder

  /// Returns once everything in the updates is durable; updates that mean nothing to us are logged and passed over,
  /// so that one of them never blocks the others. Throws when they must come again.
  func take(_ updates: [Value]) async throws(IntakeError) {
    var events: [Event] = []
    var questions: [GetIDQuestion] = []
    for update in updates {
      switch mapper.map(update, now: context.clock.now()) {
      case .event(let event): events.append(event)
      case .getID(let question, let event):
        if await responder.isOurs(question) { questions.append(question) } else { events.append(event) }
      case .skipped(let reason, let level):
        let id = update["update_id"].intValue.map(String.init) ?? "none"
        context.log.log(level, "update passed over: \(reason)", ["update_id": id])
      }
    }
    if !events.isEmpty { try await context.intake.accept(events) }
    for question in questions { await responder.answer(question) }
  }
}
