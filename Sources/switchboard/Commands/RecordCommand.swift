//! `switchboard record`: what came in, as JSON lines, for `replay:` in cases and for `repl`.
import ArgumentParser
import FlowCases
import FlowLoading
import FlowModel
import Foundation
import JournalCore
import ServiceLogs
import SwitchboardSDK

struct RecordCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Writes events of a project from the journal as JSON lines; secrets are masked.",
    discussion: """
      Reads beside a running engine and changes nothing. A case plays them with 'replay: FILE'. The lines hold what
      customers wrote: treat the file as such.

      Example:  switchboard record shop --since 1d > monday.jsonl
                switchboard record shop --conversation shop/avito/u2i-1 --output case.jsonl
      """)

  @Argument(help: "The project; may be left out where there is one only.")
  var project: String?

  @Option(name: .shortAndLong, help: "The configuration.")
  var config = "switchboard.yaml"

  @Option(help: "Only what came in so long: 30m, 12h, 7d.")
  var since: String?

  @Option(help: "Only of this conversation.")
  var conversation: String?

  @Option(help: "The latest so many at most.")
  var limit = 10_000

  @Option(help: "The file to write, in place of the standard output.")
  var output: String?

  func validate() throws {
    if let since, DurationText.milliseconds(since) == nil {
      throw ValidationError("--since is a duration: 30m, 12h, 7d")
    }
    guard (1...Recording.entriesMax).contains(limit) else {
      throw ValidationError("--limit is 1 to \(Recording.entriesMax)")
    }
  }

  func run() async throws {
    let file = try ConfigurationFile.read(config)
    guard let plan = file.plan else { throw StartupFailure(file.diagnostics.map(\.text).joined(separator: "\n")) }
    let project = try plan.project(named: project)
    let milliseconds = since.flatMap(DurationText.milliseconds)
    let events = RecordedEvents(
      project: project.name, since: milliseconds.map { SystemClock().now().adding(milliseconds: -$0) },
      conversation: conversation, limit: limit)
    let entries = try await plan.storage.reading { try await events.entries(in: $0) }
    let mask = SecretMask(plan.secrets)
    let text = entries.map { mask.masked($0.line) + "\n" }.joined()
    guard let output else { return print(text, terminator: "") }
    guard FileManager.default.createFile(atPath: output, contents: Data(text.utf8)) else {
      throw StartupFailure("\(output): cannot be written")
    }
    print("\(entries.count) events written to \(output)")
  }
}

extension InstallationPlan {
  /// Throws `StartupFailure` when there is no such project, or several and no name.
  func project(named name: String?) throws -> Project {
    if let name {
      if let found = projects.first(where: { $0.name == name }) { return found }
      throw StartupFailure("there is no project '\(name)'; there is \(projects.map(\.name).joined(separator: ", "))")
    }
    guard let only = projects.first, projects.count == 1 else {
      throw StartupFailure("name the project: \(projects.map(\.name).joined(separator: ", "))")
    }
    return only
  }
}

extension StoragePlace {
  /// Opens, asks, closes whatever happens.
  func reading<Answer: Sendable>(
    _ body: (any JournalAdministration) async throws -> Answer
  ) async throws -> Answer {
    let journal = try await journal()
    let result: Result<Answer, any Error>
    do { result = .success(try await body(journal)) } catch let error as JournalError {
      result = .failure(StartupFailure("storage: \(error.code.rawValue): \(error.detail)"))
    } catch { result = .failure(error) }
    await journal.close()
    return try result.get()
  }
}
