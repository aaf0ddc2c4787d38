//! The story of a message in plain sentences, and as a value for `--json`.
import FlowModel
import JournalCore
import SwitchboardSDK

extension MessageStory {
  var sentences: [String] {
    var lines = [opening]
    if let text = content?.message?.text, !text.isEmpty { lines.append("Text: \(Self.shortened(text))") }
    if runs.isEmpty { lines.append("It started no flow, or what it started has been forgotten by retention.") }
    for run in runs { lines += Self.sentences(run, event) }
    return lines
  }

  private var opening: String {
    let sender = content.map { $0.sender.name.isEmpty ? $0.sender.id : $0.sender.name } ?? "somebody"
    let echo = content?.isEcho == true ? " (written in the channel's own app)" : ""
    let flows = Set(runs.map { "\($0.summary.flow) as \($0.summary.label)" }).sorted().joined(separator: ", ")
    let matched = flows.isEmpty ? "" : " It matched \(flows)."
    return "\(event.receivedAt): message \(event.externalID) of \(sender)\(echo) was received by connection "
      + "\(event.connection) of project \(event.project), conversation \(event.conversation).\(matched)"
  }

  private static func sentences(_ run: Run, _ event: StoredEvent) -> [String] {
    let summary = run.summary
    var lines = ["Run \(summary.id) of flow \(summary.flow), version \(summary.version)\(began(run)): \(standing(run))"]
    for (step, result) in (run.state?.results ?? [:]).sorted(by: { $0.key < $1.key }) {
      lines.append("  step \(step) came to \(shortened(JSON.text(result)))")
    }
    lines += run.calls.map { "  " + sentence($0) }
    lines += run.armed.map { "  " + sentence($0) }
    return lines
  }

  private static func began(_ run: Run) -> String {
    guard let autoReply = run.state?.autoReply else { return "" }
    return ", begun by the auto-reply's timer that was due at \(autoReply.dueAt)"
  }

  private static func standing(_ run: Run) -> String {
    let summary = run.summary
    switch summary.status {
    case .done, .dead, .dropped: return "\(summary.status) at \(summary.changedAt): \(summary.outcome ?? "-")."
    case .queued, .running, .waiting, .parked:
      guard let head = run.head else { return RunText.wait(summary) + "." }
      return "waits in its lane behind run \(head.id), which is \(head.status) since \(head.changedAt): "
        + RunText.wait(head) + "."
    }
  }

  private static func sentence(_ call: StoredDelivery) -> String {
    let request = (try? JSON.parse(call.request)) ?? .null
    let name = request["name"].textValue ?? "call"
    let text = request["message"]["text"].textValue.map { " «\(shortened($0))»" } ?? ""
    let tries = call.attempt == 1 ? "1 attempt" : "\(call.attempt) attempts"
    let begun =
      "call \(call.sequence) of step \(call.step), \(name)\(text) on \(call.connection) in chat \(call.chat): "
    let settledAt = call.settledAt ?? call.begunAt
    switch call.state {
    case .intended: return begun + "not begun."
    case .sending: return begun + "went out at \(call.begunAt), \(tries) so far; its answer is not known yet."
    case .sent:
      let ids = call.remoteIDs.isEmpty ? "" : " as \(call.remoteIDs.joined(separator: ", "))"
      return begun + "sent at \(settledAt)\(ids), \(tries)."
    case .failed: return begun + "failed at \(settledAt), \(tries): \(call.error ?? "-")."
    case .unknown:
      return begun + "of unknown outcome since \(settledAt), \(tries): \(call.error ?? "-"). The answer was lost, and "
        + "the channel could not say whether it took place."
    }
  }

  private static func sentence(_ timer: ArmedTimer) -> String {
    let kept = "auto-reply of step \(timer.step) was kept for \(timer.dueAt): "
    switch timer.fate {
    case .pending: return kept + "still pending."
    case .fired(let run): return kept + "it came due and became run \(run)."
    case .otherMessage(let dueAt): return kept + "the one of another message stands for it, due at \(dueAt)."
    case .answered(let at): return kept + "taken away, since somebody answered at \(at)."
    case .gone: return kept + "no longer pending; it was cancelled, or replaced by a later message's."
    }
  }

  static func shortened(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ⏎ ")
    return line.count <= 200 ? line : String(line.prefix(200)) + "…"
  }
}

extension MessageStory {
  var value: Value {
    [
      "event": .int(event.id), "message": .text(event.externalID), "connection": .text(event.connection),
      "project": .text(event.project), "conversation": .text(event.conversation),
      "received_at": .text(event.receivedAt.description), "content": (try? JSON.parse(event.payload)) ?? .null,
      "answered_at": answeredAt.map { .text($0.description) } ?? .null, "runs": .list(runs.map(Self.value)),
      "story": .list(sentences.map(Value.text)),
    ]
  }

  private static func value(_ run: Run) -> Value {
    var members = RunText.value(run.summary).mapValue ?? [:]
    members["results"] = .map(run.state?.results ?? [:])
    members["behind"] = run.head.map { .int($0.id) } ?? .null
    members["calls"] = .list(run.calls.map(RunText.value))
    members["timers"] = .list(
      run.armed.map { timer in
        ["step": .text(timer.step), "due_at": .text(timer.dueAt.description), "fate": .text("\(timer.fate)")]
      })
    return .map(members)
  }
}
