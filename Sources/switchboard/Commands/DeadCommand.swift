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
        throw ValidationError("no database at \(database): give --database")
      }
      do throws(JournalError) { return try SQLiteJournal(path: database) } catch {
        Console.error("\(error.code.rawValue): \(error.detail)")
        throw ExitCode(2)
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "All of them, newest last.")
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
        for run in runs { print("\(run.id)  \(run.at)  \(run.status)  \(run.flow)  \(run.lane)  \(run.outcome)") }
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One run with its message and its calls.")
    @OptionGroup var options: Options
    @Argument(help: "The run's number.") var run: Int64

    func run() async throws {
      let journal = try options.journal()
      let stored = try await journal.run(run)
      let deliveries = try await journal.deliveries(of: run)
      await journal.close()
      guard let stored else {
        Console.error("no run \(run)")
        throw ExitCode(1)
      }
      print("run \(stored.id) of flow \(stored.flow), version \(stored.version): \(stored.status)")
      print("lane \(stored.lane), message \(stored.externalID), received \(stored.receivedAt)")
      print("outcome: \(stored.outcome ?? "-")")
      let event = (try? JSON.parse(stored.payload)) ?? .null
      print("text: \(LogText.escaped(event["message"]["text"].textValue ?? "-"))")
      for delivery in deliveries {
        let ids = delivery.remoteIDs.joined(separator: ",")
        print(
          "  call \(delivery.sequence) at step \(delivery.step) on \(delivery.connection): \(delivery.state), "
            + "attempt \(delivery.attempt) \(ids) \(LogText.escaped(delivery.error ?? ""))"
        )
      }
    }
  }

  struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Another try, in its place in the lane.")
    @OptionGroup var options: Options
    @Argument(help: "The run's number.") var run: Int64

    func run() async throws {
      try await DeadCommand.mend(run, options) { (journal: SQLiteJournal) in try await journal.retryRun(run) }
      print("run \(run) is queued again")
    }
  }

  struct Drop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Gives it up for good; the lane goes on behind it.")
    @OptionGroup var options: Options
    @Argument(help: "The run's number.") var run: Int64
    @Flag(help: "Really drop it.") var yes = false

    func run() async throws {
      guard yes else { throw ValidationError("dropping loses the message: repeat with --yes") }
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

  private static func value(_ run: TroubledRun) -> Value {
    [
      "run": .int(run.id), "at": .text(run.at.description), "status": .text("\(run.status)"), "flow": .text(run.flow),
      "project": .text(run.project), "lane": .text(run.lane), "outcome": .text(run.outcome),
    ]
  }
}
