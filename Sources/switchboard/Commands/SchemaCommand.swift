//! `switchboard schema`: what editors read to complete and check what people write.
import ArgumentParser
import Foundation
import RuleEngine

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Writes what editors need to complete names in flows and rules.",
    discussion: """
      --lua writes annotations for lua-language-server into .switchboard/lua, and .luarc.json beside it all if there
      is none yet.

      Example:  switchboard schema --lua
      """)

  @Flag(help: "Annotations (LuaCATS) for rules.")
  var lua = false

  @Option(help: "The folder that the files go to.")
  var out = ".switchboard"

  @Flag(help: "With --lua: print the reference of rules as a page of documentation instead.")
  var markdown = false

  @Flag(help: "With --markdown: in Russian.")
  var russian = false

  func validate() throws {
    guard lua else { throw ValidationError("say what is wanted: --lua") }
  }

  func run() throws {
    if markdown { return print(RuleReference(russian ? .russian : .english).text, terminator: "") }
    for path in try LuaSchema.write(to: out) { print(path) }
  }
}
