//! `switchboard rollback`: an earlier version of a flow or rule, back into force.
import ArgumentParser
import JournalCore
import SwitchboardSDK

struct RollbackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Serves an earlier version of a flow or rule again.",
    discussion: """
      FLOW is a flow's name, PROJECT/FLOW where several projects have it, or rule:NAME for a rule. Without --to, the
      version that served before the present one; --to takes the beginning of any version that has served
      ('switchboard publish --history'). The version comes out of the database, where every published one is kept.

      What was rolled back from stays off, over restarts and SIGHUP as well, until its file changes or
      'switchboard publish PROJECT/FLOW'.

      Example:  switchboard rollback avito-desk
                switchboard rollback shop/rule:reply --to 8c1f --by anna
      """)

  @Argument(help: "FLOW, PROJECT/FLOW or rule:NAME.")
  var flow: String

  @Option(help: "The beginning of a version.")
  var to: String?

  @OptionGroup var options: PublishingOptions

  func run() async throws {
    let file = try options.configuration()
    guard let plan = file.plan else { throw StartupFailure("the configuration has errors") }
    let (project, part) = try await place(plan)
    try await options.ask(
      [PublicationRequest(project: project, by: options.person, .rollBack(part: part, version: to))], plan)
  }

  /// A bare name means the only project that serves it.
  private func place(_ plan: InstallationPlan) async throws -> (project: String, part: String) {
    if flow.contains("/") {
      let (project, part) = try options.split(flow, plan)
      guard let part else { throw StartupFailure("name a flow: PROJECT/FLOW") }
      return (project.name, part)
    }
    let serving = try await options.withStore(plan) { store throws(JournalError) in
      var found: [String] = []
      for project in plan.projects {
        let last = try await store.publications(project: project.name, limit: 1).first
        if last?.parts.contains(where: { $0.key == flow }) == true { found.append(project.name) }
      }
      return found
    }
    guard serving.count < 2 else {
      throw StartupFailure("'\(flow)' serves in \(serving.joined(separator: " and ")): write PROJECT/\(flow)")
    }
    if let project = serving.first ?? (plan.projects.count == 1 ? plan.projects.first?.name : nil) {
      return (project, flow)
    }
    Console.error("no project serves '\(flow)'")
    throw ExitCode(1)
  }
}
