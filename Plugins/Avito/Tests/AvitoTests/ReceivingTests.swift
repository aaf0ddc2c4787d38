//! How messages come in: polling, webhook, and the promise that nothing is marked read before it is durable.

internal import Foundation
internal import SwitchboardSDK
internal import Synchronization
internal import Testing

@Suite(.timeLimit(.minutes(1)))
struct ReceivingTests {
  private static let messages = "GET /messenger/v3/accounts/369000001/chats/\(chatPath)/messages/?limit=100&offset=0"
  private static let read = "POST /messenger/v1/accounts/369000001/chats/\(chatPath)/read"
  private static let chat = """
    {"id":"\(chatID)","updated":3,"context":{"type":"item","value":{"id":4098000003,"title":"Mazda 3",
    "price_string":"300\u{A0}000 ₽","url":"https://avito.ru/x"}},
    "users":[{"id":369000001,"name":"Магазин"},{"id":459000002,"name":"Анна"}]}
    """

  private static func message(_ id: String, _ created: Int, isRead: Bool, author: Int = 459_000_002) -> String {
    let direction = author == 459_000_002 ? "in" : "out"
    return """
      {"id":"\(id)","author_id":\(author),"created":\(created),"direction":"\(direction)","isRead":\(isRead),
      "type":"text","content":{"text":"\(id)"}}
      """
  }

  private static func hook(_ id: String, _ created: Int) -> WebhookRequest {
    let body: Value = [
      "payload": [
        "type": "message",
        "value": [
          "id": .text(id), "chat_id": .text(chatID), "user_id": 369_000_001, "author_id": 459_000_002,
          "created": .int(Int64(created)), "type": "text", "content": ["text": .text(id)],
        ],
      ]
    ]
    return WebhookRequest(headers: [:], body: JSON.bytes(body))
  }

  @Test
  func `A channel that fails twice running is told as degraded, and as connected once it answers`() async throws {
    let failuresLeft = Mutex(2)
    let stage = Stage { route, _ in
      if route == "POST /token" { return goodToken }
      let fails = failuresLeft.withLock { left in
        defer { left = max(left - 1, 0) }
        return left > 0
      }
      return fails
        ? .failure(HTTPError(.connect, mayHaveBeenSent: false, "refused")) : answer("{\"chats\":[]}")
    }
    // Back-offs short enough that the stage's clock lets them pass.
    let connector = try stage.connector(["poll_every": 1_000])
    let task = Task { try await connector.run() }
    var sleeps = stage.slept.makeAsyncIterator()
    for _ in 0..<200 where stage.reports.last != .connected && !Task.isCancelled { _ = await sleeps.next() }
    task.cancel()
    try await task.value
    let reports = stage.reports
    guard reports.count == 2, case .degraded(let reason) = reports[0] else {
      Issue.record("\(reports) \(stage.log.suffix(3))")
      return
    }
    #expect(reason.contains("connect") && !reason.contains("canary"))
  }

  @Test
  func `A poll accepts unread messages oldest first, then marks the chat read and looks once more`() async throws {
    let list = [
      Self.message("m4", 40, isRead: false), Self.message("m3", 30, isRead: true, author: 369_000_001),
      Self.message("m2", 20, isRead: false), Self.message("m1", 10, isRead: true),
    ].joined(separator: ",")
    let stage = Stage { route, _ in
      switch route {
      case "POST /token": goodToken
      case Self.messages: answer("{\"messages\":[\(list)]}")
      case Self.read: answer(#"{"ok":true}"#)
      case let route where route.contains("/chats?"): answer("{\"chats\":[\(Self.chat)]}")
      default: answer("page not found", status: 404)
      }
    }
    let connector = try stage.connector()
    let task = Task { try await connector.run() }
    var sleeps = stage.slept.makeAsyncIterator()
    #expect(await sleeps.next() == 5_000)
    task.cancel()
    try await task.value

    #expect(
      stage.journal == [
        "POST /token",
        "GET /messenger/v2/accounts/369000001/chats?unread_only=true&chat_types=u2i,u2u&limit=100&offset=0",
        Self.messages, "accept m:m2 m:m3 m:m4", Self.read, Self.messages, "accept m:m4",
      ])
    let first = try #require(stage.events.first)
    #expect(first.sender == Sender(id: "459000002", name: "Анна") && first.chat.id == chatID && !first.isEcho)
    #expect(first.facts["name"] == "Анна" && first.facts["item"]["price"] == 300_000)
    #expect(stage.events[1].isEcho)
  }

  @Test
  func `A chat with many new messages is read down to the known ones before it is marked`() async throws {
    let stage = Stage { route, _ in
      if route == "POST /token" { return goodToken }
      if route == Self.read { return answer(#"{"ok":true}"#) }
      guard let offset = route.split(separator: "offset=").last.flatMap({ Int($0) }), route.contains("/messages/")
      else {
        return answer("{\"chats\":[\(Self.chat)]}")
      }
      // 450 new ones, newest first, then one that has been read.
      let page = (offset..<min(offset + 100, 451)).map { index in
        Self.message("m\(1_000 - index)", 1_000 - index, isRead: index == 450)
      }
      return answer("[\(page.joined(separator: ","))]")
    }
    let connector = try stage.connector()
    let task = Task { try await connector.run() }
    var sleeps = stage.slept.makeAsyncIterator()
    _ = await sleeps.next()
    task.cancel()
    try await task.value
    #expect(stage.events.prefix(450).map(\.externalID) == (551...1_000).map { "m:m\($0)" })
    let accepted = try #require(stage.journal.firstIndex { $0.hasPrefix("accept m:m551") })
    #expect(try #require(stage.journal.firstIndex(of: Self.read)) > accepted)
  }

  @Test
  func `What could not be stored is not marked read`() async throws {
    let stage = Stage { route, _ in
      if route == "POST /token" { return goodToken }
      if route == Self.messages { return answer("[\(Self.message("m1", 10, isRead: false))]") }
      return answer("{\"chats\":[\(Self.chat)]}")
    }
    stage.refuseIntake(1)
    let connector = try stage.connector()
    let task = Task { try await connector.run() }
    var sleeps = stage.slept.makeAsyncIterator()
    _ = await sleeps.next()
    task.cancel()
    try await task.value
    #expect(!stage.journal.contains(Self.read) && stage.events.isEmpty)
    #expect(stage.log.contains { $0.contains("the disk is full") })
  }

  @Test
  func `A refused client ends receiving with unauthorized and tells no secret`() async throws {
    let stage = Stage { route, _ in answer(#"{"error":"invalid_client secret-canary"}"#, status: 400) }
    let connector = try stage.connector()
    let error = await #expect(throws: PluginError.self) { try await connector.run() }
    #expect(error?.code == .unauthorized)
    #expect(!"\(String(describing: error)) \(stage.log)".contains("canary"))
  }

  @Test
  func `Webhook mode takes over the subscription and says so, without the other address`() async throws {
    let stage = Stage { route, _ in
      switch route {
      case "POST /token": goodToken
      case "POST /messenger/v1/subscriptions":
        answer(#"{"subscriptions":[{"url":"https://crm.example/hook/other-secret","version":"3"}]}"#)
      case "POST /messenger/v3/webhook": answer(#"{"ok":true}"#)
      default: answer(#"{"chats":[]}"#)
      }
    }
    let connector = try stage.connector(["receive": "webhook"], webhookURL: "https://we.example/w/s")
    let task = Task { try await connector.run() }
    var sleeps = stage.slept.makeAsyncIterator()
    #expect(await sleeps.next() == 60_000)
    task.cancel()
    try await task.value
    #expect(stage.journal[1...2] == ["POST /messenger/v1/subscriptions", "POST /messenger/v3/webhook"])
    #expect(String(decoding: stage.requests[2].body, as: UTF8.self) == #"{"url":"https://we.example/w/s"}"#)
    #expect(stage.log.contains { $0.contains("crm.example") } && !stage.log.contains { $0.contains("other-secret") })
    #expect(throws: PluginError.self) { _ = try stage.connector(["receive": "webhook"]) }
  }

  @Test
  func `Probes and other webhooks are answered with 200, broken ones with 400, unstored with 503`() async throws {
    let stage = Stage { _, _ in answer("{}", status: 500) }
    let connector = try stage.connector()
    func status(_ body: String) async -> Int {
      await connector.receive(WebhookRequest(headers: [:], body: Array(body.utf8))).status
    }
    #expect(await status("{}") == 200)
    #expect(await status("[1]") == 200)
    #expect(await status(#"{"payload":{"type":"chat_read","value":{}}}"#) == 200)
    #expect(await status("{") == 400)
    #expect(await status(#"{"payload":{"type":"message","value":{"chat_id":"c"}}}"#) == 400)
    let good = #"{"payload":{"type":"message","value":{"id":"m","chat_id":"c","user_id":369000001,"author_id":2}}}"#
    #expect(stage.events.isEmpty)
    stage.refuseIntake(1)
    #expect(await status(good) == 503)
    #expect(await status(good) == 200)
    #expect(stage.events.map(\.externalID) == ["m:m"])
  }

  @Test
  func `A chat is swept for lost webhooks before its webhook's message is marked read`() async throws {
    let list = [Self.message("m2", 20, isRead: false), Self.message("m1", 10, isRead: false)].joined(separator: ",")
    let (marks, mark) = AsyncStream<Void>.makeStream()
    let stage = Stage { route, _ in
      switch route {
      case "POST /token": return goodToken
      case Self.messages: return answer("[\(list)]")
      case Self.read:
        mark.yield()
        return answer(#"{"ok":true}"#)
      case "POST /messenger/v1/subscriptions":
        return answer(#"{"subscriptions":[{"url":"https://we.example/w","version":"3"}]}"#)
      case let route where route.contains("/chats?"): return answer(#"{"chats":[]}"#)
      default: return answer(Self.chat)
      }
    }
    let connector = try stage.connector(["receive": "webhook"], webhookURL: "https://we.example/w")
    let task = Task { try await connector.run() }
    var sleeps = stage.slept.makeAsyncIterator()
    _ = await sleeps.next()
    #expect(await connector.receive(Self.hook("m2", 20)).status == 200)
    var marked = marks.makeAsyncIterator()
    await marked.next()
    task.cancel()
    try await task.value
    let markedAt = try #require(stage.journal.firstIndex(of: Self.read))
    #expect(
      stage.journal[...markedAt].suffix(4) == ["accept m:m1 m:m2", Self.messages, "accept m:m2", Self.read])
    #expect(stage.events.first?.facts["item"]["title"] == "Mazda 3")
    #expect(!stage.journal.contains("POST /messenger/v3/webhook"))
  }
}
