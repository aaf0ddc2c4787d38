//! Plays one case: each step at its moment of virtual time, and everything that follows from it before the next.
import FlowLoading
import FlowModel
import RuleEngine
import Simulation
import SwitchboardSDK

struct CasePlayer {
  let suite: CaseSuite
  let rehearsal: RuleRehearsal
  /// For `snapshot: true`: what was recorded under the case's name.
  var recorded: [String]?
  var covers = false

  /// Jobs in one case; what takes more goes round in a circle.
  private static let jobsMax = 5_000_000

  func play(_ one: TestCase) async -> CaseResult {
    let began = ContinuousClock.now
    var result = CaseResult(name: one.name, span: one.span, failures: [], story: [], nanoseconds: 0)
    switch suite.file.subject {
    case .rule(let rule): ask(rule, one, &result)
    case .flow:
      guard let flow = suite.flow else { break }
      await play(one, flow, &result)
    }
    let (seconds, attoseconds) = (ContinuousClock.now - began).components
    result.nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    return result
  }

  private func play(_ one: TestCase, _ flow: Flow, _ result: inout CaseResult) async {
    let executor = SeededExecutor(seed: 1)
    let zone = suite.house.zone
    let world = CaseWorld(
      CaseSetting(
        house: suite.house, served: [CaseSetting.Served(flow: flow, source: suite.flowSource)],
        start: one.clock?.moment(in: zone) ?? CaseWorld.standardStart(zone),
        settings: CaseWorld.merged([suite.house.settings, suite.file.settings, one.settings]),
        chats: suite.file.chats, isPaced: suite.file.isPaced, covers: covers), rehearsal: rehearsal)
    let stage = CaseStage(
      world: world, executor: executor, jobsMax: Self.jobsMax, neighbour: suite.neighbour)
    await withTaskGroup(of: Void.self) { group in
      stage.run(&group) { await world.serve() }
      for (index, step) in one.play.enumerated() where stage.failures.isEmpty {
        let next = one.play.indices.contains(index + 1) ? one.play[index + 1] : nil
        stage.perform(step, before: next, &group)
      }
      if stage.failures.isEmpty { stage.end(one, &group) }
      world.crash(at: nil)
      group.cancelAll()
      while executor.runOne() {}
      await group.waitForAll()
    }
    world.takeApart()
    result.failures = stage.failures
    result.story = stage.story
    if covers {
      result.coverage.add(flow, world.probe.hits)
      for asked in world.rules.asked {
        if let source = suite.house.rules[asked.rule] { result.coverage.add(source, asked.trial.lines) }
      }
    }
    guard one.isSnapshot, result.failures.isEmpty else { return }
    if let difference = SnapshotComparison.difference(recorded, result.story) {
      result.failures.append(CaseFailure(one.span, difference.message, notes: difference.notes))
      result.isSnapshotOnly = true
    }
  }

  private func ask(_ rule: String, _ one: TestCase, _ result: inout CaseResult) {
    guard let source = suite.house.rules[rule], let question = one.question else { return }
    let zone = suite.house.zone
    let now = one.clock?.moment(in: zone) ?? CaseWorld.standardStart(zone)
    let trial = rehearsal.judge(
      RuleCall(
        project: suite.house.project, rule: rule, message: question.message, conversation: question.conversation,
        now: now, utcOffsetSeconds: zone(now), seed: 1,
        settings: CaseWorld.merged([suite.house.settings, suite.file.settings, one.settings])), source,
      covers: covers)
    if covers { result.coverage.add(source, trial.lines) }
    result.story = ["decision  \(CaseRules.described(rule, trial))"] + trial.printed.map { "printed   \($0)" }
    for expectation in one.expectations {
      guard case .decision(let pattern) = expectation.body else { continue }
      let mismatches = PatternMatch.mismatches(trial, rule: rule, pattern)
      guard !mismatches.isEmpty else { continue }
      result.failures.append(CaseFailure(expectation.span, "the rule decided otherwise", notes: mismatches))
    }
  }
}

/// Compares what happened with what was recorded.
enum SnapshotComparison {
  static func difference(_ recorded: [String]?, _ story: [String]) -> (message: String, notes: [String])? {
    guard let recorded else {
      return ("there is no snapshot of this case yet", ["record it with: switchboard test --update"])
    }
    guard recorded != story else { return nil }
    let at = zip(recorded, story).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    let line = at ?? min(recorded.count, story.count)
    func shown(_ lines: [String]) -> String { lines.indices.contains(line) ? lines[line] : "(nothing more)" }
    return (
      "the case went otherwise than its snapshot, from line \(line + 1) on",
      ["expected: \(shown(recorded))", "got:      \(shown(story))", "if it is right now: switchboard test --update"]
    )
  }
}
