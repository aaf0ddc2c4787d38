//! Channels, rules and old flows as one node reaches them. A call of a dead node reaches nobody any more.
import FlowEngine
import FlowModel
import SwitchboardSDK

struct NodeConnections: ConnectionsPort {
  let life: NodeLife
  let channels: SimulatedChannels
  let witness: Witness
  let crashes: CrashPlan
  /// Where calls are on their way, whatever becomes of the machine that made them. Nil in a world with only one.
  var network: SeededExecutor?

  func perform(_ action: Action, on connection: String) async throws(ActionError) -> ActionResult {
    guard life.isAlive, !witness.isTooLate(action, life) else { throw Self.brokenOff }
    guard let key = witness.calling(action, on: connection, life) else { throw ActionError(.invalid, "no key") }
    let result = try await onTheWay { () async throws(ActionError) in
      defer { witness.called(key, life) }
      return try await perform(action, on: connection, key)
    }
    guard life.isAlive, !Task.isCancelled else { throw Self.brokenOff }
    return result
  }

  private func perform(
    _ action: Action, on connection: String, _ key: CallKey
  ) async throws(ActionError) -> ActionResult {
    if network == nil { await channels.travel() } else { await channels.travelNear() }
    crashes.reach(.beforeDeed, life)
    guard life.isAlive, !Task.isCancelled else { throw Self.brokenOff }
    let fate = channels.fate(of: action, on: connection)
    switch fate {
    case .refused(let error): throw error
    case .lostUntold: throw ActionError(.unknown, "connection reset")
    case .done, .doneUntold: break
    }
    witness.performing(action, on: connection, key: key)
    let result = channels.deed(action, on: connection, key: key)
    crashes.reach(.afterDeed, life)
    await channels.travel()
    guard life.isAlive, !Task.isCancelled else { throw Self.brokenOff }
    if case .doneUntold = fate { throw ActionError(.unknown, "no answer") }
    return result
  }

  func reconcile(_ action: Action, on connection: String, begunAt: Timestamp) async throws(ActionError)
    -> Reconciliation
  {
    guard life.isAlive else { throw Self.brokenOff }
    return try await onTheWay { () async throws(ActionError) in
      await channels.travel()
      guard life.isAlive, !Task.isCancelled else { throw Self.brokenOff }
      return try channels.reconcile(action, on: connection)
    }
  }

  private func onTheWay<Answer: Sendable>(
    _ work: () async throws(ActionError) -> Answer
  ) async throws(ActionError) -> Answer {
    guard let network else { return try await work() }
    return try await withTaskExecutorPreference(network) { () async throws(ActionError) in try await work() }
  }

  private static var brokenOff: ActionError { ActionError(.unknown, "broken off on the way") }
}

/// A rule is slow or fails now and then; what it decides depends on the message alone.
struct NodeRules: RulesPort {
  let time: VirtualTime
  let chance: Chance
  let weather: RuleWeather

  func judge(_ call: RuleCall) async throws(RuleFailure) -> RuleDecision {
    guard weather.troublePercent > 0 else { return RuleDecision(action: "pass", version: "v") }
    if chance.percent(weather.troublePercent) { await time.sleep(chance.milliseconds(1...150)) }
    if chance.percent(weather.troublePercent) {
      throw RuleFailure(code: chance.percent(50) ? .time : .failed, rule: call.rule, detail: "simulated")
    }
    return RuleDecision(action: "pass", version: "v")
  }
}

// Touched only by jobs of one `SeededExecutor`, which runs them one at a time on one thread.
final class RuleWeather: @unchecked Sendable {
  var troublePercent: Int
  init(troublePercent: Int) { self.troublePercent = troublePercent }
}

/// Reads an old version again: its source is its name.
struct NodeFlowSources: FlowSourcePort {
  let projects: [SimulatedProject]
  let plan: SimulationPlan

  func flow(project: String, file: String, source: String) -> Flow? {
    guard let found = projects.first(where: { $0.name == project }) else { return nil }
    return SimulatedFlows.all(found, version: source, plan: plan).first { $0.name == file }
  }
}
