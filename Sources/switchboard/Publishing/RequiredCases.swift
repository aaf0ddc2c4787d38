//! `require_tests: true`: the cases beside a project's flows and rules, played with what is about to be published.
import FlowCases
import FlowLoading
import JournalCore
import PluginHost
import RuleEngine

struct RequiredCases {
  let plan: InstallationPlan
  let plugins: PluginRegistry

  /// What failed, a finding each; empty where the project asks for no tests.
  func findings(_ files: [SourceFile], rules: [RuleSource], of project: InstallationPlan.Project) async
    -> [CheckFinding]
  {
    guard project.requiresTests else { return [] }
    let flows = files.filter { $0.kind == .flow }.map { CaseHouse.FlowFile(file: $0.file, bytes: $0.bytes) }
    let projects = CaseProjects(plan, plugins, draft: CaseProjects.Draft(flows: flows, rules: rules))
    let runner = CaseRunner(projects)
    var findings: [CheckFinding] = []
    var seen: Set<String> = []
    for path in [project.flowsFolder, project.rulesFolder].flatMap({ CaseProjects.files(at: $0) })
    where seen.insert(path).inserted {
      let result = await runner.run(path, shown: PathText.shown(path))
      findings += result.diagnostics.map { CheckFinding($0) }
      for one in result.cases {
        findings += one.failures.map { CheckFinding(message: result.text(of: $0, in: one)) }
      }
    }
    return findings
  }
}
