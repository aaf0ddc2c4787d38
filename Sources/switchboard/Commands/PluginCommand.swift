//! `switchboard plugin list|inspect`: what can be loaded, and why something cannot.
import ArgumentParser
import Foundation
import PluginHost
import SwitchboardSDK

struct PluginCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugin",
    abstract: "Lists and inspects connector plugins.",
    discussion: "Example:  switchboard plugin inspect .build/release/libSwitchboardTelegram.so",
    subcommands: [List.self, Inspect.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The bundled plugins and those in further folders.",
      discussion: "Example:  switchboard plugin list --folder plugins/")

    @Option(help: "A further folder with lib*.so; may be repeated.")
    var folder: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      let registry = PluginRegistry(scanning: [BundledPlugins.folder] + folder)
      for refusal in registry.refusals { Console.error(refusal.sentence) }
      let inspections = registry.names.compactMap { registry[$0] }.map(PluginInspection.init)
      if json {
        print(JSON.text(.list(inspections.map(\.value))))
      } else {
        for inspection in inspections { print(inspection.line) }
      }
      if !registry.refusals.isEmpty { throw ExitCode(1) }
    }
  }

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What one library says about itself: versions, settings, actions.",
      discussion: "Example:  switchboard plugin inspect plugins/libEcho.so --json")

    @Argument(help: "The library's file.")
    var file: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      do throws(PluginRefusal) {
        let inspection = PluginInspection(try PluginLoader().load(file))
        print(json ? JSON.text(inspection.value) : inspection.text)
      } catch {
        Console.error(error.sentence)
        throw ExitCode(1)
      }
    }
  }
}
