//! Webhook mode from outside: the real addresses, good calls and bad ones, and not one secret in the log.
import Emulators
import Foundation
import SwitchboardSDK
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct WebhookTests {
  /// Where Telegram was told to call the shop's bot, and the secret it was told to send.
  private func registered(_ stage: Stage) async throws -> (url: String, secret: String) {
    var found: (url: String, secret: String)?
    try await Patience.until("setWebhook of the shop's bot") {
      let calls = await stage.telegram.requestLog().requests.filter { $0.operation.lowercased() == "setwebhook" }
      found =
        calls.compactMap { call -> (url: String, secret: String)? in
          guard let url = call.parameters["url"]?.textValue, url.contains("/shop-bot/") else { return nil }
          return (url, call.parameters["secret_token"]?.textValue ?? "")
        }.last
      return found != nil
    }
    return try #require(found)
  }

  private func avitoAddress(_ stage: Stage) async throws -> String {
    var url: String?
    try await Patience.until("the webhook at Avito") {
      url = await stage.avito.webhookURL(of: stage.cast.account)
      return url != nil
    }
    return try #require(url)
  }

  private static func update(_ id: Int, _ text: String) -> [UInt8] {
    let person = #"{"id":7700001,"is_bot":false,"first_name":"Глеб"}"#
    let chat = #"{"id":7700001,"type":"private","first_name":"Глеб"}"#
    return Array(
      (#"{"update_id":\#(id),"message":{"message_id":\#(id),"date":1795217938,"from":\#(person),"chat":\#(chat),"#
        + #""text":"\#(text)"}}"#).utf8)
  }

  @Test func `both channels come in through the gateway with secret paths, and answers go back`() async throws {
    var settings = StageSettings()
    settings.receive = "webhook"
    try await Stage.play(settings) { stage in
      let (url, headerSecret) = try await registered(stage)
      let avitoURL = try await avitoAddress(stage)
      #expect(url.hasPrefix("http://127.0.0.1:\(stage.port)/api/webhooks/source-telegram/shop-bot/"))
      #expect(avitoURL.hasPrefix("http://127.0.0.1:\(stage.port)/api/webhooks/avito/avito-main/"))
      try await stage.vera("вебхук Телеграма")
      try await stage.topicShows("вебхук Телеграма")
      let chat = try await stage.anna("вебхук Авито")
      let shown = try await stage.topicShows("вебхук Авито")
      let thread = try #require(shown.thread)
      try await stage.telegram.write(
        user: stage.cast.oleg, chat: stage.cast.group, thread: thread, .text("ответ оператора"))
      try await Patience.until("the answer on Avito") {
        await stage.avito.seen(chat: chat).contains { $0.text == "ответ оператора" }
      }
      let made = [url, avitoURL].compactMap { $0.split(separator: "/").last.map(String.init) } + [headerSecret]
      try await expectNoSecrets(in: stage, made: made)
    }
  }

  @Test func `each bad call is answered for what it is, and the process goes on`() async throws {
    var settings = StageSettings()
    settings.receive = "webhook"
    try await Stage.play(settings) { stage in
      let (url, header) = try await registered(stage)
      let told = ["X-Telegram-Bot-Api-Secret-Token": header]
      let path = "/api/webhooks/source-telegram/shop-bot/"
      #expect(try await stage.post(url, Array("{\"update_id\": 1, ".utf8), told).status == 400)
      #expect(try await stage.post(url, Array("null".utf8), told).status == 400)
      #expect(
        try await stage.post(url, Array(#"{"update_id":2,"message":"#.utf8) + [0x22, 0xFF, 0xC3, 0x22, 0x7D], told)
          .status == 400)
      let large = Self.update(3, String(repeating: "я", count: 2_621_440))
      #expect(try await stage.post(url, large, told).status == 413)
      #expect(try await stage.post(url, [UInt8](repeating: 0x20, count: 300_000), told).status == 413)
      let foreign = Self.update(4, "чужое")
      #expect(try await stage.post(path + "guessed-secret-0123456789", foreign, told).status == 404)
      #expect(try await stage.post("/api/webhooks/source-telegram/nobody/x", foreign, told).status == 404)
      let guess = ["X-Telegram-Bot-Api-Secret-Token": "guess"]
      #expect(try await stage.post(url, foreign, guess).status == 404)
      #expect(try await stage.post(url, foreign).status == 404)
      let unknown = Array(#"{"update_id":7,"purchased_paid_media":{"paid_media_payload":"x"}}"#.utf8)
      #expect(try await stage.post(url, unknown, told).status == 200)
      let nested = Array(String(repeating: "[", count: 100_000).utf8)
      #expect(try await stage.post(url, nested, told).status == 400)
      let huge = Array(#"{"update_id":99999999999999999999999999,"message":{}}"#.utf8)
      #expect(try await stage.post(url, huge, told).status == 400)
      let avitoURL = try await avitoAddress(stage)
      #expect(try await stage.post(avitoURL, Array("{]".utf8)).status == 400)
      #expect(
        try await stage.post(avitoURL, Array(#"{"payload":{"type":"chat_renamed","value":{}}}"#.utf8)).status == 200)
      #expect(try await stage.post("/api/webhooks/avito/avito-main/guess", Array("{}".utf8)).status == 404)

      // A 200 is a promise; nothing before it was lost or has stopped the door.
      #expect(try await stage.post(url, Self.update(8, "хорошее сообщение"), told).status == 200)
      try await stage.topicShows("хорошее сообщение")
      #expect(await stage.shown(containing: "чужое").isEmpty)
      #expect(await stage.engine.isAlive)
      try await stage.logSays("webhook refused", "\"warning\"", "shop-bot")
      try await stage.logSays("webhook not accepted", "no JSON", "at byte")
      try await stage.logSays("wrong or missing secret header", "shop-bot")
      try await stage.logSays("update passed over", "\"7\"")
      let log = stage.engine.log()
      #expect(!log.contains("guessed-secret-0123456789") && !log.contains("\"guess\""))
      let made = [url, avitoURL].compactMap { $0.split(separator: "/").last.map(String.init) } + [header]
      try await expectNoSecrets(in: stage, made: made)
    }
  }

  @Test func `a peer that repeats a made secret back to us does not get it into the log`() async throws {
    var settings = StageSettings()
    settings.receive = "webhook"
    try await Stage.play(settings) { stage in
      let (url, header) = try await registered(stage)
      _ = try await avitoAddress(stage)
      #expect(try await stage.engine.stop().status == 0)
      // The secret is kept over the restart, so the answer to the next registration can hold it.
      let answer = #"{"ok":false,"error_code":400,"description":"Bad Request: bad webhook \#(url) \#(header)"}"#
      await stage.telegram.addFault(
        Fault(.answer(status: 400, body: answer), operation: "setWebhook", containing: "/shop-bot/"))
      try await stage.engine.start()
      try await stage.logSays("bad webhook", "shop-bot", "***")
      let secret = try #require(url.split(separator: "/").last.map(String.init))
      try await expectNoSecrets(in: stage, made: [secret, header])
      let health = JSON.text(try await stage.health())
      #expect(!health.contains(secret) && !health.contains(header), "health shows it: \(health)")
    }
  }

  @Test func `a text of 200 KB is taken and delivered in as many parts as the channel allows`() async throws {
    var settings = StageSettings()
    settings.receive = "webhook"
    try await Stage.play(settings) { stage in
      let (url, header) = try await registered(stage)
      let told = ["X-Telegram-Bot-Api-Secret-Token": header]
      let long = String(repeating: "длинный текст ", count: 8_000)
      #expect(try await stage.post(url, Self.update(9, long), told).status == 200)
      #expect(try await stage.post(url, Self.update(10, "после длинного"), told).status == 200)
      try await stage.topicShows("после длинного")
      let parts = await stage.shown(containing: "длинный текст")
      #expect((1...10).contains(parts.count), "\(parts.count) parts")
      #expect(parts.allSatisfy { $0.unicodeScalars.count <= 4_096 })
    }
  }

  /// The whole log at debug level, with every disguise in which a secret may travel.
  private func expectNoSecrets(in stage: Stage, made: [String]) async throws {
    let tokens = await stage.avito.requestLog().requests.compactMap { $0.headers["authorization"] }
      .map { String($0.dropFirst("Bearer ".count)) }
    let secrets = [Secrets.avitoSecret, Secrets.deskToken, Secrets.shopToken] + made + Array(Set(tokens))
    try await stage.engine.expectSilent(about: secrets)
  }
}

extension RunningEngine {
  /// None of these stands in the log: plain, URL-encoded or in base64.
  func expectSilent(about secrets: [String]) throws {
    let log = log()
    #expect(log.contains("\"debug\""), "the log was not written at debug level")
    for secret in secrets where secret.count >= 6 {
      let encoded = try #require(secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
      #expect(!log.contains(secret), "plain: \(secret)")
      #expect(!log.contains(encoded), "URL-encoded: \(secret)")
      for lead in ["", "a", "ab"] {
        let base64 = Data((lead + secret).utf8).base64EncodedString().dropFirst(lead.isEmpty ? 0 : 4).dropLast(4)
        #expect(!log.contains(base64), "base64: \(secret)")
      }
    }
  }
}
