//! `switchboard runs`: what flows have done and are doing, newest first.
import ArgumentParser
import JournalCore
import SwitchboardSDK

struct RunsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "Lists runs, newest first.",
    discussion: """
      --status takes open, troubled (parked or dead), or names such as queued, running, waiting, parked, done, dead,
      dropped, several with commas. Without it: all. Runs that stand at a 'wait' step are timers: open and waiting show
      them first.

      Example:  switchboard runs --status open --project shop
                switchboard runs --flow desk --limit 20 --json
      """)

  @OptionGroup var storage: StorageOptions
  @Option(help: "Only of this project.") var project: String?
  @Option(help: "Only of this flow.") var flow: String?
  @Option(help: "Only of this lane.") var lane: String?
  @Option(help: "Only with these statuses.") var status: String?
  @Option(help: "Only runs with a smaller number, for the next page.") var before: Int64?
  @Option(help: "At most so many.") var limit = 50
  @Flag(help: "Print JSON.") var json = false

  func validate() throws { _ = try statuses() }

  func run() async throws {
    let filter = RunFilter(project: project, flow: flow, lane: lane, statuses: try statuses())
    let showsWaits = filter.statuses.contains(.waiting) && before == nil
    let (waits, runs) = try await storage.withJournal { journal in
      let prefix = filter.project.map { "wait:\($0):" } ?? "wait:"
      let waits = showsWaits ? try await journal.timers(keyPrefix: prefix, after: "", limit: max(0, limit)) : []
      return (
        waits.filter { (flow == nil || $0.flow == flow) && (lane == nil || $0.lane == lane) },
        try await journal.runs(matching: filter, before: before ?? .max, limit: max(0, limit))
      )
    }
    if json {
      print(JSON.text(.list(waits.map(RunText.value) + runs.map(RunText.value))))
    } else if runs.isEmpty, waits.isEmpty {
      print("no such run")
    } else {
      for wait in waits { print("wait  " + RunText.line(wait)) }
      for run in runs { print(RunText.line(run)) }
    }
  }

  private func statuses() throws -> Set<RunStatus> {
    var statuses: Set<RunStatus> = []
    for word in (status ?? "").split(separator: ",") {
      switch word {
      case "open": statuses.formUnion(RunFilter.openStatuses)
      case "troubled": statuses.formUnion(RunFilter.troubledStatuses)
      default:
        guard let known = RunStatus.allCases.first(where: { "\($0)" == word }) else {
          throw ValidationError("--status cannot be '\(word)'")
        }
        statuses.insert(known)
      }
    }
    return statuses
  }
}
