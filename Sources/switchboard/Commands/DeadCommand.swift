//! `switchboard dead list|show|retry|drop`: messages that wait for a person (requirement T13).
import ArgumentParser
import FlowEngine
import JournalCore
import SwitchboardSDK

struct DeadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dead",
    abstract: "Shows parked and given-up messages, and mends them.",
    discussion: """
      Works on the database, with or without a running engine; a running engine takes up what was mended within a
      second.

      Example:  switchboard dead list
                switchboard dead retry 4711 --database var/switchboard.db
      """,
    subcommands: [List.self, Show.self, Retry.self, Drop.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "All of them, newest last.",
      discussion: "Example:  switchboard dead list --json")
    @OptionGroup var storage: StorageOptions
    @Option(help: "At most so many.") var limit = 100
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let runs = try await storage.withJournal { try await $0.troubledRuns(limit: max(0, limit)) }
      if json {
        print(JSON.text(.list(runs.map(DeadCommand.value))))
      } else if runs.isEmpty {
        print("nothing waits for a person")
      } else {
        for run in runs {
          print(LogText.escaped("\(run.id)  \(run.at)  \(run.status)  \(run.flow)  \(run.lane)  \(run.outcome)"))
        }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "One run with its message and its calls.",
      discussion: "Example:  switchboard dead show 4711 --json")
    @OptionGroup var storage: StorageOptions
    @Argument(help: "The run's number.") var run: Int64
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let (stored, deliveries) = try await storage.withJournal { journal in
        (try await journal.run(run), try await journal.deliveries(of: run))
      }
      guard let stored else {
        Console.error("no run \(run)")
        throw ExitCode(1)
      }
      if json {
        print(JSON.text(DeadCommand.value(stored, deliveries)))
      } else {
        for line in DeadCommand.lines(stored, deliveries) { print(LogText.escaped(line)) }
      }
    }
  }

  /// Which runs a command mends.
  struct Choice: ParsableArguments {
    @Argument(help: "The runs' numbers.") var runs: [Int64] = []
    @Option(help: "Instead: every parked and dead run of this lane, in its order.") var lane: String?

    func validate() throws {
      guard runs.isEmpty != (lane == nil) else { throw ValidationError("give runs, or --lane LANE") }
    }

    /// In the lanes' order, which is that of the numbers.
    func ids(in journal: any JournalAdministration) async throws -> [Int64] {
      guard let lane else { return Set(runs).sorted() }
      let filter = RunFilter(lane: lane, statuses: RunFilter.troubledStatuses)
      return try await journal.runs(matching: filter, before: .max, limit: .max).map(\.id).reversed()
    }
  }

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Another try, each in its place in the lane.",
      discussion: """
        Example:  switchboard dead retry 4711
                  switchboard dead retry --lane shop/avito-main/u2i-1
        """)
    @OptionGroup var storage: StorageOptions
    @OptionGroup var choice: Choice

    func run() async throws {
      try await DeadCommand.mend(choice, storage, done: "is queued again") { try await $0.retryRun($1) }
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Gives it up for good; the lane goes on behind it.",
      discussion: "Example:  switchboard dead drop 4711 --yes")
    @OptionGroup var storage: StorageOptions
    @OptionGroup var choice: Choice
    @Flag(help: "Really drop it.") var yes = false

    func run() async throws {
      guard yes else { throw StartupFailure("dropping loses the message: repeat with --yes") }
      try await DeadCommand.mend(choice, storage, done: "is dropped") { try await $0.dropRun($1) }
    }
  }

  private static func mend(
    _ choice: Choice, _ storage: StorageOptions, done: String,
    _ change: @Sendable (any JournalAdministration, Int64) async throws -> Bool
  ) async throws {
    let results = try await storage.withJournal { journal in
      var results: [(run: Int64, isMended: Bool)] = []
      for run in try await choice.ids(in: journal) { results.append((run, try await change(journal, run))) }
      let mended = results.filter(\.isMended).map(\.run)
      // Word for a running engine.
      if !mended.isEmpty { try await MendingNote.leave(in: journal, runs: mended) }
      return results
    }
    for result in results where result.isMended { print("run \(result.run) \(done)") }
    for result in results where !result.isMended { Console.error("run \(result.run) does not wait for a person") }
    if results.isEmpty { Console.error("nothing in this lane waits for a person") }
    guard !results.isEmpty, results.allSatisfy(\.isMended) else { throw ExitCode(1) }
  }

  private static func lines(_ run: StoredRun, _ deliveries: [StoredDelivery]) -> [String] {
    let event = (try? JSON.parse(run.payload)) ?? .null
    let calls = deliveries.map { call in
      "  call \(call.sequence) at step \(call.step) on \(call.connection): \(call.state), attempt \(call.attempt) "
        + call.remoteIDs.joined(separator: ",") + " " + (call.error ?? "")
    }
    return [
      "run \(run.id) of flow \(run.flow), version \(run.version): \(run.status)",
      "lane \(run.lane), message \(run.externalID), received \(run.receivedAt)",
      "outcome: \(run.outcome ?? "-")", "text: \(event["message"]["text"].textValue ?? "-")",
    ] + calls
  }

  private static func value(_ run: StoredRun, _ deliveries: [StoredDelivery]) -> Value {
    [
      "run": .int(run.id), "flow": .text(run.flow), "version": .text(run.version), "status": .text("\(run.status)"),
      "lane": .text(run.lane), "message": .text(run.externalID), "received_at": .text(run.receivedAt.description),
      "outcome": run.outcome.map(Value.text) ?? .null, "event": (try? JSON.parse(run.payload)) ?? .null,
      "calls": .list(deliveries.map(RunText.value)),
    ]
  }

  private static func value(_ run: TroubledRun) -> Value {
    [
      "run": .int(run.id), "at": .text(run.at.description), "status": .text("\(run.status)"), "flow": .text(run.flow),
      "project": .text(run.project), "lane": .text(run.lane), "outcome": .text(run.outcome),
    ]
  }
}
