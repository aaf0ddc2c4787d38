//! What `publish` and `rollback` share: whose hand it was, which engine is asked, and how long to wait for it.
import ArgumentParser
import FlowLoading
import Foundation
import JournalCore
import SwitchboardSDK

struct PublishingOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "The configuration.")
  var config = "switchboard.yaml"

  @Option(help: "Who publishes, for the receipt; by default the user of this process.")
  var by: String?

  @Option(help: "How many seconds to wait for the running engine.")
  var wait = 15

  @Flag(help: "Print JSON.")
  var json = false

  /// Anybody's own word for themselves, cut to what a receipt can show.
  var person: String {
    let environment = ProcessInfo.processInfo.environment
    let name = by ?? environment["USER"] ?? environment["LOGNAME"] ?? "somebody"
    return String(name.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(64).map(Character.init))
  }

  /// Throws `StartupFailure` when it cannot be read or has errors.
  func configuration() throws -> ConfigurationFile {
    let file = try ConfigurationFile.read(config)
    for diagnostic in file.diagnostics { Console.error(diagnostic.text) }
    return file
  }

  /// `PROJECT` or `PROJECT/PART`.
  func split(_ name: String, _ plan: InstallationPlan) throws -> (InstallationPlan.Project, String?) {
    let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
    guard let first = parts.first, let project = plan.projects.first(where: { $0.name == first }) else {
      let known = plan.projects.map(\.name).joined(separator: ", ")
      throw StartupFailure("the configuration has no project '\(parts.first ?? "")'; it has \(known)")
    }
    return (project, parts.count > 1 ? parts[1] : nil)
  }

  /// Opens the journal beside a running engine, and closes it whatever happens.
  func withStore<T: Sendable>(
    _ plan: InstallationPlan, _ body: (any PublicationStore) async throws(JournalError) -> T
  ) async throws -> T {
    guard plan.storage.isThere else {
      Console.error("nothing serves and nothing was published: there is no database at \(plan.storage.shown) yet")
      throw ExitCode(1)
    }
    let journal = try plan.storage.engineJournal()
    do throws(JournalError) {
      do throws(JournalError) {
        let answer = try await body(journal)
        await journal.close()
        return answer
      } catch {
        await journal.close()
        throw error
      }
    } catch { throw StartupFailure("storage: \(error.code.rawValue): \(error.detail)") }
  }

  /// Asks the running engine, prints what it says, and ends with 1 when it was not done.
  func ask(_ requests: [PublicationRequest], _ plan: InstallationPlan) async throws {
    let milliseconds = Int64(max(1, min(wait, 3_600))) * 1_000
    let answers = try await withStore(plan) { store throws(JournalError) -> [Told?] in
      let asking = PublicationAsking(store: store)
      var told: [Told?] = []
      for answer in try await asking.answers(to: requests, within: milliseconds) {
        if case .published(let publication, let isNew) = answer {
          let settled = try await asking.settled(publication, within: milliseconds)
          let nodes = try await asking.acknowledged(publication, within: milliseconds)
          told.append(
            Told(answer: .published(settled, isNew: isNew), serving: nodes?.serving, missing: nodes?.missing ?? []))
        } else {
          told.append(answer.map { Told(answer: $0) })
        }
      }
      return told
    }
    var values: [Value] = []
    var isDone = true
    for (request, told) in zip(requests, answers) {
      switch told?.answer {
      case .published(let publication, let isNew):
        var value = ReceiptText.value(publication, isNew: isNew).mapValue ?? [:]
        value["nodes"] = told?.serving.map { .list($0.map(\.value)) }
        value["nodes_missing"] = told?.serving.map { _ in .list((told?.missing ?? []).map(Value.text)) }
        values.append(.map(value))
        let lines = ReceiptText.lines(publication, isNew: isNew) + (told?.serving.map(ReceiptText.nodes) ?? [])
        if !json { for line in lines { print(LogText.escaped(line)) } }
        for node in told?.missing ?? [] {
          Console.error("\(request.project): node '\(node)' has not said yet that it serves this; /health tells")
        }
      case .refused(let problems):
        isDone = false
        for problem in problems { Console.error(problem) }
        Console.error("\(request.project): refused, the old version goes on serving")
        values.append(["project": .text(request.project), "refused": .list(problems.map(Value.text))])
      case nil:
        isDone = false
        Console.error(
          "\(request.project): checked, but no running engine took it up within \(wait) s; nothing was published. "
            + "An engine that starts later reads the files itself")
        values.append(["project": .text(request.project), "refused": ["no running engine"]])
      }
    }
    if json { print(JSON.text(.list(values))) }
    if !isDone { throw ExitCode(1) }
  }

  private struct Told: Sendable {
    var answer: PublicationAnswer
    /// Nodes that serve it; nil where there is but one process.
    var serving: [NodePublication]?
    var missing: [String] = []
  }
}
