//! A million pending timers, of which ten thousand come due within a second: how fast they fire, and how late.
import FlowEngine
import FlowLoading
import FlowModel
import Foundation
import JournalSQLite
import Logging
import SwitchboardSDK

struct TimerLoadBench: Sendable {
  static let pending = 1_000_000
  private static let due = 10_000

  func run() async throws -> BenchReport {
    let many = try await measure(pending: Self.pending)
    let few = try await measure(pending: Self.due)
    return BenchReport(
      id: "W6", title: "timers",
      setting: "\(Self.pending) pending timers in SQLite, \(Self.due) of them due within one second; each becomes a "
        + "run that finds its customer answered and ends. The engine's timer service, lanes and journal, here in this "
        + "process",
      figures: [
        BenchFigure(
          "fired", many.rate, "1/s", atLeast: Double(Self.due) * 0.9, peers: "SQLite claimed by 100: 27000–34000"),
        BenchFigure("fired late, median", Percentile.milliseconds(many.lateness, 50), "ms"),
        BenchFigure("fired late, 99th percentile", Percentile.milliseconds(many.lateness, 99), "ms", atMost: 250),
        BenchFigure("99th percentile with no others pending", Percentile.milliseconds(few.lateness, 99), "ms"),
        BenchFigure("CPU, of that with no others pending", many.cost / max(few.cost, 0.001), ""),
        BenchFigure("CPU", many.cost, "µs/timer"),
      ])
  }

  private struct Outcome {
    /// Fired, from the first due moment to the last firing.
    var rate: Double
    /// Sorted nanoseconds.
    var lateness: [Int64]
    /// Processor microseconds a timer, of the whole process.
    var cost: Double
  }

  private func measure(pending: Int) async throws -> Outcome {
    try await BenchFolder.with { folder in
      let flow = try Self.flow()
      let clock = SystemClock()
      let path = folder.appendingPathComponent("bench.db").path
      var fill = HistoryFill(group: "-1", firstChat: 7_000_000, dialogs: 10_000, at: clock.now())
      fill.version = flow.version
      fill.messages = 1
      fill.timers = pending - Self.due
      try fill.write(to: path)
      // The due ones come last, so that their moment is near whatever the filling took.
      fill.messages = 0
      fill.timers = Self.due
      fill.timerName = "soon"
      fill.timersPerSecond = Double(Self.due)
      let firstDue = clock.now().adding(milliseconds: 3_000)
      fill.timersDueAt = firstDue
      fill.timerState = RunState(
        autoReply: DueAutoReply(text: "?", since: Timestamp(milliseconds: 0), dueAt: firstDue)
      ).encoded
      try fill.write(to: path)
      let journal = try SQLiteJournal(path: path)
      let outcome = try await fire(on: journal, flow, clock, firstDue: firstDue)
      await journal.close()
      return outcome
    }
  }

  private func fire(
    on journal: SQLiteJournal, _ flow: Flow, _ clock: SystemClock, firstDue: Timestamp
  ) async throws -> Outcome {
    let engine = Engine(
      journal: journal,
      ports: EnginePorts(
        clock: clock, connections: NoConnections(), rules: NoRules(), flows: NoSources(), random: { 0 }),
      projects: [ProjectFacts(name: "bench", settings: .null, places: [:], utcOffsetSeconds: { _ in 0 })],
      log: Logger(label: "bench", factory: { _ in SwiftLogNoOpLogHandler() }), stopDeadlineMilliseconds: 0)
    engine.flows.publish([flow], project: "bench")
    try await engine.open()
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await engine.run() }
      let processorBefore = ProcessFigures.processorSeconds(getpid())
      var lateness: [Int64] = []
      lateness.reserveCapacity(Self.due)
      var lastAt = clock.now()
      let giveUpAt = firstDue.adding(milliseconds: 60_000)
      while lateness.count < Self.due {
        guard lastAt < giveUpAt else { throw DemoFailure("only \(lateness.count) of \(Self.due) timers fired") }
        try await Task.sleep(for: .milliseconds(2))
        lastAt = clock.now()
        for number in lateness.count..<max(lateness.count, engine.announcer.totals.timersFired) {
          let due = firstDue.adding(milliseconds: Int64(number * 1_000 / Self.due))
          lateness.append(max(0, lastAt.millisecondsSince(due)) * 1_000_000)
        }
      }
      let seconds = Double(lastAt.millisecondsSince(firstDue)) / 1_000
      let cost = (ProcessFigures.processorSeconds(getpid()) - processorBefore) / Double(Self.due) * 1e6
      engine.lanes.stop()
      group.cancelAll()
      return Outcome(rate: Double(Self.due) / seconds, lateness: lateness.sorted(), cost: cost)
    }
  }

  /// One step: a flow with nothing to do but answer late.
  private static func flow() throws(DemoFailure) -> Flow {
    let text = """
      switchboard: 1
      flow: relay
      project: bench
      listen:
        - customer: { connection: source, events: [message] }
      steps:
        - auto_reply: { after: 1h, text: "?" }

      """
    let loaded = FlowLoader.load(
      source: Array(text.utf8), file: "bench.yaml",
      catalogue: Catalogue(project: "bench", connections: ["source": nil], rules: [], settings: .map([:])))
    guard let flow = loaded.content else {
      throw DemoFailure(loaded.diagnostics.map(\.text).joined(separator: "\n"))
    }
    return flow
  }
}

/// The runs of this benchmark end before they would speak, judge or load.
private struct NoConnections: ConnectionsPort {
  func perform(_ action: Action, on connection: String) async throws(ActionError) -> ActionResult {
    throw ActionError(.invalid, "the benchmark has no channel")
  }
  func reconcile(
    _ action: Action, on connection: String, begunAt: Timestamp
  ) async throws(ActionError) -> Reconciliation { .cannotTell }
}

private struct NoRules: RulesPort {
  func judge(_ call: RuleCall) async throws(RuleFailure) -> RuleDecision {
    throw RuleFailure(code: .missing, rule: call.rule, detail: "the benchmark has no rules")
  }
}

private struct NoSources: FlowSourcePort {
  func flow(project: String, file: String, source: String) -> Flow? { nil }
}
