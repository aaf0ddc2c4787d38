//! `switchboard lanes list|show`: conversations with work before them, and what each waits for.
import ArgumentParser
import JournalCore
import SwitchboardSDK

struct LanesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lanes",
    abstract: "Shows the lanes with open runs, and why each waits.",
    discussion: """
      A lane is one conversation; its runs are handled one behind the other. What holds one up is mended with
      'switchboard dead'.

      Example:  switchboard lanes
                switchboard lanes show shop/avito-main/u2i-1
      """,
    subcommands: [List.self, Show.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lanes in the order of their oldest runs.",
      discussion: "Example:  switchboard lanes list --project shop --json")
    @OptionGroup var storage: StorageOptions
    @Option(help: "Only of this project.") var project: String?
    @Option(help: "At most so many.") var limit = 100
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let lanes = try await storage.withJournal { journal in
        try await journal.openLanes(project: project, after: 0, limit: max(0, limit))
      }
      if json {
        print(JSON.text(.list(lanes.map(RunText.value))))
      } else if lanes.isEmpty {
        print("no lane has work before it")
      } else {
        for lane in lanes { print(RunText.line(lane)) }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The open runs of one lane, in their order.",
      discussion: "Example:  switchboard lanes show shop/avito-main/u2i-1 --json")
    @OptionGroup var storage: StorageOptions
    @Argument(help: "The lane.") var lane: String
    @Option(help: "At most so many.") var limit = 100
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let runs = try await storage.withJournal { journal in
        try await journal.runs(
          matching: RunFilter(lane: lane, statuses: RunFilter.openStatuses), before: .max, limit: .max)
      }
      let shown = runs.reversed().prefix(max(0, limit))
      if json {
        print(JSON.text(.list(shown.map(RunText.value))))
      } else if shown.isEmpty {
        print("nothing is open in lane \(LogText.escaped(lane))")
      } else {
        for (place, run) in shown.enumerated() {
          print(RunText.line(run))
          if place == 0 { print(LogText.escaped("  \(RunText.wait(run))")) }
        }
      }
    }
  }
}
