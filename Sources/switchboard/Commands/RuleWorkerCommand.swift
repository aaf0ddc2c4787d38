//! `switchboard rule-worker`: the hidden verb that runs distrusted rules. The engine starts it; people never do.
import ArgumentParser
import RuleEngine

struct RuleWorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: RuleWorkerProgram.verb,
    abstract: "Runs rules without files and network, for the engine that started it.", shouldDisplay: false)

  func run() throws {
    let status = RuleWorkerProcess.serve()
    if status != 0 { throw ExitCode(status) }
  }
}
