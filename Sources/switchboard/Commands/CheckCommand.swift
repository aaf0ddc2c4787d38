//! `switchboard check`: everything that is wrong with a configuration, its flows and its rules, at once.
import ArgumentParser
import FlowLoading
import FlowModel
import Foundation
import RuleEngine
import SwitchboardSDK

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks the configuration, its flows and rules; starts nothing.",
    discussion: """
      Exit 0: nothing wrong. 1: something is wrong in flows, rules or configuration. 2: wrong usage.

      Example:  switchboard check --config switchboard.yaml --format json
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case text, json, sarif, github }

  @Option(name: .shortAndLong, help: "The configuration.")
  var config = "switchboard.yaml"

  @Argument(help: "Only what lies in these files or folders (flows and rules of the configuration).")
  var paths: [String] = []

  @Option(help: "text, json, sarif (for code scanning) or github (annotations of a workflow).")
  var format = Format.text

  func run() async throws {
    for path in paths where !FileManager.default.fileExists(atPath: path) {
      throw StartupFailure("\(path): no such file or folder")
    }
    let file: ConfigurationFile
    do { file = try ConfigurationFile.read(config) } catch let failure as StartupFailure {
      Console.error(failure.description)
      throw ExitCode(2)
    }
    var findings = file.diagnostics.map(CheckFinding.init)
    var looked = 0
    if let plan = file.plan {
      let found = try await check(plan, file)
      findings += found.findings
      looked = found.files
    }
    findings = findings.filter(isAskedFor)
    report(findings, files: looked)
    if findings.contains(where: \.isError) { throw ExitCode(1) }
  }

  private func check(
    _ plan: InstallationPlan, _ file: ConfigurationFile
  ) async throws -> (findings: [CheckFinding], files: Int) {
    var findings: [CheckFinding] = []
    var files = 0
    let rules = RuleEngine(threadCount: 1, monotonicMilliseconds: SystemClock.monotonicMilliseconds)
    for project in plan.projects {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: project.rulesFolder)) ?? []
      for name in names.sorted() where name.hasSuffix(".lua") {
        let path = project.rulesFolder + "/" + name
        files += isAskedFor(path) ? 1 : 0
        let source = FileManager.default.contents(atPath: path).map { Array($0) } ?? []
        findings += RuleEngine.check(file: PathText.shown(path), source: source)
          .map { CheckFinding($0, source: source) }
      }
      do {
        let folders = FlowFolders(plan: plan, plugins: file.plugins, rules: rules)
        findings += folders.flowBundle(try ProjectFiles.read(project), of: project).findings
        files += try FlowFolders.files(in: project.flowsFolder).count(where: isAskedFor)
      } catch let failure as StartupFailure {
        findings.append(CheckFinding(message: failure.description))
      }
    }
    await rules.shutdown()
    return (findings, files)
  }

  private func isAskedFor(_ finding: CheckFinding) -> Bool { isAskedFor(finding.file) }

  private func isAskedFor(_ path: String) -> Bool {
    guard !paths.isEmpty else { return true }
    let file = URL(fileURLWithPath: path).standardizedFileURL.path
    return paths.contains { path in
      let wanted = URL(fileURLWithPath: path).standardizedFileURL.path
      return file == wanted || file.hasPrefix(wanted + "/")
    }
  }

  private func report(_ findings: [CheckFinding], files: Int) {
    switch format {
    case .json: print(JSON.text(.list(findings.map(\.value))))
    case .sarif: print(JSON.text(SARIFReport.value(findings)))
    case .github: for finding in findings { print(finding.githubCommand) }
    case .text:
      for finding in findings { Console.error(finding.text) }
      let errors = findings.count { $0.isError }
      let checked = "\(files) flow and rule file\(files == 1 ? "" : "s") checked"
      print(errors == 0 ? "all is well: \(checked)" : "\(errors) error\(errors == 1 ? "" : "s"), \(checked)")
    }
  }
}
