//! How messages go out, what each failure means, and how a lost answer is cleared up.

internal import Foundation
internal import SwitchboardSDK
internal import Testing

@Suite(.timeLimit(.minutes(1)))
struct SendingTests {
  private static let base = "/messenger/v1/accounts/369000001"
  private static let sendRoute = "POST \(base)/chats/\(chatPath)/messages"
  private static let sent = #"{"id":"r1","created":5,"direction":"out","type":"text","content":{"text":"Да"}}"#
  private let text = Action(name: "send", idempotencyKey: "k", chat: chatID, message: OutgoingMessage(text: "Да"))
  private let image = Action(
    name: "send", idempotencyKey: "k", chat: chatID,
    message: OutgoingMessage(text: "", attachment: Attachment(kind: .image, label: "", url: "https://x.test/i")))

  private func failure(_ result: Result<HTTPResponse, HTTPError>) async throws -> ActionError? {
    let stage = Stage { route, _ in route == "POST /token" ? goodToken : result }
    let connector = try stage.connector()
    do throws(ActionError) {
      _ = try await connector.perform(text)
      return nil
    } catch {
      #expect(!error.detail.contains("canary"))
      return error
    }
  }

  @Test
  func `A text is sent once and its id is told`() async throws {
    let stage = Stage { route, _ in route == "POST /token" ? goodToken : answer(Self.sent) }
    let result = try await stage.connector().perform(text)
    #expect(result.remoteIDs == ["r1"])
    #expect(stage.journal == ["POST /token", Self.sendRoute])
    #expect(String(decoding: stage.requests[1].body, as: UTF8.self) == #"{"message":{"text":"Да"},"type":"text"}"#)
  }

  @Test
  func `Each failure of a send says whether it may be repeated`() async throws {
    let expected: [(Result<HTTPResponse, HTTPError>, ActionError.Code)] = [
      (answer(#"{"error":{"code":404,"message":"Not found"}}"#, status: 404), .recipientGone),
      (answer("page not found", status: 404), .invalid),
      (answer(#"{"error":{"code":400,"message":"secret-canary"}}"#, status: 400), .invalid),
      (answer(#"{"result":{"message":"access token expired"}}"#, status: 403), .unauthorized),
      (answer(#"{"code":402,"message":"pay"}"#, status: 402), .unauthorized),
      (answer("", status: 500), .unknown), (answer("<html>", status: 503), .unknown),
      (answer("<html>"), .unknown), (answer("{}"), .unknown),
      (answer("", status: 429, headers: [HTTPHeader("retry-after", "7")]), .rateLimited),
      (.failure(HTTPError(.connect, mayHaveBeenSent: false, "")), .transient),
      (.failure(HTTPError(.timeout, mayHaveBeenSent: true, "")), .unknown),
    ]
    for (result, code) in expected {
      #expect(try await failure(result)?.code == code, "\(result)")
    }
    let limited = try await failure(answer("", status: 429, headers: [HTTPHeader("Retry-After", "7")]))
    #expect(limited?.retryAfterMilliseconds == 7_000)
  }

  @Test
  func `An expired token is renewed once, for all who wait`() async throws {
    let stage = Stage { route, request in
      if route == "POST /token" { return goodToken }
      return answer(#"{"result":{"message":"access token expired"}}"#, status: 403)
    }
    let connector = try stage.connector()
    await #expect(throws: ActionError.self) { try await connector.perform(text) }
    #expect(stage.journal == ["POST /token", Self.sendRoute, "POST /token", Self.sendRoute])

    let other = Stage { route, _ in route == "POST /token" ? goodToken : answer(Self.sent) }
    let shared = try other.connector()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<20 { group.addTask { _ = try await shared.perform(text) } }
      try await group.waitForAll()
    }
    #expect(other.journal.filter { $0 == "POST /token" }.count == 1)
  }

  @Test
  func `A picture is uploaded once and sent by its id, and other kinds are refused`() async throws {
    let upload = "POST \(Self.base)/uploadImages"
    let fails = FailOnce()
    let stage = Stage { route, _ in
      switch route {
      case "POST /token": goodToken
      case upload: answer(#"{"12.ab":{"1280x960":"https://img.test/1"}}"#)
      default: fails.first() ? answer("", status: 429) : answer(#"{"id":"r2","created":6}"#)
      }
    }
    stage.file = FetchedFile(bytes: [0xFF, 0xD8, 0xFF, 0xE0], fileName: "evil\r\nX: y.jpg", mimeType: "text/html")
    let connector = try stage.connector()
    await #expect(throws: ActionError.self) { try await connector.perform(image) }
    let result = try await connector.perform(image)
    #expect(result.remoteIDs == ["r2"] && result.value["image_id"] == "12.ab")
    #expect(stage.journal.filter { $0 == upload }.count == 1)
    let uploaded = try #require(stage.requests.first { $0.url.hasSuffix("uploadImages") })
    let form = String(decoding: uploaded.body, as: UTF8.self)
    #expect(form.contains(#"name="uploadfile[]"; filename="image.jpg""#) && form.contains("Content-Type: image/jpeg"))
    #expect(stage.requests.last.map { String(decoding: $0.body, as: UTF8.self) } == #"{"image_id":"12.ab"}"#)

    stage.file = FetchedFile(bytes: Array("RIFF....WEBP".utf8), fileName: "a.jpg", mimeType: "image/jpeg")
    let refused = await #expect(throws: ActionError.self) { try await connector.perform(image) }
    #expect(refused?.code == .unsupported)
    var voice = image
    voice.message?.attachment?.kind = .voice
    let unsupported = await #expect(throws: ActionError.self) { try await connector.perform(voice) }
    #expect(unsupported?.code == .unsupported)
  }

  @Test
  func `A lost answer is found again among our last messages, each for one send only`() async throws {
    let list = """
      {"messages":[{"id":"new","created":1795217935,"direction":"out","type":"text","content":{"text":"Да"}},
      {"id":"in","created":1795217934,"direction":"in","type":"text","content":{"text":"Да"}},
      {"id":"old","created":1795210000,"direction":"out","type":"text","content":{"text":"Да"}}]}
      """
    let stage = Stage { route, _ in route == "POST /token" ? goodToken : answer(list) }
    let connector = try stage.connector()
    let begun = Timestamp(seconds: 1_795_217_934)
    let found = try await connector.reconcile(text, begunAt: begun)
    guard case .performed(let result) = found else {
      Issue.record("not found: \(found)")
      return
    }
    #expect(result.remoteIDs == ["new"])
    stage.ownMessages = ["new"]
    #expect(try await connector.reconcile(text, begunAt: begun) == .notPerformed)
    // A picture without a noted upload was never sent.
    #expect(try await connector.reconcile(image, begunAt: begun) == .notPerformed)
  }

  @Test
  func `A voice message is fetched by its short-lived link, without our token`() async throws {
    let stage = Stage { route, _ in
      if route == "POST /token" { return goodToken }
      if route.contains("getVoiceFiles?voice_ids=v1") { return answer(#"{"voices_urls":{"v1":"https://f.test/v"}}"#) }
      return answer("sound", headers: [HTTPHeader("Content-Type", "audio/mp4")])
    }
    let file = try await stage.connector().fetch(Attachment(kind: .voice, label: "", fileID: "v1"))
    #expect(file.bytes == Array("sound".utf8) && file.mimeType == "audio/mp4")
    #expect(stage.requests.last?.headers == [])
  }

  @Test
  func `A picture's address may lead to the public internet only, redirects included`() async throws {
    let stage = Stage { route, request in
      switch request.url {
      case "https://img.test/1": answer("", status: 302, headers: [HTTPHeader("Location", "/2")])
      case "https://img.test/2": answer("", status: 307, headers: [HTTPHeader("Location", "//cdn.test/3")])
      case "https://cdn.test/3": answer("", status: 301, headers: [HTTPHeader("location", "http://avito.test/image/4")])
      case "http://avito.test/image/4": answer("picture")
      default: answer("", status: 302, headers: [HTTPHeader("Location", request.url)])
      }
    }
    func fetch(_ url: String) async throws -> FetchedFile {
      try await stage.connector().fetch(Attachment(kind: .image, label: "", url: url))
    }
    #expect(try await fetch("https://img.test/1").bytes == Array("picture".utf8))
    // The API's own host is where the owner pointed us to.
    #expect(stage.requests.map(\.refusesPrivateAddresses) == [true, true, true, false])
    let looping = await #expect(throws: ActionError.self) { try await fetch("https://loop.test/") }
    #expect(looping?.code == .invalid && stage.requests.count == 8)
    for disguised in ["http://avito.test@evil.test/", "http://avito.test:81/", "http://avito.test\\@evil.test/"] {
      _ = await #expect(throws: ActionError.self) { try await fetch(disguised) }
      #expect(stage.requests.last?.refusesPrivateAddresses == true)
    }
    for odd in ["file:///etc/passwd", "https://", "//x/", "gopher://x/"] {
      let refused = await #expect(throws: ActionError.self) { try await fetch(odd) }
      #expect(refused?.code == .invalid)
    }
  }
}

/// True the first time it is asked.
final class FailOnce: @unchecked Sendable {
  // @unchecked: the flag is touched under the lock only.
  private let lock = NSLock()
  private var isFirst = true
  func first() -> Bool { lock.withLock { defer { isFirst = false }; return isFirst } }
}
