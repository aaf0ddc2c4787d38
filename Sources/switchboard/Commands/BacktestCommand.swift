//! `switchboard backtest`: what a draft would have done otherwise with what came in.
import ArgumentParser
import FlowCases
import FlowLoading
import FlowModel
import SwitchboardSDK

struct BacktestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backtest",
    abstract: "Plays what came in through what serves and through a draft, and tells the differences.",
    discussion: """
      Both plays are offline, on a virtual clock; the journal is only read, and nothing is sent. Messages are played at
      their own times, operators' answers among them. What was written in topics of conversations that began before
      --since is left out. Settings are those of the configuration.

      Example:  switchboard backtest shop --since 7d --rule drafts/reply.lua --diff
                switchboard backtest shop --since 1d --flow drafts/desk.yaml --json
      """)

  @Argument(help: "The project; may be left out where there is one only.")
  var project: String?

  @Option(name: .shortAndLong, help: "The configuration.")
  var config = "switchboard.yaml"

  @Option(help: "How far back: 30m, 12h, 7d.")
  var since = "7d"

  @Option(help: "A flow's file, to take the place of the flow of the same name.")
  var flow: String?

  @Option(help: "A rule's file, to take the place of the rule of the same name.")
  var rule: String?

  @Option(help: "The latest so many messages at most.")
  var limit = 100_000

  @Flag(help: "Print each message that would have gone otherwise.")
  var diff = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if DurationText.milliseconds(since) == nil { throw ValidationError("--since is a duration: 30m, 12h, 7d") }
    guard flow != nil || rule != nil else { throw ValidationError("name the draft: --flow FILE or --rule FILE") }
    guard (1...Recording.entriesMax).contains(limit) else {
      throw ValidationError("--limit is 1 to \(Recording.entriesMax)")
    }
  }

  func run() async throws {
    let file = try ConfigurationFile.read(config)
    guard let plan = file.plan else { throw StartupFailure(file.diagnostics.map(\.text).joined(separator: "\n")) }
    let project = try plan.project(named: project)
    let back = DurationText.milliseconds(since) ?? 0
    let events = RecordedEvents(
      project: project.name, since: SystemClock().now().adding(milliseconds: -back), limit: limit)
    let serving = ServingHouse(project: project, plugins: file.plugins)
    let (entries, served) = try await plan.storage.reading {
      (try await events.entries(in: $0), try await serving.served($0))
    }
    let now = try served ?? serving.files()
    let draft = try ServingHouse.replacing(now, flow: flow, rule: rule)
    let plays: (RecordedPlay, RecordedPlay)
    do throws(CaseSuite.Refusal) { plays = (try RecordedPlay(now), try RecordedPlay(draft)) } catch {
      for diagnostic in error.diagnostics { Console.error(diagnostic.text) }
      throw ExitCode(1)
    }
    let backtest = Backtest(entries, now: await plays.0.play(entries), draft: await plays.1.play(entries))
    if json { return print(JSON.text(backtest.value)) }
    if diff { for line in backtest.lines { print(LogText.escaped(line)) } }
    print(backtest.summary)
  }
}
