//! The whole path under load: webhook in → flow with Lua rule → one delivery to a loopback emulator.
import Emulators
import Foundation
import HTTPTransport
import SwitchboardSDK

struct PathBench: Sendable {
  let home: String
  let messages: Int
  let dialogs: Int
  let connections: Int
  let measuresPath: Bool
  let measuresIdle: Bool

  private static let deskToken = "2000001:bench-token-of-the-desk-bot-aaaaaaaa"
  private static let sourceToken = "2000002:bench-token-of-the-source-bot-bbbbb"
  private static let secret = "bench-secret-0123456789"

  func run() async throws -> [BenchFigure] {
    let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("switchboard-bench-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let transport = try CurlTransport()
    var settings = TelegramEmulatorConfiguration()
    settings.requestsKeptMax = 0
    settings.messagesKeptMax = 1_000
    settings.allowsHTTPWebhooks = true
    settings.http = transport
    let emulator = TelegramEmulator(configuration: settings)
    let figures = try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await emulator.run() }
      defer { group.cancelAll() }
      return try await measure(emulator, folder: folder, http: transport)
    }
    await transport.shutdown()
    return figures
  }

  private func measure(
    _ emulator: TelegramEmulator, folder: URL, http: any HTTPPort
  ) async throws -> [BenchFigure] {
    _ = try await emulator.createBot(token: Self.sourceToken, name: "Source", username: "bench_source_bot")
    let desk = try await emulator.createBot(token: Self.deskToken, name: "Desk", username: "bench_desk_bot")
    let group = try await emulator.createGroup(title: "Bench", isForum: true)
    try await emulator.setMember(chat: group, user: desk, .administrator(AdminRights()))
    guard let port = LoopbackPort.free() else { throw DemoFailure("no free port") }
    for number in 0..<dialogs {
      try await emulator.createUser(firstName: "Клиент \(number)", id: Int64(7_000_000 + number))
    }
    let engine = try await startEngine(emulator, group: group, port: port, folder: folder, http: http)
    var figures: [BenchFigure] = []
    if measuresPath { figures += try await pathFigures(emulator, engine, port: UInt16(clamping: port)) }
    if measuresIdle { figures += try await idleFigures(engine) }
    await engine.stop()
    return figures
  }

  private func startEngine(
    _ emulator: TelegramEmulator, group: Int64, port: Int, folder: URL, http: any HTTPPort
  ) async throws -> EngineProcess {
    let api = try await emulator.baseURL()
    let root = URL(fileURLWithPath: home).standardizedFileURL.path
    let text = """
      switchboard: 1
      server: { listen: "127.0.0.1:\(port)", public_url: "http://127.0.0.1:\(port)" }
      storage: sqlite:bench.db
      projects:
        bench:
          time_zone: Europe/Moscow
          settings: { stop_words: ["казино"] }
          connections:
            source:
              plugin: telegram
              token: { env: BENCH_SOURCE }
              receive: webhook
              webhook_secret: { env: BENCH_SECRET }
              api_base: "\(api)"
            desk:
              plugin: telegram
              token: { env: BENCH_DESK }
              group: \(group)
              receive: polling
              api_base: "\(api)"
          flows: "\(root)/flows/bench"
          rules: "\(root)/rules/demo"

      """
    let configuration = folder.appendingPathComponent("switchboard.yaml")
    try text.write(to: configuration, atomically: true, encoding: .utf8)
    var environment = ProcessInfo.processInfo.environment
    environment["BENCH_SOURCE"] = Self.sourceToken
    environment["BENCH_DESK"] = Self.deskToken
    environment["BENCH_SECRET"] = Self.secret
    let engine = EngineProcess(
      arguments: ["run", "--config", configuration.path, "--log-level", "warning"], environment: environment,
      logFile: folder.appendingPathComponent("engine.log"), healthURL: "http://127.0.0.1:\(port)/health", http: http)
    try await engine.start()
    return engine
  }

  private func pathFigures(
    _ emulator: TelegramEmulator, _ engine: EngineProcess, port: UInt16
  ) async throws -> [BenchFigure] {
    let load = WebhookLoad(
      port: port, path: "/api/webhooks/source-telegram/source/\(Self.secret)",
      headers: ["X-Telegram-Bot-Api-Secret-Token: \(Self.secret)"], connections: connections,
      body: { [dialogs] number in Self.update(number, dialogs: dialogs) })
    // Topics are opened before the clock starts: what is measured is one delivery a message.
    _ = load.run(first: 0, count: dialogs, ratePerSecond: nil)
    _ = try await delivered(emulator, beyond: 0, count: dialogs)
    let before = await sends(emulator)
    let processorBefore = ProcessFigures.processorSeconds(await engine.processID)
    let startedAt = WebhookLoad.now()
    let closed = load.run(first: dialogs, count: messages, ratePerSecond: nil)
    let endedAt = try await delivered(emulator, beyond: before, count: closed.answered)
    let processor = ProcessFigures.processorSeconds(await engine.processID) - processorBefore
    let seconds = Double(endedAt - startedAt) / 1_000_000_000
    let rate = Double(closed.answered) / seconds
    let openCount = max(1_000, min(messages / 2, 10_000))
    let open = load.run(first: dialogs + messages, count: openCount, ratePerSecond: rate / 2)
    _ = try await delivered(emulator, beyond: before + closed.answered, count: open.answered)
    return [
      BenchFigure("whole path, SQLite synchronous=FULL, delivered", rate, "messages/s", atLeast: 1_500),
      BenchFigure("webhooks refused under full load", Double(closed.refused + open.refused), "", atMost: 0),
      BenchFigure("engine CPU a message", processor / Double(max(1, closed.answered)) * 1_000_000, "µs"),
      BenchFigure("webhook answered at half that load, median", open.latencyMilliseconds(percentile: 50), "ms"),
      BenchFigure(
        "webhook answered at half that load, 99th percentile", open.latencyMilliseconds(percentile: 99), "ms",
        atMost: 10),
      BenchFigure("engine memory after the load", ProcessFigures.residentMebibytes(await engine.processID), "MiB"),
    ]
  }

  private func idleFigures(_ engine: EngineProcess) async throws -> [BenchFigure] {
    try await Task.sleep(for: .seconds(2))
    let id = await engine.processID
    let before = ProcessFigures.processorSeconds(id)
    try await Task.sleep(for: .seconds(10))
    let percent = (ProcessFigures.processorSeconds(id) - before) / 10 * 100
    var figures = [BenchFigure("idle CPU", percent, "% of one core", atMost: 1)]
    // After a load the allocator keeps what it had: the promise is about a process that has done nothing yet.
    if !measuresPath {
      figures.append(BenchFigure("idle memory", ProcessFigures.residentMebibytes(id), "MiB", atMost: 80))
    }
    return figures
  }

  private func sends(_ emulator: TelegramEmulator) async -> Int {
    await emulator.requestLog().countsByOperation.reduce(0) {
      $1.key.lowercased() == "sendmessage" ? $0 + $1.value : $0
    }
  }

  /// Waits until so many more messages have been delivered; the moment on the monotonic clock.
  private func delivered(_ emulator: TelegramEmulator, beyond: Int, count: Int) async throws -> Int64 {
    var last = -1
    var stalled = 0
    while true {
      let now = await sends(emulator)
      if now >= beyond + count { return WebhookLoad.now() }
      stalled = now == last ? stalled + 1 : 0
      guard stalled < 3_000 else { throw DemoFailure("only \(now - beyond) of \(count) messages were delivered") }
      last = now
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  private static func update(_ number: Int, dialogs: Int) -> String {
    let user = 7_000_000 + number % dialogs
    let person =
      #"{"id":\#(user),"is_bot":false,"first_name":"Клиент","last_name":"\#(number % dialogs)","language_code":"ru"}"#
    let chat = #"{"id":\#(user),"first_name":"Клиент","type":"private"}"#
    let text =
      "Здравствуйте! Подскажите, пожалуйста, объявление ещё актуально? Хотел бы подъехать посмотреть сегодня вечером "
      + "или завтра утром, если удобно. Возможна ли оплата картой? Номер сообщения \(number)."
    let place = #""message_id":\#(number + 1),"from":\#(person),"chat":\#(chat),"date":1795217938"#
    return #"{"update_id":\#(number + 1),"message":{\#(place),"text":"\#(text)"}}"#
  }
}
