//! The program: `switchboard <verb>`, one file a verb under Commands/.
import ArgumentParser

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
      RunCommand.self, DemoCommand.self, CheckCommand.self, EmulatorCommand.self, PluginCommand.self,
      DeadCommand.self, BenchCommand.self,
    ])
}
