//! The demo's world: both emulators with their people, a project folder, and the engine's process.
import Emulators
import Foundation
import HTTPTransport
import SwitchboardSDK

struct DemoStage: Sendable {
  /// Seconds of the demo's clock in one of the machine's: the 75 s of the auto-reply take 3.
  static let clockRate = 25.0

  let clock: SystemClock
  let telegram: TelegramEmulator
  let avito: AvitoEmulator
  let cast: DemoCast
  let engine: EngineProcess
  let healthURL: String
  let logFile: URL
  let folder: URL

  /// Starts nothing yet but the people. `home` is where `flows/demo` and `rules/demo` are.
  static func prepare(
    home: URL, folder: URL, telegram: TelegramEmulator, avito: AvitoEmulator, clock: SystemClock, origin: Timestamp,
    http: any HTTPPort
  ) async throws -> DemoStage {
    let cast = try await DemoCast.assemble(telegram: telegram, avito: avito)
    let port = try freePort()
    let configuration = folder.appendingPathComponent("switchboard.yaml")
    let text = Self.configuration(
      port: port, telegram: try await telegram.baseURL(), avito: try await avito.url(), cast: cast, home: home)
    try text.write(to: configuration, atomically: true, encoding: .utf8)
    var environment = ProcessInfo.processInfo.environment
    environment["DEMO_AVITO_SECRET"] = DemoCast.avitoSecret
    environment["DEMO_DESK_TOKEN"] = DemoCast.deskToken
    environment["DEMO_SHOP_TOKEN"] = DemoCast.shopToken
    let logFile = folder.appendingPathComponent("engine.log")
    let healthURL = "http://127.0.0.1:\(port)/health"
    let engine = EngineProcess(
      arguments: [
        "run", "--config", configuration.path, "--clock-rate", "\(clockRate)", "--clock-origin",
        "\(origin.milliseconds)",
      ],
      environment: environment, logFile: logFile, healthURL: healthURL, http: http)
    return DemoStage(
      clock: clock, telegram: telegram, avito: avito, cast: cast, engine: engine, healthURL: healthURL,
      logFile: logFile, folder: folder)
  }

  private static func configuration(
    port: Int, telegram: String, avito: String, cast: DemoCast, home: URL
  ) -> String {
    """
    switchboard: 1
    server: { listen: "127.0.0.1:\(port)" }
    storage: sqlite:switchboard.db
    projects:
      demo:
        time_zone: Europe/Moscow
        settings: { stop_words: ["казино"] }
        connections:
          avito-main:
            plugin: avito
            client_id: demo-client
            client_secret: { env: DEMO_AVITO_SECRET }
            receive: polling
            poll_every: 5s
            api_base: "\(avito)"
          shop-bot: { plugin: telegram, token: { env: DEMO_SHOP_TOKEN }, receive: polling, api_base: "\(telegram)" }
          desk:
            plugin: telegram
            token: { env: DEMO_DESK_TOKEN }
            group: \(cast.group)
            receive: polling
            api_base: "\(telegram)"
        flows: "\(home.path)/flows/demo"
        rules: "\(home.path)/rules/demo"

    """
  }

  /// A port that was free a moment ago.
  private static func freePort() throws -> Int {
    guard let port = LoopbackPort.free() else { throw DemoFailure("no free port on 127.0.0.1") }
    return port
  }
}
