//! Runs, lanes and timers as lines for a terminal and as values for `--json`.
import FlowModel
import JournalCore
import SwitchboardSDK

enum RunText {
  /// One line, made fit for a terminal.
  static func line(_ run: RunSummary) -> String {
    LogText.escaped(
      "\(run.id)  \(run.receivedAt)  \(run.status)  \(run.flow)  \(run.lane)  \(run.externalID)  \(run.outcome ?? "")")
  }

  static func value(_ run: RunSummary) -> Value {
    [
      "run": .int(run.id), "event": .int(run.event), "project": .text(run.project), "flow": .text(run.flow),
      "version": .text(run.version), "lane": .text(run.lane), "status": .text("\(run.status)"),
      "message": .text(run.externalID), "connection": .text(run.connection),
      "received_at": .text(run.receivedAt.description), "changed_at": .text(run.changedAt.description),
      "wake_at": run.wakeAt.map { .text($0.description) } ?? .null, "outcome": run.outcome.map(Value.text) ?? .null,
    ]
  }

  static func value(_ call: StoredDelivery) -> Value {
    [
      "sequence": .int(Int64(call.sequence)), "step": .text(call.step), "connection": .text(call.connection),
      "chat": .text(call.chat), "state": .text("\(call.state)"), "attempt": .int(Int64(call.attempt)),
      "begun_at": .text(call.begunAt.description), "settled_at": call.settledAt.map { .text($0.description) } ?? .null,
      "remote_ids": .list(call.remoteIDs.map(Value.text)), "error": call.error.map(Value.text) ?? .null,
    ]
  }

  /// Why a run stands where it does, in words.
  static func wait(_ run: RunSummary) -> String {
    switch run.status {
    case .queued: "its turn has come; a running engine takes it at once"
    case .running: "under way since \(run.changedAt)"
    case .waiting: "tries again at \(run.wakeAt?.description ?? "once"): \(run.outcome ?? "")"
    case .parked: "waits for a person (switchboard dead retry \(run.id), or drop): \(run.outcome ?? "")"
    case .done, .dead, .dropped: run.outcome ?? "\(run.status)"
    }
  }

  static func line(_ lane: OpenLane) -> String {
    let behind = lane.openRuns == 1 ? "1 run" : "\(lane.openRuns) runs"
    return LogText.escaped(
      "\(lane.lane)  \(behind)  run \(lane.head.id) \(lane.head.status) since \(lane.head.changedAt)  "
        + wait(lane.head))
  }

  static func value(_ lane: OpenLane) -> Value {
    [
      "lane": .text(lane.lane), "project": .text(lane.head.project), "open_runs": .int(Int64(lane.openRuns)),
      "head": value(lane.head), "waits": .text(wait(lane.head)),
    ]
  }

  static func line(_ timer: TimerRecord) -> String {
    LogText.escaped("\(timer.dueAt)  \(timer.key)  flow \(timer.flow)  lane \(timer.lane)")
  }

  static func value(_ timer: TimerRecord) -> Value {
    [
      "key": .text(timer.key), "due_at": .text(timer.dueAt.description), "project": .text(timer.project),
      "flow": .text(timer.flow), "version": .text(timer.version), "lane": .text(timer.lane),
      "conversation": .text(timer.conversation), "event": .int(timer.event),
      "text": (try? JSON.parse(timer.state))?["auto"]["text"] ?? .null,
    ]
  }
}
