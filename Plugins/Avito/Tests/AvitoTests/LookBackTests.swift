//! Avito forgets a webhook that met a closed door: the next one of the chat must not overtake its message.

internal import Foundation
internal import SwitchboardSDK
internal import Testing

@Suite(.timeLimit(.minutes(1)))
struct LookBackTests {
  private static let list = "GET /messenger/v3/accounts/369000001/chats/\(chatPath)/messages/?limit=100&offset=0"
  private static let about = "GET /messenger/v2/accounts/369000001/chats/\(chatPath)"
  private static let read = "POST /messenger/v1/accounts/369000001/chats/\(chatPath)/read"
  private static let unread =
    "GET /messenger/v2/accounts/369000001/chats?unread_only=true&chat_types=u2i,u2u&limit=100&offset=0"

  /// A chat whose messages 1…`count` stand at seconds 10, 20, …; the first `read` of them have been read.
  private static func stage(count: Int, read: Int = 0) -> Stage {
    let messages = (1...count).reversed().map { number in
      #"{"id":"m\#(number)","author_id":459000002,"created":\#(number * 10),"direction":"in","#
        + #""isRead":\#(number <= read),"type":"text","content":{"text":"m\#(number)"}}"#
    }
    return Stage { route, _ in
      switch route {
      case "POST /token": goodToken
      case list: answer("{\"messages\":[\(messages.joined(separator: ","))]}")
      case Self.read: answer(#"{"ok":true}"#)
      case unread: answer(#"{"chats":[]}"#)
      case about: answer(#"{"id":"\#(chatID)","users":[{"id":459000002,"name":"Анна"}]}"#)
      case "POST /messenger/v1/subscriptions":
        answer(#"{"subscriptions":[{"url":"https://we.example/w","version":"3"}]}"#)
      default: answer("page not found", status: 404)
      }
    }
  }

  private static func hook(_ number: Int, author: Int64 = 459_000_002) -> WebhookRequest {
    let value: Value = [
      "id": .text("m\(number)"), "chat_id": .text(chatID), "user_id": 369_000_001, "author_id": .int(author),
      "created": .int(Int64(number) * 10), "type": "text", "content": ["text": .text("m\(number)")],
    ]
    return WebhookRequest(headers: [:], body: JSON.bytes(["payload": ["type": "message", "value": value]]))
  }

  private func accepted(_ stage: Stage) -> [String] { stage.journal.filter { $0.hasPrefix("accept") } }

  @Test
  func `The first webhook of a chat after a start brings what nobody has seen, in order and once`() async throws {
    let stage = Self.stage(count: 4, read: 1)
    let connector = try stage.connector(["receive": "webhook"], webhookURL: "https://we.example/w")
    #expect(await connector.receive(Self.hook(4)).status == 200)
    #expect(accepted(stage) == ["accept m:m2 m:m3 m:m4"])
    #expect(stage.events.allSatisfy { $0.sender.name == "Анна" })

    let looks = stage.journal.count { $0 == Self.list }
    #expect(await connector.receive(Self.hook(5)).status == 200)
    #expect(accepted(stage) == ["accept m:m2 m:m3 m:m4", "accept m:m5"])
    #expect(stage.journal.count { $0 == Self.list } == looks, "the chat was known already")
  }

  @Test
  func `A message that the list does not show yet stands where its time says`() async throws {
    let stage = Self.stage(count: 3)
    let connector = try stage.connector(["receive": "webhook"], webhookURL: "https://we.example/w")
    #expect(await connector.receive(Self.hook(4)).status == 200)
    #expect(accepted(stage) == ["accept m:m1 m:m2 m:m3 m:m4"])
  }

  @Test
  func `Where Avito does not answer soon the message goes on alone, and so do the next ones`() async throws {
    let stage = Self.stage(count: 3)
    stage.silentRoutes = [Self.list]
    let connector = try stage.connector(["receive": "webhook"], webhookURL: "https://we.example/w")
    let begunAt = ContinuousClock.now
    #expect(await connector.receive(Self.hook(3)).status == 200)
    #expect(ContinuousClock.now - begunAt > .milliseconds(1_000), "it has waited for an answer")
    #expect(await connector.receive(Self.hook(4)).status == 200)
    #expect(accepted(stage) == ["accept m:m3", "accept m:m4"])
    #expect(stage.journal.count { $0 == Self.list } == 1)
  }

  @Test
  func `After a message that could not be stored the next webhook looks back again`() async throws {
    let stage = Self.stage(count: 2, read: 0)
    let connector = try stage.connector(["receive": "webhook"], webhookURL: "https://we.example/w")
    #expect(await connector.receive(Self.hook(2)).status == 200)
    stage.refuseIntake(1)
    #expect(await connector.receive(Self.hook(3)).status == 503)
    #expect(await connector.receive(Self.hook(4)).status == 200)
    #expect(stage.journal.count { $0 == Self.list } == 2)
    #expect(accepted(stage) == ["accept m:m1 m:m2", "accept m:m2 m:m4"])
  }

  @Test
  func `A node that begins to receive again trusts nothing it knew`() async throws {
    let stage = Self.stage(count: 2, read: 0)
    let connector = try stage.connector(["receive": "webhook"], webhookURL: "https://we.example/w")
    // Ours, written by hand in the channel's own app: nothing that would be marked read.
    let ours = Self.hook(2, author: 369_000_001)
    for _ in 1...2 { #expect(await connector.receive(ours).status == 200) }
    #expect(stage.journal.count { $0 == Self.list } == 1)
    let task = Task { try await connector.run() }
    var sleeps = stage.slept.makeAsyncIterator()
    #expect(await sleeps.next() == 60_000)
    task.cancel()
    try await task.value
    #expect(await connector.receive(ours).status == 200)
    #expect(stage.journal.count { $0 == Self.list } == 2)
  }

  @Test
  func `A chat that was marked read is looked at once more, also when the engine died before it`() async throws {
    let stage = Self.stage(count: 2, read: 1)
    let connector = try stage.connector(["receive": "webhook"], webhookURL: "https://we.example/w")
    // As a run that died between mark and look has left it.
    try await stage.set("recheck_webhook", .map([chatID: 10]))
    let task = Task { try await connector.run() }
    var sleeps = stage.slept.makeAsyncIterator()
    #expect(await sleeps.next() == 60_000)
    await stage.comes("store recheck_webhook nothing")
    task.cancel()
    try await task.value
    #expect(accepted(stage).contains("accept m:m1 m:m2"))
    #expect(try await stage.get("recheck_webhook").isNull)
  }

  @Test
  func `What was marked read in the moment of a crash is found by the next webhook, in its place`() async throws {
    // 3 came between the look that saw 2 and the mark; its webhook met a dead engine. 4 was written after that.
    let stage = Self.stage(count: 5, read: 3)
    try await stage.set("recheck_webhook", .map([chatID: 20]))
    let connector = try stage.connector(["receive": "webhook"], webhookURL: "https://we.example/w")
    #expect(await connector.receive(Self.hook(5)).status == 200)
    #expect(accepted(stage) == ["accept m:m2 m:m3 m:m4 m:m5"])
  }
}
