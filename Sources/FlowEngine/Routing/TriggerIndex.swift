//! Room 2 of 8, Routing. Event -> [Match]. Next: Intake/Intake.swift stores both; then Judging/RunWorker.swift.
import FlowModel
import SwitchboardSDK

/// A flow that an event starts.
struct Match: Sendable {
  var program: Program
  var trigger: Trigger
}

/// A flow that time starts.
struct Schedule: Sendable {
  enum Beat: Sendable {
    case every(milliseconds: Int64)
    case cron(Cron, zone: String?, missed: Trigger.MissedPolicy)
  }
  var program: Program
  var trigger: Trigger
  var beat: Beat
}

/// Finds the flows whose triggers fit an event. Pure; made anew when flows are published.
struct TriggerIndex: Sendable {
  /// By connection; under nil, triggers of any connection of their project.
  private var byConnection: [String?: [Match]] = [:]
  /// By topic: what flows of the project emit.
  private var byTopic: [String: [Match]] = [:]
  let schedules: [Schedule]

  init(programs: [Program]) {
    var schedules: [Schedule] = []
    for program in programs.sorted(by: { ($0.flow.project, $0.flow.name) < ($1.flow.project, $1.flow.name) }) {
      for trigger in program.flow.triggers {
        switch trigger.source {
        case .events(let connection, _, _):
          byConnection[connection, default: []].append(Match(program: program, trigger: trigger))
        case .command(let connection, _), .callback(let connection, _):
          byConnection[connection, default: []].append(Match(program: program, trigger: trigger))
        case .topic(nil, let name): byTopic[name, default: []].append(Match(program: program, trigger: trigger))
        case .topic(let connection, _):
          byConnection[connection, default: []].append(Match(program: program, trigger: trigger))
        case .every(let milliseconds):
          schedules.append(Schedule(program: program, trigger: trigger, beat: .every(milliseconds: milliseconds)))
        case .cron(let cron, let zone, let missed):
          schedules.append(
            Schedule(program: program, trigger: trigger, beat: .cron(cron, zone: zone, missed: missed)))
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

  /// At most one match a flow.
  func listeners(to topic: String, project: String) -> [Match] {
    var found: [Match] = []
    for match in byTopic[topic] ?? [] where match.program.flow.project == project {
      if !found.contains(where: { $0.program.flow.name == match.program.flow.name }) { found.append(match) }
    }
    return found
  }

  private static func rank(_ trigger: Trigger) -> Int {
    switch trigger.source {
    case .command, .callback, .topic: 0
    case .events, .every, .cron: 1
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
    case .topic(_, let name): return event.details["topic"].textValue == name
    case .every, .cron: return false
    }
  }
}
