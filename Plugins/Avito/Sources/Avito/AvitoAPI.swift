//! The calls that this connector makes, one function each (operations: Avito's messenger OpenAPI).

internal import SwitchboardSDK

struct AvitoAPI: Sendable {
  struct Call: Sendable {
    /// For error texts.
    var name: String
    var method = "GET"
    /// From the first slash, encoded.
    var path: String
    var contentType: String?
    var body: [UInt8] = []
    var timeoutMilliseconds: Int64 = 30_000
  }

  let settings: AvitoSettings
  let http: any HTTPPort
  let clock: any ClockPort
  let tokens: TokenKeeper

  init(settings: AvitoSettings, http: any HTTPPort, clock: any ClockPort) {
    self.settings = settings
    self.http = http
    self.clock = clock
    tokens = TokenKeeper(settings: settings, http: http, clock: clock)
  }

  /// One call with a valid token. An expired token is answered with 403 as well as 401: it is renewed once.
  func perform(_ call: Call) async throws(AvitoFailure) -> Value {
    let token = try await tokens.token()
    var response = try await send(call, token)
    if response.status == 401 || response.status == 403 {
      let renewed = try await tokens.token(refused: token)
      response = try await send(call, renewed)
    }
    return try judge(response, of: call)
  }

  /// One try with the token at hand, for callers that cannot wait; nil when it does not work at once.
  func performQuickly(_ call: Call) async -> Value? {
    guard let token = await tokens.current, let response = try? await send(call, token) else { return nil }
    return try? judge(response, of: call)
  }

  private func send(_ call: Call, _ token: String) async throws(AvitoFailure) -> HTTPResponse {
    var headers = [HTTPHeader("Authorization", "Bearer \(token)")]
    if let contentType = call.contentType { headers.append(HTTPHeader("Content-Type", contentType)) }
    do throws(HTTPError) {
      return try await http.send(
        HTTPRequest(
          method: call.method, url: settings.apiBase + call.path, headers: headers, body: call.body,
          timeoutMilliseconds: call.timeoutMilliseconds, proxy: settings.proxy))
    } catch {
      throw AvitoFailure(error, calling: call.name)
    }
  }

  private func judge(_ response: HTTPResponse, of call: Call) throws(AvitoFailure) -> Value {
    let status = response.status
    if (200..<300).contains(status) {
      guard let value = try? JSON.parse(response.body) else {
        throw AvitoFailure(.noAnswer, "\(call.name): the answer is not JSON")
      }
      return value
    }
    let words = AvitoFailure.message(in: response.body).map { ": " + scrubbed($0) } ?? ""
    let detail = "\(call.name): status \(status)\(words)"
    switch status {
    case 401, 402, 403: throw AvitoFailure(.unauthorized, detail)
    case 404:
      // Without a JSON error it is the gateway's «page not found»: the address is wrong, not the chat.
      throw AvitoFailure(words.isEmpty ? .status(404) : .notFound, detail)
    case 429:
      let wait = RetryAfter.milliseconds(response.header("Retry-After"), now: clock.now())
      throw AvitoFailure(.rateLimited(retryAfterMilliseconds: wait), detail)
    default: throw AvitoFailure(.status(status), detail)
    }
  }

  /// Should an error body ever repeat our credentials, they do not travel on.
  private func scrubbed(_ text: String) -> String {
    let secrets = [settings.clientSecret, settings.clientID, "Bearer "]
    return secrets.contains(where: text.contains) ? "(hidden)" : text
  }
}

extension AvitoAPI {
  func accountID() async throws(AvitoFailure) -> Int64 {
    let answer = try await perform(Call(name: "accounts/self", path: "/core/v1/accounts/self"))
    guard let id = answer["id"].intValue else { throw AvitoFailure(.noAnswer, "accounts/self: no account id") }
    return id
  }

  func unreadChats(_ user: Int64, offset: Int) async throws(AvitoFailure) -> [Value] {
    let types = settings.chatTypes.joined(separator: ",")
    let answer = try await perform(
      Call(
        name: "chats",
        path: "/messenger/v2/accounts/\(user)/chats?unread_only=true&chat_types=\(types)"
          + "&limit=\(AvitoLimits.pageSize)&offset=\(offset)"))
    guard let chats = answer["chats"].listValue else { throw AvitoFailure(.noAnswer, "chats: no list in the answer") }
    return chats
  }

  static func chatCall(_ user: Int64, _ chat: String, timeoutMilliseconds: Int64) -> Call {
    Call(
      name: "chat", path: "/messenger/v2/accounts/\(user)/chats/\(chat.percentEncoded)",
      timeoutMilliseconds: timeoutMilliseconds)
  }

  /// Newest first; does not mark them read. Live answers wrap the list, the published document does not.
  func messages(_ user: Int64, _ chat: String, offset: Int = 0) async throws(AvitoFailure) -> [Value] {
    let answer = try await perform(
      Call(
        name: "messages",
        path: "/messenger/v3/accounts/\(user)/chats/\(chat.percentEncoded)/messages/"
          + "?limit=\(AvitoLimits.pageSize)&offset=\(offset)"))
    guard let list = answer.listValue ?? answer["messages"].listValue else {
      throw AvitoFailure(.noAnswer, "messages: no list in the answer")
    }
    return list
  }

  func markRead(_ user: Int64, _ chat: String) async throws(AvitoFailure) {
    _ = try await perform(
      Call(name: "read", method: "POST", path: "/messenger/v1/accounts/\(user)/chats/\(chat.percentEncoded)/read"))
  }

  func sendText(_ user: Int64, _ chat: String, _ text: String) async throws(AvitoFailure) -> Value {
    try await post(
      "send", "/messenger/v1/accounts/\(user)/chats/\(chat.percentEncoded)/messages",
      ["type": "text", "message": ["text": .text(text)]])
  }

  func sendImage(_ user: Int64, _ chat: String, imageID: String) async throws(AvitoFailure) -> Value {
    try await post(
      "send image", "/messenger/v1/accounts/\(user)/chats/\(chat.percentEncoded)/messages/image",
      ["image_id": .text(imageID)])
  }

  /// One image; the answer's only key is its id.
  func uploadImage(_ user: Int64, _ form: MultipartForm) async throws(AvitoFailure) -> Value {
    try await perform(
      Call(
        name: "upload image", method: "POST", path: "/messenger/v1/accounts/\(user)/uploadImages",
        contentType: form.contentType, body: form.body, timeoutMilliseconds: 120_000))
  }

  /// The link of a voice message; it works for an hour.
  func voiceURL(_ user: Int64, _ voice: String) async throws(AvitoFailure) -> String? {
    let answer = try await perform(
      Call(
        name: "voice files",
        path: "/messenger/v1/accounts/\(user)/getVoiceFiles?voice_ids=\(voice.percentEncoded)"))
    return answer["voices_urls"][voice].textValue
  }

  func subscriptions() async throws(AvitoFailure) -> [String] {
    let answer = try await perform(
      Call(name: "subscriptions", method: "POST", path: "/messenger/v1/subscriptions"))
    return (answer["subscriptions"].listValue ?? []).compactMap { $0["url"].textValue }
  }

  func subscribe(_ url: String) async throws(AvitoFailure) {
    _ = try await post("webhook", "/messenger/v3/webhook", ["url": .text(url)])
  }

  private func post(_ name: String, _ path: String, _ body: Value) async throws(AvitoFailure) -> Value {
    try await perform(
      Call(name: name, method: "POST", path: path, contentType: "application/json", body: JSON.bytes(body)))
  }
}
