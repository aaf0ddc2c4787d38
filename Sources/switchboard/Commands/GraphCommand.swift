//! `switchboard graph`: a flow as a picture, from its file; nothing is started.
import ArgumentParser
import FlowGraph
import FlowLoading
import FlowModel
import Foundation
import RuleEngine

struct GraphCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Draws a flow: SVG, Mermaid, DOT, or characters for the terminal.",
    discussion: """
      FLOW is a flow's name, PROJECT/NAME where two projects have one of that name, or its file. Without --format it
      draws in characters on a terminal and SVG elsewhere.

      Example:  switchboard graph desk
                switchboard graph desk --format svg > desk.svg
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case svg, mermaid, dot, ascii }

  @Argument(help: "The flow.")
  var flow: String

  @Option(name: .shortAndLong, help: "The configuration.")
  var config = "switchboard.yaml"

  @Option(help: "svg, mermaid, dot or ascii.")
  var format: Format?

  func run() async throws {
    let file = try ConfigurationFile.read(config, toleratesMissing: true)
    for diagnostic in file.diagnostics { Console.error(diagnostic.text) }
    guard let plan = file.plan else { throw ExitCode(2) }
    let found = try await Self.flows(plan, file)
    let matching = found.filter { isMeant($0) }
    guard let flow = matching.first, matching.count == 1 else {
      let names = (matching.isEmpty ? found : matching).map { "\($0.project)/\($0.name)" }.joined(separator: ", ")
      throw StartupFailure(
        matching.isEmpty
          ? "there is no sound flow '\(LogText.escaped(self.flow))'; there are: \(names)"
          : "several flows are called so: \(names)")
    }
    let graph = GraphBuilder.graph(of: flow)
    switch format ?? (isatty(STDOUT_FILENO) == 1 ? .ascii : .svg) {
    case .svg: print(SVGDrawing.text(of: graph), terminator: "")
    case .mermaid: print(MermaidText.text(of: graph), terminator: "")
    case .dot: print(DOTText.text(of: graph), terminator: "")
    case .ascii: print(TextDrawing.text(of: graph), terminator: "")
    }
  }

  private func isMeant(_ candidate: Flow) -> Bool {
    if candidate.name == flow || "\(candidate.project)/\(candidate.name)" == flow { return true }
    return URL(fileURLWithPath: candidate.file).standardizedFileURL
      == URL(fileURLWithPath: flow).standardizedFileURL
  }

  private static func flows(_ plan: InstallationPlan, _ file: ConfigurationFile) async throws -> [Flow] {
    let rules = RuleEngine(threadCount: 1, monotonicMilliseconds: SystemClock.monotonicMilliseconds)
    var flows: [Flow] = []
    for project in plan.projects {
      let folders = FlowFolders(plan: plan, plugins: file.plugins, rules: rules)
      let bundle = folders.flowBundle(try ProjectFiles.read(project), of: project)
      for finding in bundle.findings where finding.isError { Console.error(finding.text) }
      flows += bundle.flows
    }
    await rules.shutdown()
    return flows
  }
}
