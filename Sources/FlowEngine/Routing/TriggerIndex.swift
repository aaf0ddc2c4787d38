//! Room 2 of 8, Routing. Event -> [Match]. Next: Intake/Intake.swift stores both; then Judging/RunWorker.swift.
import FlowModel
import SwitchboardSDK

/// A flow that an event starts.
struct Match: Sendable {
  var program: Program
  var trigger: Trigger
}

/// Finds the flows whose triggers fit an event. Pure; made anew when flows are published.
struct TriggerIndex: Sendable {
  /// By connection; under nil, triggers of any connection of their project.
  private var byConnection: [String?: [Match]] = [:]
  let schedules: [(program: Program, trigger: Trigger, everyMilliseconds: Int64)]

  init(programs: [Program]) {
    var schedules: [(Program, Trigger, Int64)] = []
    for program in programs.sorted(by: { ($0.flow.project, $0.flow.name) < ($1.flow.project, $1.flow.name) }) {
      for trigger in program.flow.triggers {
        switch trigger.source {
        case .events(let connection, _, _):
          byConnection[connection, default: []].append(Match(program: program, trigger: trigger))
        case .command(let connection, _), .callback(let connection, _):
          byConnection[connection, default: []].append(Match(program: program, trigger: trigger))
        case .every(let milliseconds): schedules.append((program, trigger, milliseconds))
        }
      }
    }
    self.schedules = schedules
  }

  /// At most one match a flow: the most particular trigger (command, button) before the general one.
  func matches(for event: Event, connection: String, project: String) -> [Match] {
    var found: [Match] = []
    for candidates in [byConnection[connection], byConnection[nil]] {
      guard let candidates else { continue }
      for match in candidates where match.program.flow.project == project && Self.fits(match.trigger, event) {
        if let at = found.firstIndex(where: { $0.program.flow.name == match.program.flow.name }) {
          if Self.rank(match.trigger) < Self.rank(found[at].trigger) { found[at] = match }
        } else {
          found.append(match)
        }
      }
    }
    return found
  }

  private static func rank(_ trigger: Trigger) -> Int {
    switch trigger.source {
    case .command, .callback: 0
    case .events, .every: 1
    }
  }

  private static func fits(_ trigger: Trigger, _ event: Event) -> Bool {
    switch trigger.source {
    case .events(_, let kinds, let chats):
      let kindFits = kinds.isEmpty ? event.kind == .message : kinds.contains(event.kind)
      return kindFits && (chats == nil || chats == event.chat.kind)
    case .command(_, let name):
      return event.kind == .message && BotCommand(event.message?.text ?? "")?.name == name.lowercased()
    case .callback(_, let pattern):
      guard event.kind == .callback, let data = event.callback?.data else { return false }
      return pattern.match(data) != nil
    case .every: return false
    }
  }
}
