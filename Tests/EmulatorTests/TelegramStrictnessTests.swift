//! The strict half of the Telegram emulator: what it refuses, and in which words.

import SwitchboardSDK
import Testing

@testable import Emulators

@Suite struct TelegramStrictnessTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    var method: String
    var parameters: Value
    var code: Int64 = 400
    var description: String
    var testDescription: String { "\(method): \(description)" }

    init(_ method: String, _ parameters: Value, _ description: String, code: Int64 = 400) {
      self.method = method
      self.parameters = parameters
      self.code = code
      self.description = description
    }
  }

  /// `1` as a chat stands for the customer, `-1` for the group.
  static let refusals: [Refusal] = [
    Refusal("sendMessage", ["text": "x"], "Bad Request: chat_id is empty"),
    Refusal("sendMessage", ["chat_id": "", "text": "x"], "Bad Request: chat_id is empty"),
    Refusal("sendMessage", ["chat_id": 1], "Bad Request: message text is empty"),
    Refusal("sendMessage", ["chat_id": 1, "text": " \n\t "], "Bad Request: message text is empty"),
    Refusal(
      "sendMessage", ["chat_id": 1, "text": .text(String(repeating: "я", count: 4_097))],
      "Bad Request: message is too long"),
    Refusal("sendMessage", ["chat_id": 77, "text": "x"], "Bad Request: chat not found"),
    Refusal("sendMessage", ["chat_id": "@nobody", "text": "x"], "Bad Request: chat not found"),
    Refusal("sendMessage", ["chat_id": 1, "text": "x", "silent": true], "Bad Request: unknown parameter 'silent'"),
    Refusal(
      "sendMessage", ["chat_id": 1, "text": "x", "disable_notification": "maybe"],
      "Bad Request: parameter 'disable_notification' must be true or false"),
    Refusal(
      "sendMessage", ["chat_id": -1, "text": "x", "message_thread_id": 1], "Bad Request: message thread not found"),
    Refusal(
      "sendMessage", ["chat_id": -1, "text": "x", "message_thread_id": 4_000], "Bad Request: message thread not found"),
    Refusal(
      "sendMessage", ["chat_id": 1, "text": "x", "message_thread_id": 5], "Bad Request: message thread not found"),
    Refusal(
      "sendMessage", ["chat_id": 1, "text": "x", "reply_parameters": ["message_id": 9_999]],
      "Bad Request: message to be replied not found"),
    Refusal(
      "sendMessage", ["chat_id": 1, "text": "x", "reply_parameters": ["message": 1]],
      "Bad Request: ReplyParameters lacks 'message_id'"),
    Refusal("sendMessage", ["chat_id": 1, "text": "x", "parse_mode": "RTF"], "Bad Request: unsupported parse_mode"),
    Refusal(
      "sendMessage", ["chat_id": 1, "text": "x", "entities": [["type": "bold", "offset": 0, "length": 2]]],
      "Bad Request: can't parse entities: a MessageEntity is out of range"),
    Refusal(
      "sendMessage", ["chat_id": 1, "text": "x", "reply_markup": ["inline_keyboard": [[["text": "a"]]]]],
      "Bad Request: exactly one of the optional fields of an InlineKeyboardButton must be used"),
    Refusal(
      "sendMessage",
      [
        "chat_id": 1, "text": "x",
        "reply_markup": [
          "inline_keyboard": [[["text": "a", "callback_data": .text(String(repeating: "я", count: 33))]]]
        ],
      ], "Bad Request: BUTTON_DATA_INVALID"),
    Refusal("sendPhoto", ["chat_id": 1], "Bad Request: there is no photo in the request"),
    Refusal(
      "sendPhoto", ["chat_id": 1, "photo": "AgAC"],
      "Bad Request: wrong file_id or the file is temporarily unavailable"),
    Refusal("sendPhoto", ["chat_id": 1, "photo": "attach://p"], "Bad Request: there is no part 'p' in the request"),
    Refusal(
      "sendMediaGroup", ["chat_id": 1, "media": [["type": "photo", "media": "x"]]],
      "Bad Request: there must be 2-10 items in the media group"),
    Refusal("createForumTopic", ["chat_id": 1, "name": "x"], "Bad Request: the chat is not a forum"),
    Refusal("createForumTopic", ["chat_id": -1, "name": " "], "Bad Request: topic name must be non-empty"),
    Refusal(
      "createForumTopic", ["chat_id": -1, "name": .text(String(repeating: "я", count: 129))],
      "Bad Request: topic name must be at most 128 characters long"),
    Refusal(
      "createForumTopic", ["chat_id": -1, "name": "x", "icon_color": 1], "Bad Request: wrong icon color specified"),
    Refusal("pinChatMessage", ["chat_id": -1, "message_id": 999], "Bad Request: message to pin not found"),
    Refusal(
      "editMessageText", ["chat_id": 1, "message_id": 999, "text": "x"], "Bad Request: message to edit not found"),
    Refusal("deleteMessage", ["chat_id": 1, "message_id": 999], "Bad Request: message to delete not found"),
    Refusal(
      "answerCallbackQuery", ["callback_query_id": "1"],
      "Bad Request: query is too old and response timeout expired or query ID is invalid"),
    Refusal("getUpdates", ["limit": 101], "Bad Request: parameter 'limit' must be from 1 to 100"),
    Refusal("getUpdates", ["timeout": "soon"], "Bad Request: parameter 'timeout' must be an integer"),
    Refusal("setWebhook", ["url": "ftp://x"], "Bad Request: invalid webhook URL specified"),
    Refusal(
      "setWebhook", ["url": "http://example.org/"],
      "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"),
    Refusal(
      "setWebhook", ["url": "https://example.org:9000/"],
      "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
    Refusal(
      "setWebhook", ["url": "https://example.org/", "secret_token": "no spaces"],
      "Bad Request: secret token contains unallowed characters"),
    Refusal(
      "setWebhook", ["url": "https://example.org/", "secret_token": .text(String(repeating: "a", count: 257))],
      "Bad Request: secret token is too long"),
    Refusal("noSuchMethod", [:], "Not Found", code: 404),
  ]

  @Test(arguments: refusals)
  func `each wrong request is refused in the server's words`(_ refusal: Refusal) async throws {
    let stage = try await TelegramStage()
    var parameters = refusal.parameters.mapValue ?? [:]
    if parameters["chat_id"] == 1 { parameters["chat_id"] = .int(stage.customer) }
    if parameters["chat_id"] == -1 { parameters["chat_id"] = .int(stage.group) }
    let answer = await stage.call(refusal.method, .map(parameters))
    #expect(Int64(answer.status) == refusal.code)
    #expect(
      answer.body == ["ok": false, "error_code": .int(refusal.code), "description": .text(refusal.description)])
    #expect(await stage.emulator.seen().count == 1, "nothing but the customer's /start is on the screen")
  }

  @Test(arguments: [
    ("7000000001:wrong", "Unauthorized"), ("0:x", "Unauthorized: invalid token specified"),
    ("nocolon", "Unauthorized: invalid token specified"),
    ("7:" + String(repeating: "a", count: 79), "Unauthorized: invalid token specified"),
  ])
  func `a wrong token is told from a malformed one`(_ token: String, _ text: String) async throws {
    let stage = try await TelegramStage()
    let answer = await stage.call("getMe", [:], token: token)
    #expect(answer.status == 401)
    #expect(answer.body["description"] == .text(text))
  }

  @Test func `every way of writing the parameters means the same`() async throws {
    let stage = try await TelegramStage()
    let chat = stage.customer
    let path = "/bot\(TelegramStage.token)/SENDMESSAGE"
    let form = "application/x-www-form-urlencoded"
    let multipart = "--B\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n\(chat)\r\n--B\r\n"
      + "Content-Disposition: form-data; name=\"text\"\r\n\r\nда + нет\r\n--B--\r\n"
    let requests = [
      EmulatorRequest(method: "GET", target: "\(path)?chat_id=\(chat)&text=%D0%B4%D0%B0+%2B+нет"),
      EmulatorRequest(
        method: "POST", target: path, headers: ["content-type": form],
        body: Array("chat_id=\(chat)&text=%D0%B4%D0%B0+%2B+%D0%BD%D0%B5%D1%82".utf8)),
      EmulatorRequest(
        method: "POST", target: "\(path)?chat_id=\(chat)", headers: ["content-type": "application/json; charset=utf-8"],
        body: Array(#"{"text":"да + нет"}"#.utf8)),
      EmulatorRequest(
        method: "POST", target: path, headers: ["content-type": "multipart/form-data; boundary=\"B\""],
        body: Array(multipart.utf8)),
    ]
    for request in requests { #expect(await stage.emulator.handle(request).status == 200) }
    let texts = await stage.emulator.seen(chat: chat).dropFirst().map(\.text)
    #expect(texts == ["да + нет", "да + нет", "да + нет", "да + нет"])
  }

  @Test func `noise of any kind gets an answer and leaves the emulator alive`() async throws {
    let stage = try await TelegramStage()
    var random = SystemNoise(seed: 42)
    let types = ["", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=B", "x"]
    let targets = ["/", "/bot", "/bot\(TelegramStage.token)/sendMessage", "/file/bot%FF/%", "/_emulator/write", "//%2F"]
    let pieces = ["--B\r\n", "--B--", "\r\n\r\n", "{\"text\":", "[[", "%", "&=", "\u{0}", "chat_id=1e400", "\\ud800"]
    for _ in 0..<2_000 {
      var body: [UInt8] = []
      for _ in 0..<random.below(12) {
        body += random.below(3) == 0 ? [UInt8(random.below(256))] : Array(pieces[random.below(pieces.count)].utf8)
      }
      let answer = await stage.emulator.handle(
        EmulatorRequest(
          method: "POST", target: targets[random.below(targets.count)] + (random.below(2) == 0 ? "?a=%zz&b" : ""),
          headers: ["content-type": types[random.below(types.count)]], body: body))
      #expect((200..<600).contains(answer.status))
    }
    #expect(await stage.call("getMe", [:]).status == 200)
  }
}

/// A small seeded generator (xorshift64*), so that a failure can be repeated.
struct SystemNoise {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func below(_ bound: Int) -> Int {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % bound
  }
}
