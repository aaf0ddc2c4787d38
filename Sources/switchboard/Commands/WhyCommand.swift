//! `switchboard why MESSAGE_ID`: what became of one message, and what it waits for.
import ArgumentParser
import JournalCore
import SwitchboardSDK

struct WhyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Tells the story of one message.",
    discussion: """
      A message is named as in the log ('message'), or by the number of one of its runs. Exit 1: it is not known.

      Example:  switchboard why m:8ff34785799e5cbd
                switchboard why 4711 --json
      """)

  @OptionGroup var storage: StorageOptions
  @Argument(help: "The message's id, or the number of a run.") var message: String
  @Flag(help: "Print JSON.") var json = false

  func run() async throws {
    let (stories, oldest) = try await storage.withJournal { journal in
      var events = try await journal.events(externalID: message)
      if events.isEmpty, let id = Int64(message), let run = try await journal.run(id) {
        events = try await [journal.event(run.event)].compactMap { $0 }
      }
      var stories: [MessageStory] = []
      for event in events { stories.append(try await MessageStory.gathered(event, from: journal)) }
      return (stories, try await journal.databaseFacts().oldestEventAt)
    }
    guard !stories.isEmpty else {
      let since = oldest.map { " The oldest that is kept was received at \($0)." } ?? ""
      Console.error(
        "no message \(LogText.escaped(message)): it never came, no flow listens to it, or it has been forgotten."
          + since)
      throw ExitCode(1)
    }
    if json {
      print(JSON.text(.list(stories.map(\.value))))
    } else {
      for line in stories.flatMap(\.sentences) { print(LogText.escaped(line)) }
    }
  }
}
