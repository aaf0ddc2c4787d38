//! `switchboard test`: the cases beside flows and rules, played offline on a virtual clock.
import ArgumentParser
import FlowCases
import FlowLoading
import Foundation
import PluginHost
import RuleEngine
import SwitchboardSDK

struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Plays the cases of flows and rules, offline and on a virtual clock.",
    discussion: """
      Cases stand in FLOW.cases.yaml beside the flow, RULE.cases.yaml beside the rule. PATH is such a file, a flow, a
      rule, or a folder; without one, all folders of the configuration. Secrets and variables need not be there:
      nothing is connected.

      Exit 0: all well. 1: a case failed, or a file of cases is wrong. 2: wrong usage or configuration.

      Example:  switchboard test
                switchboard test flows/demo --filter auto-reply
                switchboard test --junit report.xml --coverage
      """)

  @Argument(help: "Files or folders.")
  var paths: [String] = []

  @Option(name: .shortAndLong, help: "The configuration (switchboard.yaml, if it is there).")
  var config: String?

  @Option(help: "Only cases whose name has this in it.")
  var filter: String?

  @Option(help: "Also write the results as JUnit's XML into this file.")
  var junit: String?

  @Flag(help: "Print the results as JSON.")
  var json = false

  @Flag(help: "Record the snapshots of cases with 'snapshot: true' anew.")
  var update = false

  func run() async throws {
    let began = ContinuousClock.now
    let (projects, folders) = try surroundings()
    let files = try files(in: folders)
    let runner = CaseRunner(
      projects, filter: filter, updatesSnapshots: update, rehearsal: RuleRehearsal(zones: ZoneDirectory([]).zones))
    let now = SystemClock().now()
    var report = CaseReport([])
    for file in files { report.suites.append(await runner.run(file, shown: PathText.shown(file))) }
    if let filter {
      report.suites.removeAll { $0.cases.isEmpty && $0.isPassed }
      if report.count == 0, report.isPassed { throw StartupFailure("no case has '\(filter)' in its name") }
    }
    let (seconds, attoseconds) = (ContinuousClock.now - began).components
    print(report, milliseconds: seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
    if let junit {
      guard FileManager.default.createFile(atPath: junit, contents: Data(JUnitReport.text(report, now: now).utf8))
      else { throw StartupFailure("\(junit): cannot be written") }
    }
    if !report.isPassed { throw ExitCode(1) }
  }

  private func print(_ report: CaseReport, milliseconds: Int64) {
    for problem in report.problems { Console.error(problem + "\n") }
    if json { return Swift.print(JSON.text(report.value)) }
    for line in report.lines { Swift.print(LogText.escaped(line)) }
    Swift.print(report.summary(milliseconds: milliseconds))
  }

  private func surroundings() throws -> (CaseProjects, folders: [String]) {
    let path = config ?? "switchboard.yaml"
    guard config != nil || FileManager.default.fileExists(atPath: path) else {
      let plugins = PluginRegistry(scanning: [BundledPlugins.folder])
      return (CaseProjects(manifests: plugins.plugins.mapValues(\.manifest), projects: []), [])
    }
    let file = try ConfigurationFile.read(path, resolvesSecrets: false)
    guard let plan = file.plan else {
      throw StartupFailure(file.diagnostics.map(\.text).joined(separator: "\n"))
    }
    return (CaseProjects(plan, file.plugins), plan.projects.flatMap { [$0.flowsFolder, $0.rulesFolder] })
  }

  private func files(in folders: [String]) throws -> [String] {
    for path in paths where !FileManager.default.fileExists(atPath: path) {
      throw StartupFailure("\(path): no such file or folder")
    }
    let wanted = paths.isEmpty ? folders : paths.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    guard !wanted.isEmpty else { throw StartupFailure("there is no switchboard.yaml: name files or folders of cases") }
    var seen: Set<String> = []
    let files = wanted.flatMap { CaseProjects.files(at: $0) }.filter { seen.insert($0).inserted }
    guard !files.isEmpty else {
      throw StartupFailure(
        "no cases in \(wanted.map(PathText.shown).joined(separator: ", ")): write FLOW.cases.yaml beside the flow")
    }
    return files
  }
}

extension CaseProjects {
  init(_ plan: InstallationPlan, _ plugins: PluginRegistry, draft: Draft? = nil) {
    let manifests = plugins.plugins.mapValues(\.manifest)
    self.init(
      manifests: manifests,
      projects: plan.projects.map { project in
        let connections = project.connections.map { connection in
          (
            connection.name,
            CaseHouse.Connection(
              manifest: manifests[connection.plugin],
              group: connection.settings["group"].intValue.map(String.init), unknownPolicy: connection.unknownPolicy,
              pacing: connection.pacing)
          )
        }
        return Project(
          name: project.name, zone: { project.timeZone.offsetSeconds(at: $0) }, settings: project.settings,
          connections: Dictionary(connections, uniquingKeysWith: { first, _ in first }),
          flowsFolder: project.flowsFolder, rulesFolder: project.rulesFolder)
      }, draft: draft)
  }
}
