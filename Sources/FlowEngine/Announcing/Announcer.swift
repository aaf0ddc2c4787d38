//! Says what has happened: one log line each, with message, run and lane, and to whoever listens.
import FlowModel
import JournalCore
package import Logging
import SwitchboardSDK
import Synchronization

package final class Announcer: Sendable {
  private let log: Logger
  private let listener: @Sendable (RunNotice) -> Void
  private let counters = Mutex(Counters())
  package let journalCondition = JournalCondition()

  /// What has happened since the start; `/health` shows it.
  package struct Counters: Sendable {
    package var finished = 0
    package var calls = 0
    package var failedCalls = 0
    package var ruleFailures = 0
    package var parked = 0
    package var timersFired = 0
    /// Of all of them together.
    package var timersLateMilliseconds: Int64 = 0
    /// By project.
    package var latencies: [String: LatencyHistogram] = [:]
  }

  package init(log: Logger, listener: @escaping @Sendable (RunNotice) -> Void = { _ in }) {
    self.log = log
    self.listener = listener
  }

  package var totals: Counters { counters.withLock { $0 } }

  func tell(_ run: LiveRun, _ what: RunNotice.What) {
    listener(RunNotice(run: run.id, message: run.content.externalID, lane: run.lane, flow: run.flow, what: what))
    switch what {
    case .called(let step, let action, let connection, let attempt, let error):
      counters.withLock {
        $0.calls += 1
        if error != nil { $0.failedCalls += 1 }
      }
      if let error {
        log.warning(
          "\(action) on \(connection) at step \(step) failed, attempt \(attempt): \(error)", metadata: metadata(run))
      } else {
        log.debug("\(action) on \(connection) at step \(step)", metadata: metadata(run))
      }
    case .timerStarted(let step, let dueAt):
      log.debug("timer of step \(step) due at \(dueAt)", metadata: metadata(run))
    case .waiting(let moment, let reason):
      log.info("waits until \(moment): \(reason)", metadata: metadata(run))
    case .parked(let reason):
      counters.withLock { $0.parked += 1 }
      log.error("parked, the lane waits for a person: \(reason)", metadata: metadata(run))
    case .finished(let outcome):
      counters.withLock { $0.finished += 1 }
      log.info("\(outcome)", metadata: metadata(run))
    }
  }

  func called(_ run: LiveRun, _ call: OutgoingCall, _ outcome: CallOutcome) {
    var text: String?
    if case .failed(let error) = outcome { text = "\(error.code.rawValue): \(error.detail)" }
    tell(
      run,
      .called(
        step: call.step, action: call.action.name, connection: call.connection, attempt: call.attempt, error: text))
  }

  func recovered(_ run: LiveRun, sequence: Int, _ outcome: CallOutcome) {
    switch outcome {
    case .sent: log.notice("call \(sequence) had reached the channel before the stop", metadata: metadata(run))
    case .failed(let error):
      log.notice(
        "call \(sequence) broken off by the stop: \(error.code.rawValue), \(error.detail)", metadata: metadata(run))
    }
  }

  func timerFired(lateMilliseconds: Int64) {
    counters.withLock {
      $0.timersFired += 1
      $0.timersLateMilliseconds += max(0, lateMilliseconds)
    }
  }

  /// A run that its own event began has delivered something and is over.
  func delivered(_ run: LiveRun, afterMilliseconds: Int64) {
    counters.withLock { $0.latencies[run.project, default: LatencyHistogram()].add(milliseconds: afterMilliseconds) }
  }

  func ruleFailed(_ run: LiveRun, _ failure: RuleFailure) {
    counters.withLock { $0.ruleFailures += 1 }
    let place = failure.line.map { "\(failure.rule):\($0)" } ?? failure.rule
    log.warning("rule \(place) gave no decision (\(failure.code.rawValue)): \(failure.detail)", metadata: metadata(run))
  }

  func started(_ taken: Recovery.Taken) {
    guard taken.runs > 0 else { return }
    log.notice("took up \(taken.runs) open runs, \(taken.parked) of them parked")
  }

  func tookUpLate(_ count: Int) {
    log.warning("\(count) open runs were in no lane: taken up now")
  }

  func joined(_ node: NodeIdentity, _ number: NodeNumber) {
    log.notice("joined as node '\(node.name)', number \(number)")
  }

  func fenced(_ number: NodeNumber?, _ reason: String) {
    log.error("node \(number.map(String.init) ?? "without a number") holds nothing any more: \(reason); joining anew")
  }

  func holds(partitions: Int, connections: [String], liveNodes: [String]) {
    let names = connections.sorted().joined(separator: ", ")
    log.notice("holds \(partitions) partitions, receives for [\(names)], \(liveNodes.count) nodes alive")
  }

  func damaged(run: RunID, lane: String) {
    log.error("the stored run cannot be read", metadata: ["run": "\(run)", "lane": "\(lane)"])
  }

  func journalTrouble(_ error: JournalError) {
    journalCondition.refused(error)
    log.error("the journal is in trouble (\(error.code.rawValue)): \(error.detail); trying again")
  }

  private func metadata(_ run: LiveRun) -> Logger.Metadata {
    [
      "message": "\(run.content.externalID)", "run": "\(run.id)", "lane": "\(run.lane)", "flow": "\(run.flow)",
      "connection": "\(run.connection)",
    ]
  }
}
