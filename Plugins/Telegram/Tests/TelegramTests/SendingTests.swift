//! Actions out: which calls they become.
internal import SwitchboardSDK
internal import Testing

@Suite struct SendingTests {
  private let jpeg = FetchedFile(
    bytes: [0xFF, 0xD8, 0xFF, 0xE0] + Array("\r\n--jpeg".utf8), fileName: "фото.jpg", mimeType: "image/jpeg")
  private let image = Attachment(
    kind: .image, label: "🖼 Фото", url: "https://img.example.com/1.jpg", connection: "avito-main")

  @Test func `a text goes into its topic as plain text with buttons`() async throws {
    let scene = try Scene([.sent(77)])
    let result = try await scene.send(
      "*не* <b>разметка</b>", thread: "2001", buttons: [[Button(text: "Да", data: "yes:1")]])
    #expect(result.remoteIDs == ["77"])
    #expect(
      scene.http.parameters(0) == [
        "chat_id": -100500, "message_thread_id": 2001, "text": "*не* <b>разметка</b>",
        "reply_markup": ["inline_keyboard": [[["text": "Да", "callback_data": "yes:1"]]]],
      ])
    #expect(scene.http.requests[0].url == "https://api.telegram.org/bot\(Scene.token)/sendMessage")
  }

  @Test func `another server and a proxy are used when set`() async throws {
    let scene = try Scene(
      [.sent(77)], settings: ["api_base": "http://127.0.0.1:8081/", "proxy": "socks5h://u:p@proxy:1080"])
    _ = try await scene.send("hi")
    #expect(scene.http.requests[0].url == "http://127.0.0.1:8081/bot\(Scene.token)/sendMessage")
    #expect(scene.http.requests[0].proxy == "socks5h://u:p@proxy:1080")
  }

  @Test func `General is never written to as a topic`() async throws {
    let scene = try Scene([.sent(77)])
    let error = await #expect(throws: ActionError.self) { try await scene.send("hi", thread: "1") }
    #expect(error?.code == .threadGone)
    #expect(scene.http.requests.isEmpty)
  }

  @Test func `a picture of another channel is fetched and uploaded`() async throws {
    let scene = try Scene([.sent(78)], file: .success(jpeg))
    let result = try await scene.send("вот", thread: "2001", attachment: image)
    #expect(result.remoteIDs == ["78"])
    let record = RequestRecord(scene.http.requests[0])
    #expect(record.method == "sendPhoto")
    #expect(record.parameters["caption"] == "вот")
    #expect(record.parameters["message_thread_id"] == 2001)
    #expect(record.files["photo"]?.bytes == jpeg.bytes)
    #expect(record.files["photo"]?.name == "фото.jpg")
    #expect(record.files["photo"]?.type == "image/jpeg")
  }

  @Test func `a file name cannot write headers of its own`() async throws {
    var file = jpeg
    file.fileName = "a\"\r\nx-evil: 1\r\n\r\n.jpg"
    let scene = try Scene([.sent(78)], file: .success(file))
    _ = try await scene.send("", attachment: image)
    #expect(RequestRecord(scene.http.requests[0]).files["photo"]?.name == "a___x-evil: 1____.jpg")
  }

  @Test func `an own file goes by its id, without its bytes`() async throws {
    let scene = try Scene([.sent(79)])
    let own = Attachment(kind: .document, label: "📄", fileID: "BQAC", connection: "desk")
    _ = try await scene.send("", attachment: own)
    #expect(scene.http.methods == ["sendDocument"])
    #expect(scene.http.parameters(0) == ["chat_id": -100500, "document": "BQAC"])
  }

  @Test func `an own id that the method refuses is sent as bytes`() async throws {
    let mp4 = FetchedFile(bytes: [0, 0, 0, 24] + Array("ftypmp42".utf8), fileName: "v.mp4", mimeType: "video/mp4")
    let scene = try Scene(
      [.refused(400, "Bad Request: can't use file of type VideoNote as Video"), .sent(80)], file: .success(mp4))
    _ = try await scene.send("", attachment: Attachment(kind: .video, label: "🎥", fileID: "DQAC", connection: "desk"))
    #expect(scene.http.methods == ["sendVideo", "sendVideo"])
    #expect(RequestRecord(scene.http.requests[1]).files["video"]?.bytes == mp4.bytes)
  }

  @Test(arguments: [
    ("OggS....", "x.oga", "sendVoice", "x.ogg"), ("ID3.....", "x.mp3", "sendVoice", "x.mp3"),
    ("....ftypM4A ", "x.mp4", "sendVoice", "x.m4a"), ("#!AMR...", "x.amr", "sendDocument", "x.amr"),
  ])
  func `a voice message goes as voice where Telegram can play it`(
    bytes: String, name: String, method: String, sentAs: String
  ) async throws {
    let file = FetchedFile(bytes: Array(bytes.utf8), fileName: name, mimeType: "application/octet-stream")
    let scene = try Scene([.sent(81)], file: .success(file))
    _ = try await scene.send("", attachment: Attachment(kind: .voice, label: "🎤", url: "https://v.example.com/1"))
    let record = RequestRecord(scene.http.requests[0])
    #expect(record.method == method)
    #expect(record.files.values.first?.name == sentAs)
  }

  @Test func `a picture that Telegram cannot show arrives as a file`() async throws {
    let scene = try Scene([.refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"), .sent(82)], file: .success(jpeg))
    _ = try await scene.send("", attachment: image)
    #expect(scene.http.methods == ["sendPhoto", "sendDocument"])
  }

  @Test(arguments: [
    (ActionError(.transient, "x"), ActionError.Code.transient), (ActionError(.unknown, "x"), .transient),
    (ActionError(.unauthorized, "x"), .transient), (ActionError(.invalid, "x"), .unsupported),
  ])
  func `a source that cannot give its file is not this connection's failure`(
    source: ActionError, seen: ActionError.Code
  ) async throws {
    let scene = try Scene(file: .failure(source))
    let error = await #expect(throws: ActionError.self) { try await scene.send("", attachment: image) }
    #expect(error?.code == seen)
  }

  @Test func `a closed topic is opened once and written to`() async throws {
    let closed = ScriptedHTTP.Step.refused(400, "Bad Request: TOPIC_CLOSED")
    let scene = try Scene([closed, .ok("true"), .sent(83)])
    #expect(try await scene.send("hi", thread: "2001").remoteIDs == ["83"])
    #expect(scene.http.methods == ["sendMessage", "reopenForumTopic", "sendMessage"])
    let stubborn = try Scene([closed, .refused(400, "Bad Request: TOPIC_NOT_MODIFIED"), closed])
    let error = await #expect(throws: ActionError.self) { try await stubborn.send("hi", thread: "2001") }
    #expect(error?.code == .invalid)
  }

  @Test func `a topic is made with a title of at most 128 characters`() async throws {
    let scene = try Scene([.ok("{\"message_thread_id\":2001,\"name\":\"x\",\"icon_color\":7322096}")])
    let title = "Анна\n" + String(repeating: "ж", count: 200)
    let result = try await scene.connector.perform(
      Action(name: "open_thread", idempotencyKey: "k", chat: "", arguments: ["title": .text(title)]))
    #expect(result.remoteIDs == ["2001"])
    #expect(scene.http.parameters(0)["chat_id"] == -100500)
    #expect(scene.http.parameters(0)["name"].textValue?.unicodeScalars.count == 128)
    #expect(scene.http.parameters(0)["name"].textValue?.hasPrefix("Анна ж") == true)
  }

  private static let otherActions: [(String, Value, String, Value)] = [
    (
      "pin", ["message_id": "77"], "pinChatMessage",
      ["chat_id": -5, "message_id": 77, "disable_notification": true]
    ),
    (
      "answer_callback", ["id": "530", "text": "Готово", "alert": true], "answerCallbackQuery",
      ["callback_query_id": "530", "text": "Готово", "show_alert": true]
    ),
    ("edit", ["message_id": 77, "text": "new"], "editMessageText", ["chat_id": -5, "message_id": 77, "text": "new"]),
  ]

  @Test(arguments: otherActions.indices)
  func `other actions are one call each`(index: Int) async throws {
    let (name, arguments, method, sent) = Self.otherActions[index]
    let scene = try Scene([.ok("true")])
    _ = try await scene.connector.perform(Action(name: name, idempotencyKey: "k", chat: "-5", arguments: arguments))
    #expect(scene.http.methods == [method])
    #expect(scene.http.parameters(0) == sent)
  }

  @Test(arguments: ["pin", "edit", "open_thread", "answer_callback", "send", "dance"])
  func `an action without what it needs is invalid and calls nobody`(name: String) async throws {
    let scene = try Scene()
    let error = await #expect(throws: ActionError.self) {
      try await scene.connector.perform(Action(name: name, idempotencyKey: "k", chat: "-5"))
    }
    #expect(error?.code == .invalid)
    #expect(scene.http.requests.isEmpty)
  }

  @Test func `button data over 64 bytes is refused here, with the button's name`() async throws {
    let scene = try Scene()
    let data = String(repeating: "ж", count: 33)
    let error = await #expect(throws: ActionError.self) {
      try await scene.send("hi", buttons: [[Button(text: "Да", data: data)]])
    }
    #expect(error?.detail.contains("Да") == true)
  }
}
