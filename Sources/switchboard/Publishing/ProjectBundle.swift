//! A project's flows and rules, looked into together: what would serve, or all that is wrong with it.
import FlowLoading
import FlowModel
import JournalCore
import RuleEngine

struct ProjectBundle: Sendable {
  var flows: [Flow] = []
  var rules: [RuleSource] = []
  /// Flows and rules, as the journal keeps them.
  var sources: [FlowVersion] = []
  var findings: [CheckFinding] = []

  var hasErrors: Bool { findings.contains(where: \.isError) }
  var problems: String { findings.filter(\.isError).map(\.text).joined(separator: "\n") }
  var warnings: [CheckFinding] { findings.filter { !$0.isError } }

  var ruleParts: [Publication.Part] {
    rules.map { Publication.Part(kind: .rule, name: $0.name, version: $0.version, file: $0.file) }
  }

  /// The name under which the journal keeps the sources of a part.
  static func owner(of part: Publication.Part.Kind, _ name: String, in project: String) -> String {
    part == .flow ? "\(project)/\(name)" : "\(project)/@rule/\(name)"
  }
}

extension FlowFolders {
  /// Checks everything and tells everything.
  func bundle(_ files: [SourceFile], of project: InstallationPlan.Project) -> ProjectBundle {
    var bundle = flowBundle(files, of: project)
    for file in files where file.kind == .rule { add(rule: file, of: project, to: &bundle) }
    return bundle
  }

  /// The flows alone; rules count as there when their files are.
  func flowBundle(_ files: [SourceFile], of project: InstallationPlan.Project) -> ProjectBundle {
    var bundle = ProjectBundle()
    let names = Set(files.filter { $0.kind == .rule }.map(\.ruleName))
    var catalogue = catalogue(of: project, rules: names)
    catalogue.flows = AttachedFlows.names(
      in: files.filter { $0.kind == .flow }.map { AttachedFlows.File(file: $0.file, bytes: $0.bytes) })
    for name in project.ruleIsolation.isolatedRules.subtracting(names).sorted() {
      let message = "'isolated' of project '\(project.name)' names '\(name)', but there is no such rule"
      bundle.findings.append(CheckFinding(message: message))
    }
    for file in files where file.kind == .flow {
      let loaded = FlowLoader.load(source: file.bytes, file: file.file, catalogue: catalogue)
      bundle.findings += loaded.diagnostics.map(CheckFinding.init)
      guard let flow = loaded.content else { continue }
      bundle.flows.append(flow)
      bundle.sources.append(
        FlowVersion(
          project: project.name, flow: ProjectBundle.owner(of: .flow, flow.name, in: project.name),
          version: flow.version, file: file.file, source: String(decoding: file.bytes, as: UTF8.self)))
    }
    let twice = Dictionary(grouping: bundle.flows, by: \.name).filter { $0.value.count > 1 }
    for (name, flows) in twice.sorted(by: { $0.key < $1.key }) {
      let places = flows.map(\.file).joined(separator: " and ")
      bundle.findings.append(CheckFinding(message: "flow '\(name)' stands in \(places)"))
    }
    return bundle
  }

  private func add(rule file: SourceFile, of project: InstallationPlan.Project, to bundle: inout ProjectBundle) {
    let source = RuleSource(name: file.ruleName, file: file.file, bytes: file.bytes)
    guard let text = String(validating: file.bytes, as: UTF8.self) else {
      let problem = RuleProblem(.unreadable, file: file.file, message: "the file is not UTF-8")
      bundle.findings.append(CheckFinding(problem))
      return
    }
    if let refusal = rules.refusal(of: source, project: project.name) {
      bundle.findings.append(CheckFinding(refusal, source: file.bytes))
      return
    }
    bundle.rules.append(source)
    bundle.sources.append(
      FlowVersion(
        project: project.name, flow: ProjectBundle.owner(of: .rule, source.name, in: project.name),
        version: source.version, file: file.file, source: text))
  }
}
