//! The program: `switchboard <verb>`, one file a verb under Commands/.
import ArgumentParser
import Glibc

@main
struct Switchboard: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "switchboard",
    abstract: "Relays customers' conversations to operators, by flows in YAML and rules in Lua.",
    discussion: """
      Begin with:  switchboard demo
                   switchboard check --config switchboard.yaml
                   switchboard run --config switchboard.yaml
      """,
    version: ProgramVersion.text,
    subcommands: [
      RunCommand.self,
      DemoCommand.self,
      CheckCommand.self,
      TestCommand.self,
      FormatCommand.self,
      GraphCommand.self,
      ExplainCommand.self,
      EmulatorCommand.self,
      PluginCommand.self,
      RunsCommand.self,
      LanesCommand.self,
      TimersCommand.self,
      WhyCommand.self,
      DeadCommand.self,
      DatabaseCommand.self,
      MigrateCommand.self,
      PublishCommand.self,
      RollbackCommand.self,
      BenchCommand.self,
      SimulateCommand.self,
      SchemaCommand.self,
      RuleWorkerCommand.self,
    ])

  /// Exit codes are a contract: 0 done, 1 the thing checked is wrong, 2 wrong usage or configuration.
  static func main() async {
    // A peer or a reader that hangs up must not end the process.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let code as ExitCode {
      exit(withError: code)
    } catch let failure as StartupFailure {
      Console.error(failure.description)
      exit(withError: ExitCode(2))
    } catch {
      // Help and version asked for are no errors.
      if exitCode(for: error).isSuccess { exit(withError: error) }
      Console.error(fullMessage(for: error))
      exit(withError: ExitCode(2))
    }
  }
}
