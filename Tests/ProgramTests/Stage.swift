//! Emulators in this process, the engine in its own: the world around one test.
import Emulators
import Foundation
import HTTPTransport
import Synchronization
import SwitchboardSDK
import Testing

/// Something that should have come did not.
struct Overdue: Error, CustomStringConvertible {
  let description: String
  init(_ what: String) { description = what }
}

struct Stage: Sendable {
  let telegram: TelegramEmulator
  let avito: AvitoEmulator
  let http: CurlTransport
  let house: House
  let clock: StageClock
  let cast: Cast
  let engine: RunningEngine
  let port: Int
  /// Before the channels' APIs, with `hasFaultyPeers`.
  let telegramLine: FaultyProxy?
  let avitoLine: FaultyProxy?

  /// Starts everything, plays, and stops everything whatever happens.
  static func play(
    _ settings: StageSettings = StageSettings(), startsEngine: Bool = true, prepare: (House) throws -> Void = { _ in },
    _ body: (Stage) async throws -> Void
  ) async throws {
    let house = try House()
    let http = try CurlTransport()
    let clock = StageClock(rate: settings.clockRate)
    var configuration = TelegramEmulatorConfiguration()
    configuration.clock = clock.emulated
    configuration.allowsHTTPWebhooks = true
    configuration.checksFlood = settings.keepsLimits
    configuration.http = http
    let telegram = TelegramEmulator(configuration: configuration)
    let avito = AvitoEmulator(clock: clock.emulated, http: http)
    let outcome = await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await telegram.run() }
      group.addTask { try? await avito.run() }
      let outcome: Result<Void, any Error>
      do {
        let stage = try await Stage.set(
          settings, telegram: telegram, avito: avito, http: http, house: house, clock: clock)
        try prepare(house)
        outcome = await stage.perform(startsEngine: startsEngine, body)
      } catch { outcome = .failure(error) }
      group.cancelAll()
      return outcome
    }
    await http.shutdown()
    try outcome.get()
  }

  private func perform(startsEngine: Bool, _ body: (Stage) async throws -> Void) async -> Result<Void, any Error> {
    do {
      if startsEngine { try await engine.start() }
      try await body(self)
      await engine.killHard()
      return .success(())
    } catch {
      await engine.killHard()
      print("The end of the engine's log:\n\(engine.log().split(separator: "\n").suffix(30).joined(separator: "\n"))")
      return .failure(error)
    }
  }

  private static func set(
    _ settings: StageSettings, telegram: TelegramEmulator, avito: AvitoEmulator, http: CurlTransport, house: House,
    clock: StageClock
  ) async throws -> Stage {
    let cast = try await Cast.assemble(telegram: telegram, avito: avito)
    let port = try #require(FreePort.take(), "no free port")
    var urls = (telegram: try await telegram.baseURL(), avito: try await avito.url())
    let telegramLine = settings.hasFaultyPeers ? try FaultyProxy(to: Self.port(of: urls.telegram)) : nil
    let avitoLine = settings.hasFaultyPeers ? try FaultyProxy(to: Self.port(of: urls.avito)) : nil
    urls = (telegramLine?.url ?? urls.telegram, avitoLine?.url ?? urls.avito)
    let text = Texts.configuration(
      settings, port: port, telegram: urls.telegram, avito: urls.avito, group: cast.group)
    try house.write("switchboard.yaml", text)
    try house.write("flows/desk.yaml", settings.flow)
    try house.write("rules/reply.lua", settings.rule)
    let engine = RunningEngine(
      house: house, http: http, healthURL: "http://127.0.0.1:\(port)/health",
      logFile: settings.engineLog ?? house.path("engine.log"),
      arguments: [
        "run", "--log-level", "debug", "--log-format", "json", "--clock-rate", "\(settings.clockRate)",
        "--clock-origin", "\(clock.origin.milliseconds)",
      ])
    return Stage(
      telegram: telegram, avito: avito, http: http, house: house, clock: clock, cast: cast, engine: engine, port: port,
      telegramLine: telegramLine, avitoLine: avitoLine)
  }

  private static func port(of url: String) -> Int { Int(url.split(separator: ":").last ?? "") ?? 0 }

  // MARK: Doing

  /// A Telegram customer writes to the shop's bot.
  func vera(_ text: String) async throws {
    try await telegram.write(user: cast.vera, bot: cast.shopBot, .text(text))
  }

  /// An Avito customer writes; the chat.
  @discardableResult
  func anna(_ text: String) async throws -> String {
    try await avito.write(.content(.text(text)), from: cast.anna, to: cast.account, item: cast.sofa).chat
  }

  func post(
    _ path: String, _ body: [UInt8], _ headers: [String: String] = [:], timeoutMilliseconds: Int64 = 30_000
  ) async throws -> HTTPResponse {
    let json = ["Content-Type": "application/json"].merging(headers) { $1 }
    return try await http.send(
      HTTPRequest(
        method: "POST", url: path.hasPrefix("http") ? path : "http://127.0.0.1:\(port)\(path)",
        headers: json.map { HTTPHeader($0.key, $0.value) }, body: body, timeoutMilliseconds: timeoutMilliseconds))
  }

  // MARK: Seeing

  /// The customer's text in a topic of the operators' group, as the bot wrote it.
  @discardableResult
  func topicShows(_ text: String, seconds: Int64 = 60) async throws -> SeenMessage {
    try await appears("«\(text)» in a topic", seconds: seconds) { [cast] in
      $0.chat == cast.group && $0.thread != nil && $0.senderIsBot && $0.text.hasSuffix(text)
    }
  }

  @discardableResult
  func appears(
    _ what: String, seconds: Int64 = 60, _ matches: @escaping @Sendable (SeenMessage) -> Bool
  ) async throws -> SeenMessage {
    let found = await withTaskGroup(of: SeenMessage?.self) { group in
      group.addTask { await telegram.firstSeen(where: matches) }
      group.addTask {
        await Patience.clock.sleep(milliseconds: seconds * 1_000)
        return nil
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? nil
    }
    guard let found else { throw Overdue("\(what) did not appear in Telegram") }
    return found
  }

  /// Texts of customers' messages in topics, in the order in which they appeared.
  func shown(containing mark: String) async -> [String] {
    await telegram.seen(chat: cast.group).filter { $0.senderIsBot && $0.text.contains(mark) && !$0.isPinned }
      .map(\.text)
  }

  /// The first record of the engine's log with all these words in it.
  @discardableResult
  func logSays(_ words: String..., seconds: Int64 = 30) async throws -> String {
    var found: String?
    try await Patience.until("a log line with \(words)", seconds: seconds) {
      found = engine.log().split(separator: "\n").map(String.init).first { line in words.allSatisfy(line.contains) }
      return found != nil
    }
    return try #require(found)
  }

  func health() async throws -> Value {
    try JSON.parse(try await http.send(HTTPRequest(url: "http://127.0.0.1:\(port)/health")).body)
  }
}

enum Patience {
  /// Of the machine: deadlines of tests are real.
  static let clock = EmulatorClock()

  nonisolated(nonsending) static func until(
    _ what: String, seconds: Int64 = 60, _ isMet: nonisolated(nonsending) () async throws -> Bool
  ) async throws {
    let deadline = clock.now().adding(milliseconds: seconds * 1_000)
    while try await !isMet() {
      guard clock.now() < deadline else { throw Overdue("\(what) did not come within \(seconds) s") }
      await clock.sleep(milliseconds: 20)
    }
  }
}

/// The clock that engine and emulators share; faster than the machine's.
struct StageClock: Sendable {
  let origin: Timestamp
  let emulated: EmulatorClock

  init(rate: Double) {
    let machine = Patience.clock
    let origin = machine.now()
    self.origin = origin
    emulated = EmulatorClock(
      now: { origin.adding(milliseconds: Int64(Double(machine.now().millisecondsSince(origin)) * rate)) },
      sleep: { await machine.sleep(milliseconds: max(1, Int64(Double($0) / rate))) })
  }
}

struct Cast: Sendable {
  var account: Int64
  var sofa: Int64
  var anna: Int64
  var vera: Int64
  var oleg: Int64
  var deskBot: Int64
  var shopBot: Int64
  var group: Int64

  static func assemble(telegram: TelegramEmulator, avito: AvitoEmulator) async throws -> Cast {
    let account = try await avito.addAccount(clientID: Secrets.avitoClient, clientSecret: Secrets.avitoSecret)
    let sofa = try await avito.addItem(account: account, title: "Диван", priceText: "24 900 ₽")
    let anna = await avito.addCustomer(name: "Анна")
    let desk = try await telegram.createBot(token: Secrets.deskToken, name: "Desk", username: "program_desk_bot")
    let shop = try await telegram.createBot(token: Secrets.shopToken, name: "Shop", username: "program_shop_bot")
    let vera = try await telegram.createUser(firstName: "Вера")
    let oleg = try await telegram.createUser(firstName: "Олег")
    let group = try await telegram.createGroup(title: "Операторы", isForum: true)
    try await telegram.setMember(chat: group, user: desk, .administrator(AdminRights()))
    try await telegram.setMember(chat: group, user: oleg, .member)
    return Cast(
      account: account, sofa: sofa, anna: anna, vera: vera, oleg: oleg, deskBot: desk, shopBot: shop, group: group)
  }
}
