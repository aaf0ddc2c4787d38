//! What the Avito emulator remembers, shows and does on command.
import Emulators
import SwitchboardSDK
import Synchronization
import Testing

@Suite struct AvitoStateTests {
  @Test func `a chat is unread until it is marked, and reading its messages marks nothing`() async throws {
    let rig = try await AvitoRig()
    let chat = try await rig.write("Ещё продаёте?").chat
    let unread = rig.chats + "?unread_only=true"
    let messages = try await rig.json("GET", "/messenger/v3/accounts/\(rig.user)/chats/\(chat)/messages/")
    #expect(messages["messages"][0]["isRead"] == false)
    #expect(try await rig.json("GET", unread)["chats"][0]["id"] == .text(chat))
    #expect(try await rig.json("POST", rig.path(chat) + "/read") == ["ok": true])
    #expect(try await rig.json("GET", unread)["chats"] == [])
    #expect(await rig.emulator.readMarks().map(\.chat) == [chat])
    _ = try await rig.write("Ау")
    #expect(try await rig.json("GET", unread)["chats"].listValue?.count == 1)
  }

  @Test func `messages come newest first, in pages`() async throws {
    let rig = try await AvitoRig()
    var chat = ""
    for number in 0..<5 { chat = try await rig.write("\(number)").chat }
    let path = "/messenger/v3/accounts/\(rig.user)/chats/\(chat)/messages/"
    let page = try await rig.json("GET", path + "?limit=2&offset=1")["messages"].listValue ?? []
    #expect(page.map { $0["content"]["text"] } == ["3", "2"])
  }

  @Test func `only chats about listings are shown unasked`() async throws {
    let rig = try await AvitoRig()
    let about = try await rig.write("x").chat
    let plain = try await rig.emulator.write(.content(.text("y")), from: rig.anna, to: rig.user).chat
    #expect(about.hasPrefix("u2i-") && plain.hasPrefix("u2u-"))
    func ids(_ query: String) async throws -> Set<Value> {
      Set((try await rig.json("GET", rig.chats + query)["chats"].listValue ?? []).map { $0["id"] })
    }
    #expect(try await ids("") == [.text(about)])
    #expect(try await ids("?chat_types=u2u") == [.text(plain)])
    #expect(try await ids("?chat_types=u2i,u2u") == [.text(about), .text(plain)])
    #expect(try await ids("?item_ids=\(rig.item)") == [.text(about)])
  }

  @Test func `the customer sees texts and images in order, deleted ones as deleted`() async throws {
    let rig = try await AvitoRig()
    let chat = try await rig.write("x").chat
    let text = #"{"type":"text","message":{"text":"Да"}}"#
    let sent = try await rig.json("POST", rig.path(chat) + "/messages", text)
    #expect(sent["author_id"] == .int(rig.user))
    let body = "--b\r\nContent-Disposition: form-data; name=\"uploadfile[]\"; filename=\"a\"\r\n\r\nGIF89a\r\n--b--\r\n"
    let upload = await rig.ask(
      "POST", "/messenger/v1/accounts/\(rig.user)/uploadImages", body, type: "multipart/form-data; boundary=b")
    let image = try #require(try JSON.parse(upload.body).mapValue?.keys.first)
    let answer = try await rig.json("POST", rig.path(chat) + "/messages/image", #"{"image_id":"\#(image)"}"#)
    let address = try #require(answer["content"]["image"]["sizes"]["1280x960"].textValue)
    let path = "/" + address.split(separator: "/").dropFirst(2).joined(separator: "/")
    #expect(await rig.ask("GET", path).body == Array("GIF89a".utf8))
    let seen = await rig.emulator.seen(chat: chat)
    #expect(seen.map(\.type) == ["text", "image"])
    #expect(seen[1].imageDigest == SHA256Digest.hexadecimal(Array("GIF89a".utf8)))

    let id = try #require(sent["id"].textValue)
    rig.clock.advance(milliseconds: 3_600_000)
    #expect(try await rig.json("POST", rig.path(chat) + "/messages/" + id) == .map([:]))
    #expect(await rig.emulator.seen(chat: chat).map(\.type) == ["deleted", "image"])
    rig.clock.advance(milliseconds: 1_000)
    let late = try #require(answer["id"].textValue)
    #expect(await rig.ask("POST", rig.path(chat) + "/messages/" + late).status == 400)
  }

  @Test func `a voice message's link serves its bytes for an hour`() async throws {
    let rig = try await AvitoRig()
    let chat = try await rig.emulator.write(.voice([1, 2, 3]), from: rig.anna, to: rig.user, item: rig.item).chat
    let messages = try await rig.json("GET", "/messenger/v3/accounts/\(rig.user)/chats/\(chat)/messages/")
    let id = try #require(messages["messages"][0]["content"]["voice"]["voice_id"].textValue)
    let path = "/messenger/v1/accounts/\(rig.user)/getVoiceFiles?voice_ids=\(id),unknown"
    let urls = try await rig.json("GET", path)["voices_urls"]
    #expect(urls.mapValue?.count == 1)
    let address = try #require(urls[id].textValue)
    let target = "/" + address.split(separator: "/").dropFirst(2).joined(separator: "/")
    #expect(await rig.ask("GET", target).body == [1, 2, 3])
    rig.clock.advance(milliseconds: 3_600_000)
    #expect(await rig.ask("GET", target).status == 403)
  }

  @Test func `a customer who blocked us, or a deleted chat, is not found when we send`() async throws {
    let rig = try await AvitoRig()
    let chat = try await rig.write("x").chat
    let text = #"{"type":"text","message":{"text":"Да"}}"#
    try await rig.emulator.block(chat: chat)
    #expect(await rig.ask("POST", rig.path(chat) + "/messages", text).status == 404)
    #expect(await rig.ask("GET", rig.chats + "/" + chat).status == 200)
    try await rig.emulator.deleteChat(chat)
    #expect(await rig.ask("GET", rig.chats + "/" + chat).status == 404)
  }

  @Test func `faults hit the operation they name, so many times`() async throws {
    let rig = try await AvitoRig()
    let chat = try await rig.write("x").chat
    let path = rig.path(chat) + "/messages"
    let text = #"{"type":"text","message":{"text":"Да"}}"#
    await rig.emulator.addFault(Fault(.tooManyRequests(retryAfterSeconds: 7), operation: "postSendMessage", times: 2))
    for _ in 0..<2 {
      let answer = await rig.ask("POST", path, text)
      #expect(answer.status == 429)
      #expect(answer.headers.contains(HTTPHeader("Retry-After", "7")))
    }
    #expect(await rig.emulator.seen().isEmpty)
    await rig.emulator.addFault(Fault(.performThenCutAnswer, operation: "postSendMessage"))
    #expect(await rig.ask("POST", path, text).delivery == .cutInTheMiddle)
    #expect(await rig.emulator.seen().count == 1)
    #expect(await rig.ask("POST", path, text).delivery == .whole)
    #expect(await rig.emulator.requestLog().countsByOperation["postSendMessage"] == 4)
  }

  @Test func `the log and the transcript hold no secrets`() async throws {
    let rig = try await AvitoRig()
    _ = await rig.ask("GET", rig.chats)
    let lines = await rig.emulator.transcriptLines().joined()
    let log = await rig.emulator.requestLog().requests.map { JSON.text($0.value) }.joined()
    for text in [lines, log] {
      #expect(!text.contains(":\"secret\"") && !text.contains("=secret") && !text.contains(rig.token))
    }
    #expect(lines.contains("client_secret=hidden"))
  }
}
