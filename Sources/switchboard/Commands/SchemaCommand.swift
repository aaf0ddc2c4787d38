//! `switchboard schema`: what editors read to complete and check what people write.
import ArgumentParser
import FlowLoading
import Foundation
import PluginHost
import RuleEngine
import SwitchboardSDK

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Writes what editors need to complete names in flows and rules.",
    discussion: """
      Writes flow.schema.json (JSON Schema, draft-07) for flows, with the connections, rules and actions of the
      configuration inside where there is one. Name it in a flow's first line:
      # yaml-language-server: $schema=../../.switchboard/flow.schema.json

      --lua writes annotations for lua-language-server into .switchboard/lua, and .luarc.json beside it all if there
      is none yet.

      Example:  switchboard schema
                switchboard schema --lua
      """)

  @Flag(help: "Annotations (LuaCATS) for rules.")
  var lua = false

  enum Printed: String, CaseIterable, ExpressibleByArgument { case flow }

  @Option(name: .shortAndLong, help: "The configuration whose names the schema knows; it may be missing.")
  var config = "switchboard.yaml"

  @Option(name: .customLong("stdout"), help: "Print a schema instead of writing its file: flow.")
  var printed: Printed?

  @Option(help: "The folder that the files go to.")
  var out = ".switchboard"

  @Flag(help: "With --lua: print the reference of rules as a page of documentation instead.")
  var markdown = false

  @Flag(help: "With --markdown: in Russian.")
  var russian = false

  func run() throws {
    if markdown { return print(RuleReference(russian ? .russian : .english).text, terminator: "") }
    if lua {
      for path in try LuaSchema.write(to: out) { print(path) }
      return
    }
    let schema = JSON.text(JSONSchema.flow(catalogue()))
    if printed != nil { return print(schema) }
    let path = out + "/flow.schema.json"
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    try Data("\(schema)\n".utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    print(path)
  }

  /// The names of all projects together: a folder of flows may belong to any of them.
  private func catalogue() -> Catalogue? {
    guard let file = try? ConfigurationFile.read(config, toleratesMissing: true), let plan = file.plan else {
      return nil
    }
    var catalogue = Catalogue(project: "", connections: [:], rules: [], settings: .map([:]))
    for project in plan.projects {
      for connection in project.connections {
        catalogue.connections[connection.name] = .some(file.plugins[connection.plugin]?.manifest)
      }
      let names = (try? FileManager.default.contentsOfDirectory(atPath: project.rulesFolder)) ?? []
      catalogue.rules.formUnion(names.filter { $0.hasSuffix(".lua") }.map { String($0.dropLast(4)) })
    }
    return catalogue
  }
}
