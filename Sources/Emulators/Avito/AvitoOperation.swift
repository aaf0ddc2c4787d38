//! Which operation of the API a request means, by method and path (channels.md §2.3).

enum AvitoOperation: Sendable, Hashable {
  case token
  case accountSelf
  case chats(user: String)
  case chat(user: String, chat: String)
  case messages(user: String, chat: String)
  case sendText(user: String, chat: String)
  case sendImage(user: String, chat: String)
  case deleteMessage(user: String, chat: String, message: String)
  case read(user: String, chat: String)
  case uploadImages(user: String)
  case voiceFiles(user: String)
  case blacklist(user: String)
  case subscribe, unsubscribe, subscriptions

  /// Nil for a path that the API does not have; with the wrong method it does not have it either.
  init?(_ request: EmulatorRequest) {
    // The one path with a slash at its end must have it, and no other may, except the token's (channels.md §2.2).
    let isSlashed = request.rawPath.hasSuffix("/")
    switch (request.method, request.pathSegments.count > 2 ? Array(request.pathSegments.prefix(3)) : []) {
    case ("POST", []) where request.pathSegments == ["token"]: self = .token
    case ("GET", ["core", "v1", "accounts"]) where request.pathSegments.count == 4 && !isSlashed:
      guard request.pathSegments[3] == "self" else { return nil }
      self = .accountSelf
    case (let method, let start) where start.first == "messenger":
      let key = "\(method) \(start[1])"
      guard let found = Self.messenger(key, Array(request.pathSegments.dropFirst(2)), isSlashed) else { return nil }
      self = found
    default: return nil
    }
  }

  private static func messenger(_ key: String, _ path: [String], _ isSlashed: Bool) -> AvitoOperation? {
    if key == "GET v3", path.count == 5, path[0] == "accounts", path[2] == "chats", path[4] == "messages", isSlashed {
      return .messages(user: path[1], chat: path[3])
    }
    guard !isSlashed else { return nil }
    switch (key, path) {
    case ("POST v3", ["webhook"]): return .subscribe
    case ("POST v1", ["webhook", "unsubscribe"]): return .unsubscribe
    case ("POST v1", ["subscriptions"]): return .subscriptions
    default: break
    }
    guard path.count >= 3, path[0] == "accounts" else { return nil }
    let user = path[1]
    switch (key, path[2], path.count) {
    case ("GET v2", "chats", 3): return .chats(user: user)
    case ("GET v2", "chats", 4): return .chat(user: user, chat: path[3])
    case ("POST v1", "uploadImages", 3): return .uploadImages(user: user)
    case ("GET v1", "getVoiceFiles", 3): return .voiceFiles(user: user)
    case ("POST v2", "blacklist", 3): return .blacklist(user: user)
    case ("POST v1", "chats", 5...6): return inChat(user, path)
    default: return nil
    }
  }

  private static func inChat(_ user: String, _ path: [String]) -> AvitoOperation? {
    switch Array(path[4...]) {
    case ["messages"]: .sendText(user: user, chat: path[3])
    case ["messages", "image"]: .sendImage(user: user, chat: path[3])
    case ["read"]: .read(user: user, chat: path[3])
    case let rest where rest.count == 2 && rest[0] == "messages":
      .deleteMessage(user: user, chat: path[3], message: rest[1])
    default: nil
    }
  }

  /// The OpenAPI document's `operationId`: faults and counters go by it.
  var name: String {
    switch self {
    case .token: "token"
    case .accountSelf: "getUserInfoSelf"
    case .chats: "getChatsV2"
    case .chat: "getChatByIdV2"
    case .messages: "getMessagesV3"
    case .sendText: "postSendMessage"
    case .sendImage: "postSendImageMessage"
    case .deleteMessage: "deleteMessage"
    case .read: "chatRead"
    case .uploadImages: "uploadImages"
    case .voiceFiles: "getVoiceFiles"
    case .blacklist: "postBlacklistV2"
    case .subscribe: "postWebhookV3"
    case .unsubscribe: "postWebhookUnsubscribe"
    case .subscriptions: "getSubscriptions"
    }
  }

  var user: String? {
    switch self {
    case .token, .accountSelf, .subscribe, .unsubscribe, .subscriptions: nil
    case .chats(let user), .uploadImages(let user), .voiceFiles(let user), .blacklist(let user): user
    case .chat(let user, _), .messages(let user, _), .sendText(let user, _), .sendImage(let user, _): user
    case .read(let user, _), .deleteMessage(let user, _, _): user
    }
  }
}
