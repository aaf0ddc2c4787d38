//! What `/metrics` tells: numbers of this process and of the journal. Labels are names of the configuration and
//! versions in force; never a chat, a lane or a person, so that their number stays small and no secret is among them.
import FlowEngine
import Gateway
import JournalCore
import PluginHost
import RuleEngine
import SwitchboardSDK

struct MetricsReport: Sendable {
  let engine: Engine
  let publisher: Publisher
  let connections: [ConnectionStatus]
  let rules: [RuleCondition]
  let counts: JournalCounts?
  let nodes: [NodePublication]
  /// Transactions and the writes they carried, where the store tells.
  let commits: (transactions: Int, writes: Int)?
  let uptimeMilliseconds: Int64

  var text: String {
    var metrics = MetricsText()
    metrics.add(
      "switchboard_build_info", .gauge, "The program's version.", [([("version", ProgramVersion.text)], 1)])
    metrics.add(
      "switchboard_uptime_seconds", .gauge, "Since the start.", [([], Double(uptimeMilliseconds) / 1_000)])
    addPublications(to: &metrics)
    addWork(to: &metrics)
    metrics.addRules(rules)
    addJournal(to: &metrics)
    metrics.add(
      "switchboard_connection_state", .gauge, "1 for the state that a connection is in.",
      connections.map { ([("project", $0.project), ("connection", $0.connection), ("state", $0.state.rawValue)], 1) })
    metrics.add(
      "switchboard_connection_degraded", .gauge, "1 while a connection receives and its channel does not answer.",
      connections.map {
        ([("project", $0.project), ("connection", $0.connection)], $0.state == .degraded ? 1 : 0)
      })
    return metrics.text
  }

  private func addPublications(to metrics: inout MetricsText) {
    let serving = engine.flows.publications.values.sorted { $0.project < $1.project }
    metrics.add(
      "switchboard_publication_info", .gauge, "What serves: the project's publication by number and content hash.",
      serving.map { ([("project", $0.project), ("hash", $0.hash), ("version", String($0.number))], 1) })
    metrics.add(
      "switchboard_publication_timestamp_seconds", .gauge, "When it was published.",
      serving.map { ([("project", $0.project)], Double($0.at.milliseconds) / 1_000) })
    metrics.add(
      "switchboard_publication_node", .gauge, "The number of the publication that each living node serves.",
      nodes.map { ([("project", $0.project), ("node", $0.node)], Double($0.number)) })
    metrics.add(
      "switchboard_part_info", .gauge, "Flows and rules in force, with their versions.",
      serving.flatMap { one in
        one.parts.map {
          (
            [("project", one.project), ("kind", $0.kind.rawValue), ("name", $0.name), ("version", $0.version)]
              as MetricsText.Labels, 1
          )
        }
      })
    metrics.add(
      "switchboard_publication_rolled_back", .gauge, "Parts that were rolled back from their files.",
      serving.map { ([("project", $0.project)], Double($0.holds.count)) })
    let watched = serving.map { ($0.project, publisher.watch($0.project)) }
    metrics.add(
      "switchboard_publication_files_differ", .gauge, "1 when the files on the disk are not what serves.",
      watched.map { ([("project", $0.0)], $0.1.filesDiffer ? 1 : 0) })
    metrics.add(
      "switchboard_publication_refused", .gauge, "1 when the last attempt to publish was refused.",
      watched.map { ([("project", $0.0)], $0.1.refusal == nil ? 0 : 1) })
  }

  private func addWork(to metrics: inout MetricsText) {
    let totals = engine.announcer.totals
    metrics.add("switchboard_runs_finished_total", .counter, "Runs that ended, dropped ones too.", totals.finished)
    metrics.add("switchboard_calls_total", .counter, "Calls to channels, repeated ones too.", totals.calls)
    metrics.add("switchboard_calls_failed_total", .counter, "Calls that failed.", totals.failedCalls)
    metrics.add("switchboard_rule_failures_total", .counter, "Rules that gave no decision.", totals.ruleFailures)
    metrics.add("switchboard_runs_parked_total", .counter, "Runs that came to wait for a person.", totals.parked)
    metrics.add("switchboard_timers_fired_total", .counter, "Timers that fired.", totals.timersFired)
    metrics.add(
      "switchboard_timers_late_seconds_total", .counter, "How late they fired, together.",
      [([], Double(totals.timersLateMilliseconds) / 1_000)])
    metrics.add(
      "switchboard_delivery_seconds", "From an event's arrival to the end of a run that delivered something.",
      totals.latencies.sorted { $0.key < $1.key }.map {
        MetricsText.Histogram(
          labels: [("project", $0.key)], bounds: LatencyHistogram.bounds.map { Double($0) / 1_000 },
          counts: $0.value.counts, sum: Double($0.value.sumMilliseconds) / 1_000)
      })
    addLanes(to: &metrics)
  }

  private func addLanes(to metrics: inout MetricsText) {
    let loads = engine.lanes.loads.sorted { $0.key < $1.key }
    func byProject(_ name: String, _ help: String, _ count: (Lanes.Load) -> Int) {
      metrics.add(name, .gauge, help, loads.map { ([("project", $0.key)], Double(count($0.value))) })
    }
    metrics.add(
      "switchboard_lanes", .gauge, "Conversations with work in hand.", loads.reduce(0) { $0 + $1.value.lanes })
    metrics.add(
      "switchboard_lanes_parked", .gauge, "Conversations that wait for a person.",
      loads.reduce(0) { $0 + $1.value.parked })
    byProject("switchboard_queued_runs", "Runs in conversations' queues, those at work included.") { $0.runs }
    byProject("switchboard_lanes_waiting", "Conversations that wait for their project's turn.") { $0.waiting }
  }

  private func addJournal(to metrics: inout MetricsText) {
    metrics.add("switchboard_journal_up", .gauge, "Whether the journal answered just now.", counts == nil ? 0 : 1)
    if let commits {
      metrics.add(
        "switchboard_journal_commits_total", .counter, "Transactions, each with one fsync.", commits.transactions)
      metrics.add("switchboard_journal_writes_total", .counter, "Writes that they carried.", commits.writes)
    }
    guard let counts else { return }
    metrics.add("switchboard_events", .gauge, "Events stored.", counts.events)
    metrics.add("switchboard_open_runs", .gauge, "Runs not ended: queued, under way, waiting, parked.", counts.openRuns)
    metrics.add("switchboard_parked_runs", .gauge, "Runs that wait for a person.", counts.parkedRuns)
    metrics.add("switchboard_dead_runs", .gauge, "Runs given up.", counts.deadRuns)
    metrics.add("switchboard_pending_timers", .gauge, "Timers to come.", counts.pendingTimers)
    metrics.add(
      "switchboard_unknown_deliveries", .gauge, "Calls of which nobody can say whether they took place.",
      counts.unknownDeliveries)
  }
}
