//! The operations of the API that change something.
internal import SwitchboardSDK

extension AvitoWorld {
  static let textScalarsMax = 1_000

  mutating func change(
    _ operation: AvitoOperation, _ account: AvitoAccount, _ input: AvitoInput, at: Timestamp
  ) throws(AvitoError) -> Value {
    switch operation {
    case .sendText(_, let id): return try sendText(try chat(id, of: account), input, at: at)
    case .sendImage(_, let id): return try sendImage(try chat(id, of: account), input, at: at)
    case .deleteMessage(_, let id, let message):
      try input.noBody()
      try delete(message, in: try chat(id, of: account), at: at)
      return .map([:])
    case .read(_, let id):
      try input.noBody()
      markRead(try chat(id, of: account), at: at)
      return ["ok": true]
    case .uploadImages:
      let id = newID()
      images[id] = try AvitoImage(bytes: try input.image().bytes, owner: account.userID)
      return .map([id: sizes(id)])
    case .blacklist:
      try block(account, input)
      return .map([:])
    case .subscribe:
      let url = try webhookURL(input)
      accounts[account.userID]?.webhookURL = url
      return ["ok": true]
    case .unsubscribe:
      let body = try input.object(["url"])
      guard let url = body["url"].textValue else { throw .invalid("url", "must be a text") }
      guard account.webhookURL == url else { throw .notFound }
      accounts[account.userID]?.webhookURL = nil
      return ["ok": true]
    case .token, .accountSelf, .chats, .chat, .messages, .voiceFiles, .subscriptions: throw .noSuchPage
    }
  }

  private mutating func sendText(_ chat: AvitoChat, _ input: AvitoInput, at: Timestamp) throws(AvitoError) -> Value {
    let body = try input.object(["type", "message"])
    guard body["type"] == "text" else { throw .invalid("type", "must be text") }
    try AvitoInput.check(body["message"], "message", required: ["text"])
    guard let text = body["message"]["text"].textValue else { throw .invalid("text", "must be a text") }
    guard !text.isEmpty else { throw .invalid("text", "is empty") }
    guard text.unicodeScalars.count <= Self.textScalarsMax else { throw .invalid("text", "must be <= 1000") }
    return try send(.text(text), in: chat, at: at)
  }

  private mutating func sendImage(_ chat: AvitoChat, _ input: AvitoInput, at: Timestamp) throws(AvitoError) -> Value {
    let body = try input.object(["image_id"])
    guard let id = body["image_id"].textValue, images[id]?.owner == chat.account else {
      throw .invalid("image_id", "is not an uploaded image")
    }
    return try send(.image(id: id), in: chat, at: at)
  }

  private mutating func send(
    _ content: AvitoContent, in chat: AvitoChat, at: Timestamp
  ) throws(AvitoError) -> Value {
    guard !chat.isBlocked, let message = post(content, by: chat.account, in: chat.id, at: at) else { throw .notFound }
    return sent(message)
  }

  private mutating func delete(_ id: String, in chat: AvitoChat, at: Timestamp) throws(AvitoError) {
    guard let index = chat.messages.firstIndex(where: { $0.id == id }) else { throw .notFound }
    let message = chat.messages[index]
    guard message.author == chat.account else { throw .forbidden }
    guard at.secondsSince1970 - message.createdAt <= 3_600 else {
      throw .invalid("message_id", "is older than an hour")
    }
    chats[chat.id]?.messages[index].content = .deleted
    for position in seen.indices where seen[position].message == id { seen[position].type = "deleted" }
  }

  private mutating func markRead(_ chat: AvitoChat, at: Timestamp) {
    for index in chat.messages.indices where chat.messages[index].author != chat.account {
      if chat.messages[index].readAt == nil { chats[chat.id]?.messages[index].readAt = at.secondsSince1970 }
    }
    reads.append(AvitoReadMark(chat: chat.id, at: at))
  }

  private mutating func block(_ account: AvitoAccount, _ input: AvitoInput) throws(AvitoError) {
    let body = try input.object(["users"])
    guard let users = body["users"].listValue, !users.isEmpty else { throw .invalid("users", "must be a list") }
    for user in users {
      try AvitoInput.check(user, "users", required: ["user_id", "context"])
      let context = user["context"]
      try AvitoInput.check(context, "context", required: ["reason_id"], optional: ["item_id"])
      guard let id = user["user_id"].intValue else { throw .invalid("user_id", "must be a whole number") }
      guard let reason = context["reason_id"].intValue, (1...4).contains(reason) else {
        throw .invalid("reason_id", "must be 1, 2, 3 or 4")
      }
      accounts[account.userID]?.blacklist.insert(id)
    }
  }

  private func webhookURL(_ input: AvitoInput) throws(AvitoError) -> String {
    let body = try input.object(["url"])
    guard let url = body["url"].textValue else { throw .invalid("url", "must be a text") }
    if url.hasPrefix("https://"), url.utf8.count > 8 { return url }
    let loopback = ["http://127.0.0.1:", "http://127.0.0.1/", "http://localhost:", "http://localhost/"]
    guard settings.allowsLoopbackWebhooks, loopback.contains(where: url.hasPrefix) else {
      throw .invalid("url", "must begin with https://")
    }
    return url
  }
}
