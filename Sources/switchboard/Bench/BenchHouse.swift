//! An engine of its own process with one or more projects, each a Telegram bot that customers write to and a bot that
//! speaks to operators; the far end is `ChannelStub`.
import Foundation
import HTTPTransport
import SwitchboardSDK

struct BenchHouse: Sendable {
  static let deskToken = "2000001:bench-token-of-the-desk-bot-aaaaaaaa"
  static let sourceToken = "2000002:bench-token-of-the-source-bot-bbbbb"
  static let secret = "bench-secret-0123456789"
  static let group: Int64 = -1_001_234_567_890

  /// Where flows/bench and rules/demo are.
  var home: String
  /// The database and the log lie here.
  var folder: URL
  /// As in the configuration: `sqlite:bench.db`, `postgres://…`.
  var storage: String
  var projectCount = 1
  var farEnd: String
  let port: Int

  init(home: String, folder: URL, storage: String, projectCount: Int = 1, farEnd: String) throws(DemoFailure) {
    guard let port = LoopbackPort.free() else { throw DemoFailure("no free port") }
    self.home = home
    self.folder = folder
    self.storage = storage
    self.projectCount = projectCount
    self.farEnd = farEnd
    self.port = port
  }

  /// The path of a project's webhooks; projects count from 0.
  func webhookPath(project: Int) -> String {
    "/api/webhooks/source-telegram/source\(Self.suffix(project))/\(Self.secret)"
  }

  func messages(project: Int = 0, firstUser: Int = 7_000_000, dialogs: Int) -> BenchMessages {
    BenchMessages(
      port: UInt16(clamping: port), path: webhookPath(project: project),
      headers: ["X-Telegram-Bot-Api-Secret-Token: \(Self.secret)"], firstUser: firstUser, dialogs: dialogs)
  }

  func generator(project: Int = 0, firstUser: Int = 7_000_000, dialogs: Int, connections: Int) -> LoadGenerator {
    LoadGenerator(
      port: UInt16(clamping: port), messages: messages(project: project, firstUser: firstUser, dialogs: dialogs),
      connections: connections)
  }

  /// An engine that is still to be started.
  func prepare(http: any HTTPPort) throws -> EngineProcess {
    try writeFiles()
    return EngineProcess(
      arguments: [
        "run", "--config", folder.appendingPathComponent("switchboard.yaml").path, "--log-level", "warning",
      ],
      environment: ProcessInfo.processInfo.environment, logFile: folder.appendingPathComponent("engine.log"),
      healthURL: "http://127.0.0.1:\(port)/health", http: http)
  }

  /// "", "2", "3" …
  static func suffix(_ project: Int) -> String { project == 0 ? "" : String(project + 1) }

  private func writeFiles() throws {
    try configuration.write(
      to: folder.appendingPathComponent("switchboard.yaml"), atomically: true, encoding: .utf8)
    let source = URL(fileURLWithPath: home).appendingPathComponent("flows/bench")
    let names = try FileManager.default.contentsOfDirectory(atPath: source.path).filter { $0.hasSuffix(".yaml") }
    for project in 0..<projectCount {
      let flows = folder.appendingPathComponent("flows\(Self.suffix(project))")
      try FileManager.default.createDirectory(at: flows, withIntermediateDirectories: true)
      for name in names {
        // Connections are named once in the whole installation.
        let text = try String(contentsOf: source.appendingPathComponent(name), encoding: .utf8)
          .replacingOccurrences(of: "project: bench", with: "project: bench\(Self.suffix(project))")
          .replacingOccurrences(of: "connection: source", with: "connection: source\(Self.suffix(project))")
          .replacingOccurrences(of: "to: desk", with: "to: desk\(Self.suffix(project))")
        try text.write(to: flows.appendingPathComponent(name), atomically: true, encoding: .utf8)
      }
    }
  }

  private var configuration: String {
    let rules = URL(fileURLWithPath: home).standardizedFileURL.appendingPathComponent("rules/demo").path
    var text = """
      switchboard: 1
      server: { listen: "127.0.0.1:\(port)", public_url: "http://127.0.0.1:\(port)" }
      storage: \(storage)
      projects:

      """
    for project in 0..<projectCount {
      let suffix = Self.suffix(project)
      text += """
          bench\(suffix):
            time_zone: Europe/Moscow
            settings: { stop_words: ["казино"] }
            connections:
              source\(suffix):
                plugin: telegram
                limits: none
                token: "\(Self.sourceToken)"
                receive: webhook
                webhook_secret: "\(Self.secret)"
                api_base: "\(farEnd)"
              desk\(suffix):
                plugin: telegram
                limits: none
                token: "\(Self.deskToken)"
                group: \(Self.group)
                receive: polling
                api_base: "\(farEnd)"
            flows: "flows\(suffix)"
            rules: "\(rules)"

        """
    }
    return text
  }
}
