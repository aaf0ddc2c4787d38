//! A folder of flows, rules and cases that goes away afterwards, and the connectors' own manifests.
import Avito
import FlowCases
import Foundation
import SwitchboardSDK
import Telegram

final class CaseWorkshop: Sendable {
  static let manifests: [String: PluginManifest] = [
    "avito": AvitoPlugin().manifest, "telegram": TelegramPlugin().manifest,
  ]
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("cases-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try write(Self.desk, to: "desk.yaml")
    try write(Self.rule, to: "reply.lua")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Customers' messages to the desk, operators' answers back, an auto-reply after 75 seconds.
  static let desk = """
    switchboard: 1
    flow: desk
    listen:
      - customer: { connection: avito-main, events: [message] }
      - operator: { connection: desk, events: [message], chats: group }
    steps:
      - id: way
        route:
          - when: event.from == "operator"
            do: [ { id: back, relay: { to: conversation.origin } } ]
          - else:
            do:
              - { id: rules, rule: reply, on_error: skip }
              - { id: show, relay: { to: desk, thread: conversation, title: "{conversation.name}" } }
              - { id: auto, auto_reply: { after: 75s, text: rules.reply or "Скоро ответим" } }
    """

  static let rule = """
    return rule {
      description = "Knows about delivery.",
      on_message = function(msg, conv, ctx)
        if text.has_any(msg.text, { "доставка" }) then return reply("Доставим") end
        return pass()
      end,
    }
    """

  func write(_ text: String, to path: String) throws {
    let file = folder.appendingPathComponent(path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func text(_ path: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
  }

  /// Plays cases of the flow `desk`, given as the list under `cases`.
  func play(
    _ cases: String, head: String = "", filter: String? = nil, updates: Bool = false, covers: Bool = false
  ) async throws -> SuiteResult {
    try write(
      "flow: desk\nconnections: { avito-main: avito, desk: telegram }\n\(head)\ncases:\n\(cases)\n",
      to: "desk.cases.yaml")
    return await run("desk.cases.yaml", filter: filter, updates: updates, covers: covers)
  }

  func run(
    _ name: String, filter: String? = nil, updates: Bool = false, covers: Bool = false
  ) async -> SuiteResult {
    let runner = CaseRunner(
      CaseProjects(manifests: Self.manifests, projects: []), filter: filter, updatesSnapshots: updates,
      covers: covers)
    return await runner.run(folder.appendingPathComponent(name).path, shown: name)
  }
}

extension SuiteResult {
  /// All that is wrong, for messages of tests.
  var problems: String { CaseReport([self]).problems.joined(separator: "\n") }
}
