//! A folder with a configuration, flows and rules; removed when the test lets go of it.
import Foundation
import Testing

final class House: Sendable {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("switchboard-program-\(UUID().uuidString)")
      .resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func write(_ name: String, _ text: String) throws { try write(name, Data(text.utf8)) }

  func write(_ name: String, _ data: Data) throws {
    let file = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file, options: .atomic)
  }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Program.Ended {
    try await Program.run(arguments, in: folder, environment: Secrets.environment.merging(environment) { $1 })
  }

  /// A sound installation that reaches nothing: only checked, never run.
  static func sound() throws -> House {
    let house = try House()
    try house.write(
      "switchboard.yaml",
      Texts.configuration(
        StageSettings(), port: 0, telegram: "http://127.0.0.1:9", avito: "http://127.0.0.1:9", group: -1_000_000_000_001
      ))
    try house.write("flows/desk.yaml", Texts.flow)
    try house.write("rules/reply.lua", Texts.rule("v1"))
    return house
  }
}

/// What no log may show.
enum Secrets {
  static let avitoClient = "program-client-6d2f"
  static let avitoSecret = "program secret+of/the=shop?"
  static let deskToken = "3000001:program-token-of-the-desk-bot-aaaaaaaa"
  static let shopToken = "3000002:program-token-of-the-shop-bot-bbbbbbbb"
  static let environment = ["P_AVITO": avitoSecret, "P_DESK": deskToken, "P_SHOP": shopToken]
}

struct StageSettings: Sendable {
  var receive = "polling"
  var storage = "sqlite:switchboard.db"
  /// Where the engine's log goes; by default into its house.
  var engineLog: String?
  /// Puts a `FaultyProxy` before each channel's API.
  var hasFaultyPeers = false
  /// Seconds of the engine's and the emulators' clock in one of the machine's.
  var clockRate = 20.0
  var flow = Texts.flow
  var rule = Texts.rule("v1")
  var plugins: [String] = []
  /// Whether Telegram refuses what is over its limits; else the engine is not held to any.
  var keepsLimits = false
  /// Further settings of the connection `shop-bot`, for instance `webhook_secret: none`.
  var shopExtra = ""
  /// The same of `desk`.
  var deskExtra = ""

  var limits: String { keepsLimits ? "" : "limits: none" }
}

enum Texts {
  static func configuration(
    _ settings: StageSettings, port: Int, telegram: String, avito: String, group: Int64
  ) -> String {
    """
    switchboard: 1
    server: { listen: "127.0.0.1:\(port)", public_url: "http://127.0.0.1:\(port)" }
    storage: "\(settings.storage)"
    plugins: [\(settings.plugins.joined(separator: ", "))]
    projects:
      shop:
        time_zone: Europe/Moscow
        settings: { stop_words: ["казино"] }
        connections:
          avito-main:
            plugin: avito
            client_id: \(Secrets.avitoClient)
            client_secret: { env: P_AVITO }
            receive: \(settings.receive)
            poll_every: 5s
            api_base: "\(avito)"
            \(settings.limits)
          shop-bot:
            plugin: telegram
            token: { env: P_SHOP }
            receive: \(settings.receive)
            api_base: "\(telegram)"
            \(settings.limits)
            \(settings.shopExtra)
          desk:
            plugin: telegram
            token: { env: P_DESK }
            group: \(group)
            receive: \(settings.receive)
            api_base: "\(telegram)"
            \(settings.limits)
            \(settings.deskExtra)
        flows: flows
        rules: rules

    """
  }

  /// Line 17 is the rule's step, line 20 the relay.
  static let flow = """
    switchboard: 1
    flow: desk
    project: shop
    listen:
      - customer: { connection: avito-main, events: [message] }
      - customer: { connection: shop-bot, events: [message], chats: private }
      - operator: { connection: desk, events: [message], chats: group }
    lane: conversation
    steps:
      - filter: event.from == "customer" or conversation.known
        else: { drop: "not in a conversation's thread" }
      - route:
          - when: event.from == "operator"
            do: [ { relay: { to: conversation.origin } } ]
          - else:
            do:
              - rule: reply
                id: rules
                on_error: { retry: { times: 0 }, then: skip }
              - relay: { to: desk, thread: conversation, title: "{conversation.name}", prefix: "[{rules.reply}]" }
    on_error: { retry: { times: 8, first: 1s, max: 30s, jitter: full }, then: park }

    """

  static func rule(_ answer: String) -> String {
    """
    return rule {
      description = "Marks what it has seen.",
      on_message = function(msg, conv, ctx)
        return reply("\(answer)")
      end,
    }

    """
  }
}
