//! `switchboard publish`: flows and rules as they stand in the files, into force, with a receipt.
import ArgumentParser
import FlowModel
import Foundation
import JournalCore
import RuleEngine
import SwitchboardSDK

struct PublishCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Puts flows and rules in force in the running engine, and prints the receipt.",
    discussion: """
      All files of a project are checked together and put in force together, or not at all. Without names, every
      project of the configuration. PROJECT/FLOW (or PROJECT/rule:NAME) also ends that part's roll-back.

      Exit 0: it serves. 1: something is wrong, or no running engine took it up; the old version goes on serving.
      2: wrong usage or configuration.

      Example:  switchboard publish shop --by anna
                switchboard publish --dry-run
                switchboard publish --history
      """)

  @Argument(help: "PROJECT or PROJECT/FLOW.")
  var names: [String] = []

  @OptionGroup var options: PublishingOptions

  @Flag(help: "Check, say what would change, and leave everything as it is.")
  var dryRun = false

  @Flag(help: "List what was published, newest first.")
  var history = false

  @Option(help: "With --history: at most so many of each project.")
  var limit = 20

  func run() async throws {
    let file = try options.configuration()
    guard let plan = file.plan else { throw StartupFailure("the configuration has errors") }
    let wanted = try wanted(plan)
    if history { return try await printHistory(wanted.map(\.project.name), plan) }
    let read = try await check(wanted, plan, file)
    if dryRun { return try await printDifference(read, plan) }
    let requests = read.map { one in
      PublicationRequest(project: one.project.name, by: options.person, .publish(one.files, released: one.released))
    }
    try await options.ask(requests, plan)
  }

  private struct Wanted {
    var project: InstallationPlan.Project
    var released: [String]
    var files: [SourceFile] = []
    var parts: [Publication.Part] = []
  }

  private func wanted(_ plan: InstallationPlan) throws -> [Wanted] {
    guard !names.isEmpty else { return plan.projects.map { Wanted(project: $0, released: []) } }
    var found: [Wanted] = []
    for name in names {
      let (project, part) = try options.split(name, plan)
      if let at = found.firstIndex(where: { $0.project.name == project.name }) {
        found[at].released += part.map { [$0] } ?? []
      } else {
        found.append(Wanted(project: project, released: part.map { [$0] } ?? []))
      }
    }
    return found
  }

  /// All that is wrong in any of the projects is told at once.
  private func check(
    _ wanted: [Wanted], _ plan: InstallationPlan, _ file: ConfigurationFile
  ) async throws -> [Wanted] {
    let rules = RuleEngine(threadCount: 1, monotonicMilliseconds: SystemClock.monotonicMilliseconds)
    let folders = FlowFolders(plan: plan, plugins: file.plugins, rules: rules)
    var checked: [Wanted] = []
    var problems: [String] = []
    for var one in wanted {
      do {
        one.files = try ProjectFiles.read(one.project)
        let bundle = folders.bundle(one.files, of: one.project)
        problems += bundle.findings.filter(\.isError).map(\.text)
        if !bundle.hasErrors {
          problems += await RequiredCases(plan: plan, plugins: file.plugins)
            .findings(one.files, rules: bundle.rules, of: one.project).filter(\.isError).map(\.text)
        }
        for warning in bundle.warnings { Console.error(warning.text) }
        one.parts = bundle.flows.map { .init(kind: .flow, name: $0.name, version: $0.version, file: $0.file) }
        one.parts += bundle.ruleParts
        let unknown = one.released.filter { part in !one.parts.contains { $0.key == part } }
        problems += unknown.map { "project '\(one.project.name)' has no '\($0)' in its files" }
      } catch let failure as StartupFailure { problems.append(failure.description) }
      checked.append(one)
    }
    await rules.shutdown()
    guard problems.isEmpty else {
      for problem in problems { Console.error(problem) }
      throw ExitCode(1)
    }
    return checked
  }

  // MARK: Printing

  private func printHistory(_ projects: [String], _ plan: InstallationPlan) async throws {
    let publications = try await options.withStore(plan) { store throws(JournalError) in
      var all: [Publication] = []
      for project in projects { all += try await store.publications(project: project, limit: max(0, limit)) }
      return all
    }
    if options.json {
      print(JSON.text(.list(publications.map { ReceiptText.value($0) })))
    } else {
      for line in publications.flatMap({ ReceiptText.lines($0) }) { print(LogText.escaped(line)) }
      if publications.isEmpty { print("nothing was published yet") }
    }
  }

  private func printDifference(_ read: [Wanted], _ plan: InstallationPlan) async throws {
    var last: [String: Publication] = [:]
    if plan.storage.isThere {
      last = try await options.withStore(plan) { store throws(JournalError) in
        var found: [String: Publication] = [:]
        for one in read {
          found[one.project.name] = try await store.publications(project: one.project.name, limit: 1).first
        }
        return found
      }
    }
    var changes: [Value] = []
    for one in read {
      let serving = last[one.project.name]
      let before = Dictionary((serving?.parts ?? []).map { ($0.key, $0.version) }, uniquingKeysWith: { $1 })
      let after = Dictionary(one.parts.map { ($0.key, $0.version) }, uniquingKeysWith: { $1 })
      for key in Set(before.keys).union(after.keys).sorted() where before[key] != after[key] {
        let isHeld = serving?.holds[key].map { $0.from == after[key] && !one.released.contains(key) } ?? false
        changes.append([
          "project": .text(one.project.name), "part": .text(key), "from": before[key].map(Value.text) ?? .null,
          "to": after[key].map(Value.text) ?? .null, "held": .bool(isHeld),
        ])
      }
    }
    if options.json { return print(JSON.text(.list(changes))) }
    for change in changes {
      let held = change["held"].boolValue == true ? " (rolled back: it would stay as it is)" : ""
      print(
        LogText.escaped(
          "\(change["project"].textValue ?? ""): \(change["part"].textValue ?? ""): "
            + "\(change["from"].textValue ?? "new") → \(change["to"].textValue ?? "removed")\(held)"))
    }
    print(changes.isEmpty ? "all is well, and nothing would change" : "all is well: nothing was published")
  }
}
