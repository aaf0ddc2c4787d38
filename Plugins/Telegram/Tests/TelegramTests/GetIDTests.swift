//! `/getid` (requirement T11).
internal import SwitchboardSDK
internal import Testing

@Suite struct GetIDTests {
  private func update(_ text: String, id: Int64 = 9) -> WebhookRequest {
    let message: Value = [
      "message_id": .int(id), "date": 1_795_217_938, "text": .text(text), "message_thread_id": 2001,
      "is_topic_message": true, "chat": ["id": -1_001_234_567_890, "type": "supergroup", "is_forum": true],
      "from": ["id": 5, "is_bot": false, "first_name": "Ann"],
    ]
    return WebhookRequest(headers: [:], body: JSON.bytes(["update_id": 1, "message": message]))
  }

  @Test func `it is answered in its topic and reaches no flow`() async throws {
    let scene = try Scene([.sent(1)])
    #expect(await scene.connector.receive(update("/getid")).status == 200)
    #expect(
      scene.http.parameters(0) == [
        "chat_id": -1_001_234_567_890, "message_thread_id": 2001,
        "text": "chat_id: -1001234567890\nThread ID: 2001",
      ])
    #expect(scene.intake.events.isEmpty)
  }

  @Test func `a redelivered question is answered once, also after a restart`() async throws {
    let store = MemoryStore()
    let scene = try Scene([.sent(1), .sent(2)], store: store)
    _ = await scene.connector.receive(update("/getid"))
    _ = await scene.connector.receive(update("/getid"))
    let restarted = try Scene([.sent(3)], store: store)
    _ = await restarted.connector.receive(update("/getid"))
    #expect(scene.http.methods == ["sendMessage"])
    #expect(restarted.http.methods.isEmpty)
  }

  @Test func `a question to another bot is an ordinary message`() async throws {
    let me = "{\"id\":7000000001,\"is_bot\":true,\"first_name\":\"S\",\"username\":\"Desk_bot\"}"
    let scene = try Scene([.ok(me), .sent(1)])
    _ = await scene.connector.receive(update("/getid@other_bot"))
    #expect(scene.intake.events.count == 1)
    _ = await scene.connector.receive(update("/GetID@desk_bot now", id: 10))
    #expect(scene.http.methods == ["getMe", "sendMessage"])
    #expect(scene.intake.events.count == 1)
  }

  @Test(arguments: ["/getids", "getid", "please /getid", "/start"])
  func `other texts are messages`(text: String) async throws {
    let scene = try Scene()
    _ = await scene.connector.receive(update(text))
    #expect(scene.intake.events.count == 1)
  }

  @Test func `an answer that fails costs a log line, not the update`() async throws {
    let scene = try Scene([.refused(403, "Forbidden: bot was kicked from the supergroup chat")])
    #expect(await scene.connector.receive(update("/getid")).status == 200)
    #expect(scene.log.text.contains("unanswered"))
  }
}
