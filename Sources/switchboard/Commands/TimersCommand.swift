//! `switchboard timers list|cancel|run`: what is to happen later, and who wants it otherwise.
import ArgumentParser
import FlowEngine
import JournalCore
import SwitchboardSDK

struct TimersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timers",
    abstract: "Shows pending timers, cancels one, or makes one due now.",
    discussion: """
      Works on the database, with or without a running engine; a running engine takes a change up within a second.

      Example:  switchboard timers list --project shop
                switchboard timers cancel auto:desk:auto:shop/avito-main/u2i-1
      """,
    subcommands: [List.self, Cancel.self, Run.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Pending timers, earliest first.",
      discussion: "Example:  switchboard timers list --limit 20 --json")
    @OptionGroup var storage: StorageOptions
    @Option(help: "Only of this project.") var project: String?
    @Option(help: "At most so many.") var limit = 100
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
      let timers = try await storage.withJournal { journal in
        try await journal.pendingTimers(project: project, after: nil, limit: max(0, limit))
      }
      if json {
        print(JSON.text(.list(timers.map(RunText.value))))
      } else if timers.isEmpty {
        print("no timer is pending")
      } else {
        for timer in timers { print(RunText.line(timer)) }
      }
    }
  }

  struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes a pending timer away for good.",
      discussion: "Example:  switchboard timers cancel auto:desk:auto:shop/avito-main/u2i-1")
    @OptionGroup var storage: StorageOptions
    @Argument(help: "The timer's key.") var key: String

    func run() async throws {
      let isGone = try await storage.withJournal { try await $0.cancelTimer(key: key) }
      guard isGone else { throw TimersCommand.missing(key) }
      print("timer \(key) is cancelled")
    }
  }

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a pending timer due now; its guards are judged as ever.",
      discussion: "Example:  switchboard timers run auto:desk:auto:shop/avito-main/u2i-1")
    @OptionGroup var storage: StorageOptions
    @Argument(help: "The timer's key.") var key: String

    func run() async throws {
      let isPending = try await storage.withJournal { journal in
        guard try await journal.pendingTimer(key: key) != nil else { return false }
        // One that is due already fires by itself.
        if try await journal.makeTimerDue(key: key, at: SystemClock().now()) {
          try await MendingNote.leave(in: journal)
        }
        return true
      }
      guard isPending else { throw TimersCommand.missing(key) }
      print("timer \(key) is due now")
    }
  }

  private static func missing(_ key: String) -> ExitCode {
    Console.error("no timer \(key) is pending: it has fired, or was cancelled")
    return ExitCode(1)
  }
}
