//! The Avito emulator refuses what Avito's documents do not allow.
import Emulators
import SwitchboardSDK
import Testing

@Suite struct AvitoStrictnessTests {
  @Test(arguments: [
    ("GET", "/messenger/v2/accounts/USER/chats/"), ("GET", "/messenger/v3/accounts/USER/chats/CHAT/messages"),
    ("GET", "/messenger/v1/accounts/USER/chats"), ("DELETE", "/messenger/v1/accounts/USER/chats/CHAT/messages/1"),
    ("GET", "/messenger/v1/subscriptions"), ("GET", "/token"), ("POST", "/core/v1/accounts/self"), ("GET", "/"),
    ("GET", "//"), ("POST", "/messenger"), ("POST", "/messenger/v1/accounts/USER/chats/CHAT/read/x"),
  ])
  func `a path or method that Avito does not have is no page`(method: String, target: String) async throws {
    let rig = try await AvitoRig()
    let chat = try await rig.write("x").chat
    let path = target.replacing("USER", with: String(rig.user)).replacing("CHAT", with: chat)
    let answer = await rig.ask(method, path)
    #expect(answer.status == 404)
    #expect(answer.body == Array("page not found".utf8))
  }

  @Test(arguments: [
    "offset=1001", "offset=-1", "limit=0", "limit=101", "limit=x", "limit=", "unread_only=1", "chat_types=x2x",
    "chat_types=", "item_ids=1,x", "page=2", "limit=1&limit=2",
  ])
  func `a query outside the documents is refused with its member named`(query: String) async throws {
    let rig = try await AvitoRig()
    let answer = await rig.ask("GET", rig.chats + "?" + query)
    #expect(answer.status == 400)
    let fields = try JSON.parse(answer.body)["error"]["fields"].mapValue ?? [:]
    #expect(fields.keys.first.map(query.contains) == true)
  }

  @Test(arguments: [
    "", "{", "[]", "{}", #"{"type":"text"}"#, #"{"type":"image","message":{"text":"x"}}"#,
    #"{"type":"text","message":"x"}"#, #"{"type":"text","message":{"text":5}}"#,
    #"{"type":"text","message":{"text":""}}"#, #"{"type":"text","message":{"text":"x","markup":1}}"#,
    #"{"type":"text","message":{"text":"x"},"quote":"y"}"#,
    #"{"type":"text","message":{"text":"\#(String(repeating: "я", count: 1_001))"}}"#,
  ])
  func `a text outside the documents is refused and nobody sees it`(body: String) async throws {
    let rig = try await AvitoRig()
    let chat = try await rig.write("x").chat
    #expect(await rig.ask("POST", rig.path(chat) + "/messages", body).status == 400)
    #expect(await rig.emulator.seen().isEmpty)
  }

  @Test func `a thousand characters are sent, counted as scalars`() async throws {
    let rig = try await AvitoRig()
    let chat = try await rig.write("x").chat
    let text = String(repeating: "😀", count: 1_000)
    let body = #"{"type":"text","message":{"text":"\#(text)"}}"#
    #expect(await rig.ask("POST", rig.path(chat) + "/messages", body).status == 200)
    #expect(await rig.emulator.seen().map(\.text) == [text])
  }

  @Test(arguments: [
    "grant_type=client_credentials&client_id=id&client_secret=wrong",
    "grant_type=client_credentials&client_id=id", "grant_type=password&client_id=id&client_secret=secret",
    "grant_type=client_credentials&client_id=id&client_secret=secret&scope=all", "",
  ])
  func `a wrong request for a token gets none`(body: String) async throws {
    let rig = try await AvitoRig()
    let answer = await rig.ask("POST", "/token", body, type: "application/x-www-form-urlencoded")
    #expect(answer.status == 400)
  }

  @Test func `no token, a made-up token and another account are told apart`() async throws {
    let rig = try await AvitoRig()
    let bare = EmulatorRequest(method: "GET", target: rig.chats)
    #expect(await rig.emulator.handle(bare).status == 401)
    #expect(await rig.ask("GET", rig.chats, token: "made-up").status == 401)
    #expect(await rig.ask("GET", "/messenger/v2/accounts/1/chats").status == 403)
    #expect(await rig.ask("GET", "/messenger/v2/accounts/shop/chats").status == 400)
  }

  @Test func `a token expires by the clock, with the gateway's 403 or a 401`() async throws {
    let rig = try await AvitoRig()
    rig.clock.advance(milliseconds: 86_399_999)
    #expect(await rig.ask("GET", rig.chats).status == 200)
    rig.clock.advance(milliseconds: 1)
    let answer = await rig.ask("GET", rig.chats)
    #expect(answer.status == 403)
    #expect(answer.body == Array(#"{"result":{"message":"access token expired"}}"#.utf8))
    var settings = await rig.emulator.settings
    settings.expiredTokenIs401 = true
    await rig.emulator.change(settings: settings)
    #expect(await rig.ask("GET", rig.chats).status == 401)
    let token = try await AvitoRig.newToken(rig.emulator)
    #expect(await rig.ask("GET", rig.chats, token: token).status == 200)
  }

  @Test(arguments: [
    (#"name="uploadfile[]"; filename="a.png""#, "\u{89}PNG", 400),
    (#"name="uploadfile[]"; filename="a.gif""#, "GIF89a", 200),
    (#"name="uploadfile""#, "GIF89a", 400), (#"name="file"; filename="a.gif""#, "GIF89a", 400),
    (#"name="uploadfile[]"; filename="a.png""#, "hello", 400), (#"name="uploadfile[]"; filename="a.png""#, "", 400),
    (#"name="uploadfile[]"; filename="a.png""#, "BM6", 200),
  ])
  func `an upload is judged by its field and first bytes`(field: String, content: String, status: Int) async throws {
    let rig = try await AvitoRig()
    let body = "--b\r\nContent-Disposition: form-data; \(field)\r\n\r\n\(content)\r\n--b--\r\n"
    let path = "/messenger/v1/accounts/\(rig.user)/uploadImages"
    #expect(await rig.ask("POST", path, body, type: "multipart/form-data; boundary=b").status == status)
  }

  @Test(arguments: ["http://shop.example/x", "ftp://127.0.0.1/x", "https://", "", "http://127.0.0.1.evil.example/"])
  func `a webhook must be https, or http on loopback`(url: String) async throws {
    let rig = try await AvitoRig()
    #expect(await rig.ask("POST", "/messenger/v3/webhook", #"{"url":"\#(url)"}"#).status == 400)
  }

  @Test func `loopback webhooks can be forbidden`() async throws {
    let rig = try await AvitoRig()
    let body = #"{"url":"http://127.0.0.1:9/x"}"#
    #expect(await rig.ask("POST", "/messenger/v3/webhook", body).status == 200)
    var settings = await rig.emulator.settings
    settings.allowsLoopbackWebhooks = false
    await rig.emulator.change(settings: settings)
    #expect(await rig.ask("POST", "/messenger/v3/webhook", body).status == 400)
  }
}
