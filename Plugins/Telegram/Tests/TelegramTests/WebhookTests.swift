//! The webhook door.
internal import SwitchboardSDK
internal import Testing

@Suite struct WebhookTests {
  private let header = "x-telegram-bot-api-secret-token"
  private let body = Array(
    """
    {"update_id":1,"message":{"message_id":2,"date":1795217938,"text":"hi","chat":{"id":5,"type":"private"},\
    "from":{"id":5,"is_bot":false,"first_name":"Ann"}}}
    """.utf8)

  @Test func `the address is registered with its secret, again and again until Telegram takes it`() async throws {
    let scene = try Scene(
      [.refused(400, "Bad Request: bad webhook: Failed to resolve host: Name or service not known"), .ok("true")],
      settings: ["receive": "webhook"], webhookURL: "https://bots.example.com/api/webhooks/telegram/desk/s",
      webhookHeaderSecret: "abc_DEF-1")
    try await scene.connector.run()
    #expect(scene.http.methods == ["setWebhook", "setWebhook"])
    #expect(
      scene.http.parameters(1) == [
        "url": "https://bots.example.com/api/webhooks/telegram/desk/s", "secret_token": "abc_DEF-1",
        "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
      ])
  }

  @Test func `an address that Telegram keeps refusing ends with its words`() async throws {
    let text = "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    let scene = try Scene(
      Array(repeating: .refused(400, text), count: 20), settings: ["receive": "webhook"], webhookURL: "http://x")
    let error = await #expect(throws: PluginError.self) { try await scene.connector.run() }
    #expect(error?.detail.contains("An HTTPS URL") == true)
    #expect(scene.http.requests.count == 10)
  }

  @Test func `without a public address there is nothing to register`() async throws {
    let scene = try Scene(settings: ["receive": "webhook"])
    let error = await #expect(throws: PluginError.self) { try await scene.connector.run() }
    #expect(error?.code == .settings)
  }

  @Test(arguments: [(nil, 404), ("wrong", 404), ("abc", 404), ("", 404), ("abc_DEF-1", 200)] as [(String?, Int)])
  func `only the right secret header opens the door`(given: String?, status: Int) async throws {
    let scene = try Scene(settings: ["receive": "webhook"], webhookHeaderSecret: "abc_DEF-1")
    let answer = await scene.connector.receive(
      WebhookRequest(headers: given.map { [header: $0] } ?? [:], body: body))
    #expect(answer.status == status)
    #expect(scene.intake.events.count == (status == 200 ? 1 : 0))
    #expect(scene.log.text.contains("warning: webhook call refused") == (status == 404))
  }

  @Test(arguments: ["", "{", "[]", "{\"update_id\":\"1\"}", "null", String(repeating: "[", count: 100_000)])
  func `a body that is no update is refused with a reason`(body: String) async throws {
    let scene = try Scene()
    let answer = await scene.connector.receive(WebhookRequest(headers: [:], body: Array(body.utf8)))
    #expect(answer.status == 400)
    #expect(!answer.detail.isEmpty)
  }

  @Test func `invalid UTF-8 is refused`() async throws {
    let answer = try await Scene().connector.receive(
      WebhookRequest(headers: [:], body: Array("{\"update_id\":1,\"message\":\"".utf8) + [0xFF] + Array("\"}".utf8)))
    #expect(answer.status == 400)
  }

  @Test func `an update that could not be stored is not confirmed`() async throws {
    let scene = try Scene(intake: RecordingIntake(failures: 1))
    #expect(await scene.connector.receive(WebhookRequest(headers: [:], body: body)).status == 503)
    #expect(await scene.connector.receive(WebhookRequest(headers: [:], body: body)).status == 200)
    #expect(scene.intake.events.map(\.externalID) == ["m:5:2"])
  }

  @Test func `an unknown kind of update is confirmed and logged`() async throws {
    let scene = try Scene()
    let answer = await scene.connector.receive(
      WebhookRequest(headers: [:], body: Array("{\"update_id\":9,\"hologram\":{}}".utf8)))
    #expect(answer.status == 200)
    #expect(scene.log.text.contains("hologram"))
  }
}
