//! `switchboard replay MESSAGE_ID --dry-run`: what would be decided and sent if the message came now.
import ArgumentParser
import FlowCases
import FlowLoading
import JournalCore
import SwitchboardSDK

struct ReplayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Tells what would be decided and sent for a message, in a dry run.",
    discussion: """
      The conversation is played from its first kept message up to this one, offline and on a virtual clock, through
      what serves now (or through the files); the story begins with the message. Nothing is sent, the journal is only
      read. To have a parked or dead run done again for real: switchboard dead retry.

      Exit 1: the message is not known.

      Example:  switchboard replay m:8ff34785799e5cbd --dry-run
                switchboard replay m:8ff34785799e5cbd --dry-run --files
      """)

  @Argument(help: "The message's id, as in the log.")
  var message: String

  @Option(name: .shortAndLong, help: "The configuration.")
  var config = "switchboard.yaml"

  @Flag(help: "Required: nothing else is there in this version.")
  var dryRun = false

  @Flag(help: "Through the files as they stand on the disk, in place of what serves.")
  var files = false

  @Flag(help: "Print JSON.")
  var json = false

  /// Messages of the conversation before this one.
  private static let historyMax = 1_000

  func validate() throws {
    guard dryRun else { throw ValidationError("give --dry-run; 'switchboard dead retry' repeats a run for real") }
  }

  func run() async throws {
    let file = try ConfigurationFile.read(config)
    guard let plan = file.plan else { throw StartupFailure(file.diagnostics.map(\.text).joined(separator: "\n")) }
    let found = try await plan.storage.reading { journal -> [(StoredEvent, [Recording.Entry], CaseHouse)] in
      var found: [(StoredEvent, [Recording.Entry], CaseHouse)] = []
      for event in try await journal.events(externalID: message) {
        guard let project = plan.projects.first(where: { $0.name == event.project }) else { continue }
        let serving = ServingHouse(project: project, plugins: file.plugins)
        let served = files ? nil : try await serving.served(journal)
        let events = RecordedEvents(
          project: project.name, conversation: event.conversation, limit: Self.historyMax)
        let entries = try await events.entries(in: journal).filter { $0.at <= event.receivedAt }
        found.append((event, entries, try served ?? serving.files()))
      }
      return found
    }
    guard !found.isEmpty else {
      Console.error("no message \(LogText.escaped(message)) is kept: see 'switchboard why'")
      throw ExitCode(1)
    }
    for (event, entries, house) in found { try await tell(event, entries, house) }
  }

  private func tell(_ event: StoredEvent, _ entries: [Recording.Entry], _ house: CaseHouse) async throws {
    let play: RecordedPlay
    do throws(CaseSuite.Refusal) { play = try RecordedPlay(house) } catch {
      for diagnostic in error.diagnostics { Console.error(diagnostic.text) }
      throw ExitCode(1)
    }
    let key = "\(event.connection) \(event.externalID)"
    let result = await play.play(entries, storyFrom: key)
    if json {
      let outcome = result.outcomes[key]
      let said = (outcome?.said ?? []).map { saying -> Value in
        ["place": .text(saying.place), "text": .text(saying.text)]
      }
      let value: Value = [
        "message": .text(event.externalID), "decisions": .list((outcome?.decisions ?? []).map(Value.text)),
        "said": .list(said), "story": .list(result.story.map(Value.text)),
      ]
      return print(JSON.text(value))
    }
    print("dry run, nothing is sent:")
    for line in result.story { print(LogText.escaped(line)) }
  }
}
