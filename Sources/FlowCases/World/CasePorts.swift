//! Channels, rules and flows as the engine of a case reaches them. A call of a dead engine reaches nobody.
import FlowEngine
import FlowLoading
import FlowModel
import RuleEngine
import Simulation
import SwitchboardSDK

struct CaseConnections: ConnectionsPort {
  let life: NodeLife
  let channels: CaseChannels
  let crashes: CaseCrashes

  func perform(_ action: Action, on connection: String) async throws(ActionError) -> ActionResult {
    guard life.isAlive else { throw Self.brokenOff }
    await Task.yield()
    if action.name == "send" { crashes.reach(.beforeSend, life, connection: connection) }
    guard life.isAlive, !Task.isCancelled else { throw Self.brokenOff }
    let fault = channels.fault(for: action, on: connection)
    if let fault, !fault.isDone {
      channels.refused(action, on: connection, fault.error)
      throw fault.error
    }
    let result: ActionResult
    do throws(ActionError) { result = try channels.deed(action, on: connection) } catch {
      channels.refused(action, on: connection, error)
      throw error
    }
    if action.name == "send" { crashes.reach(.afterSend, life, connection: connection) }
    guard life.isAlive, !Task.isCancelled else { throw Self.brokenOff }
    if let fault { throw fault.error }
    return result
  }

  func reconcile(_ action: Action, on connection: String, begunAt: Timestamp) async throws(ActionError)
    -> Reconciliation
  {
    guard life.isAlive else { throw Self.brokenOff }
    return channels.reconcile(action, on: connection)
  }

  private static var brokenOff: ActionError { ActionError(.unknown, "broken off on the way") }
}

/// Asks the rules of the project, each call at once: the thread of the case waits for the Lua thread.
// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class CaseRules: RulesPort, @unchecked Sendable {
  struct Asked {
    var elapsed: Int64
    var rule: String
    /// Of the message that it was asked about.
    var messageID: String
    var trial: RuleRehearsal.Trial
  }

  private let rehearsal: RuleRehearsal
  private let covers: Bool
  private let sources: [String: RuleSource]
  private let clock: CaseClock
  private let story: CaseStory
  private(set) var asked: [Asked] = []

  init(
    rehearsal: RuleRehearsal, covers: Bool, sources: [String: RuleSource], clock: CaseClock, story: CaseStory
  ) {
    self.rehearsal = rehearsal
    self.covers = covers
    self.sources = sources
    self.clock = clock
    self.story = story
  }

  func judge(_ call: RuleCall) async throws(RuleFailure) -> RuleDecision {
    guard let source = sources[call.rule] else {
      throw RuleFailure(code: .missing, rule: call.rule, detail: "there is no rule '\(call.rule)'")
    }
    let trial = rehearsal.judge(call, source, covers: covers)
    asked.append(
      Asked(
        elapsed: clock.elapsed, rule: call.rule, messageID: call.message["id"].textValue ?? "", trial: trial))
    story.tell("decision", Self.described(call.rule, trial))
    return try trial.result.get()
  }

  static func described(_ rule: String, _ trial: RuleRehearsal.Trial) -> String {
    switch trial.result {
    case .success(let decision):
      var text = "\(rule): \(decision.action)"
      if let reply = decision.reply { text += " \(CaseStory.quoted(reply))" }
      if let route = decision.route { text += " to \(route)" }
      if let reason = decision.reason { text += " because \(CaseStory.quoted(reason))" }
      return decision.tags.isEmpty ? text : text + " tags: \(decision.tags.joined(separator: ", "))"
    case .failure(let failure):
      let place = failure.line.map { "\(rule):\($0)" } ?? rule
      return "\(place) failed, \(failure.code.rawValue): \(failure.detail)"
    }
  }
}

/// Reads versions that the case published before.
struct CaseFlowSources: FlowSourcePort {
  let catalogue: Catalogue

  func flow(project: String, file: String, source: String) -> Flow? {
    FlowLoader.load(source: Array(source.utf8), file: file, catalogue: catalogue).content
  }
}
