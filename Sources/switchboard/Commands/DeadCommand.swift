//! `switchboard dead list|show|retry|drop`: messages that wait for a person (requirement T13).
import ArgumentParser
import FlowEngine
import FlowModel
import Foundation
import JournalCore
import JournalSQLite
import SwitchboardSDK

struct DeadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dead",
    abstract: "Shows parked and given-up messages, and mends them.",
    discussion: """
      Works on the database, with or without a running engine; a running engine takes up what was mended within a
      second.

      Example:  switchboard dead list --database var/switchboard.db
                switchboard dead retry 4711 --database var/switchboard.db
      """,
    subcommands: [List.self, Show.self, Retry.self, Drop.self])

  struct Options: ParsableArguments {
    @Option(help: "The SQLite file of the engine.")
    var database = "var/switchboard.db"

    func journal() throws -> SQLiteJournal {
      guard FileManager.default.fileExists(atPath: database) else {
        throw StartupFailure("no database at \(database): give --database")
      }
      do throws(JournalError) { return try SQLiteJournal(path: database) } catch {
        throw StartupFailure("\(error.code.rawValue): \(error.detail)")
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "All of them, newest last.",
      discussion: "Example:  switchboard dead list --json")
    @OptionGroup var options: Options
    @Option(help: "At most so many.") var limit = 100
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let journal = try options.journal()
      let runs = try await journal.troubledRuns(limit: max(0, limit))
      await journal.close()
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
    @OptionGroup var options: Options
    @Argument(help: "The run's number.") var run: Int64
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let journal = try options.journal()
      let stored = try await journal.run(run)
      let deliveries = try await journal.deliveries(of: run)
      await journal.close()
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

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Another try, in its place in the lane.",
      discussion: "Example:  switchboard dead retry 4711")
    @OptionGroup var options: Options
    @Argument(help: "The run's number.") var run: Int64

    func run() async throws {
      try await DeadCommand.mend(run, options) { (journal: SQLiteJournal) in try await journal.retryRun(run) }
      print("run \(run) is queued again")
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Gives it up for good; the lane goes on behind it.",
      discussion: "Example:  switchboard dead drop 4711 --yes")
    @OptionGroup var options: Options
    @Argument(help: "The run's number.") var run: Int64
    @Flag(help: "Really drop it.") var yes = false

    func run() async throws {
      guard yes else { throw StartupFailure("dropping loses the message: repeat with --yes") }
      try await DeadCommand.mend(run, options) { (journal: SQLiteJournal) in try await journal.dropRun(run) }
      print("run \(run) is dropped")
    }
  }

  private static func mend(
    _ run: Int64, _ options: Options, _ change: (SQLiteJournal) async throws -> Bool
  ) async throws {
    let journal = try options.journal()
    let isMended = try await change(journal)
    if isMended {
      // Word for a running engine.
      let note = try await journal.connectionValue(connection: MendingNote.connection, key: MendingNote.key)
      try await journal.setConnectionValue(
        connection: MendingNote.connection, key: MendingNote.key, value: MendingNote.adding(run: run, to: note))
    }
    await journal.close()
    guard isMended else {
      Console.error("run \(run) does not wait for a person")
      throw ExitCode(1)
    }
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
      "calls": .list(
        deliveries.map { call in
          [
            "sequence": .int(Int64(call.sequence)), "step": .text(call.step), "connection": .text(call.connection),
            "state": .text("\(call.state)"), "attempt": .int(Int64(call.attempt)),
            "remote_ids": .list(call.remoteIDs.map(Value.text)), "error": call.error.map(Value.text) ?? .null,
          ]
        }),
    ]
  }

  private static func value(_ run: TroubledRun) -> Value {
    [
      "run": .int(run.id), "at": .text(run.at.description), "status": .text("\(run.status)"), "flow": .text(run.flow),
      "project": .text(run.project), "lane": .text(run.lane), "outcome": .text(run.outcome),
    ]
  }
}
