//! The hands and eyes of `TelegramEmulator` over HTTP, for tests in other languages: `POST /_emulator/<deed>`, JSON.

package import SwitchboardSDK

extension TelegramEmulator {
  /// `users`, `bots`, `groups`, `members`, `write`, `edit`, `press`, `topics`, `topics/delete`, `block`,
  /// `deactivate`, `revoke`, `migrate`, `seen`, `callbacks`.
  package func control(_ route: [String], _ body: Value) async throws(RequestError) -> Value? {
    switch route {
    case ["users"]:
      let id = try createUser(
        firstName: body["first_name"].textValue ?? "Иван", lastName: body["last_name"].textValue,
        username: body["username"].textValue, languageCode: body["language_code"].textValue ?? "ru",
        id: body["id"].intValue)
      return ["id": .int(id)]
    case ["bots"]:
      let id = try createBot(
        token: try Self.text(body, "token"), name: body["name"].textValue ?? "Support",
        username: body["username"].textValue ?? "support_bot", hasPrivacyMode: body["privacy"].boolValue ?? true)
      return ["id": .int(id)]
    case ["groups"]:
      let id = try createGroup(
        title: body["title"].textValue ?? "Операторы", isForum: body["forum"].boolValue ?? true,
        isBasic: body["basic"].boolValue ?? false, id: body["id"].intValue)
      return ["id": .int(id)]
    case ["members"]:
      try setMember(
        chat: try Self.number(body, "chat"), user: try Self.number(body, "user"), try Self.status(body))
      return ["ok": true]
    case ["seen"]: return ["messages": .list(seen().filter { Self.matches($0, body) }.map(\.value))]
    case ["topics"]: return ["topics": .list(topics(chat: try Self.number(body, "chat")).map(\.value))]
    case ["callbacks"]:
      let answers = callbackAnswers().map { answer -> Value in
        ["id": .text(answer.id), "user": .int(answer.user), "text": .text(answer.text), "alert": .bool(answer.isAlert)]
      }
      return ["answers": .list(answers)]
    default: return try deed(route, body)
    }
  }

  private func deed(_ route: [String], _ body: Value) throws(RequestError) -> Value? {
    switch route {
    case ["write"]:
      let id = try write(
        user: try Self.number(body, "user"), chat: body["chat"].intValue, bot: body["bot"].intValue ?? 0,
        thread: body["thread"].intValue, try Self.content(body), replyTo: body["reply_to"].intValue,
        quote: body["quote"].textValue, mediaGroupID: body["media_group_id"].textValue)
      return ["message_id": .int(id)]
    case ["edit"]:
      try edit(
        user: try Self.number(body, "user"), chat: body["chat"].intValue, bot: body["bot"].intValue ?? 0,
        messageID: try Self.number(body, "message_id"), text: try Self.text(body, "text"))
    case ["press"]:
      let id = try press(
        user: try Self.number(body, "user"), chat: body["chat"].intValue, bot: body["bot"].intValue ?? 0,
        messageID: try Self.number(body, "message_id"), data: try Self.text(body, "data"))
      return ["callback_query_id": .text(id)]
    case ["topics", "delete"]:
      try deleteTopic(chat: try Self.number(body, "chat"), thread: try Self.number(body, "thread"))
    case ["block"]:
      try setBlocked(
        body["blocked"].boolValue ?? true, user: try Self.number(body, "user"), bot: try Self.number(body, "bot"))
    case ["deactivate"]: deactivate(user: try Self.number(body, "user"))
    case ["revoke"]: revoke(bot: try Self.number(body, "bot"))
    case ["migrate"]: return ["chat": .int(try migrate(chat: try Self.number(body, "chat")))]
    default: return nil
    }
    return ["ok": true]
  }

  private static func number(_ body: Value, _ name: String) throws(RequestError) -> Int64 {
    guard let number = body[name].intValue else { throw RequestError("'\(name)' must be an integer") }
    return number
  }

  private static func text(_ body: Value, _ name: String) throws(RequestError) -> String {
    guard let text = body[name].textValue else { throw RequestError("'\(name)' must be a string") }
    return text
  }

  private static func status(_ body: Value) throws(RequestError) -> ChatMemberStatus {
    switch body["status"].textValue {
    case "creator"?: return .creator
    case "administrator"?:
      return .administrator(
        AdminRights(
          canManageTopics: body["can_manage_topics"].boolValue ?? true,
          canPinMessages: body["can_pin_messages"].boolValue ?? true,
          canDeleteMessages: body["can_delete_messages"].boolValue ?? true))
    case "member"?: return .member
    case "left"?: return .left
    case "kicked"?: return .kicked
    default: throw RequestError("'status' must be creator, administrator, member, left or kicked")
    }
  }

  private static func matches(_ message: SeenMessage, _ filter: Value) -> Bool {
    if let chat = filter["chat"].intValue, message.chat != chat { return false }
    if let thread = filter["thread"].intValue, message.thread != thread { return false }
    if let after = filter["after"].intValue, Int64(message.sequence) <= after { return false }
    return true
  }

  /// `{"text":…}`, or `{"kind":"photo","content_base64":…,"file_name":…,"mime_type":…,"caption":…}`, or
  /// `{"object":{"location":{…}}}`.
  private static func content(_ body: Value) throws(RequestError) -> PlayedContent {
    if let object = body["object"].mapValue {
      guard let member = object.first, object.count == 1 else { throw RequestError("'object' has one member") }
      return .object(name: member.key, member.value)
    }
    guard let word = body["kind"].textValue else { return .text(try text(body, "text")) }
    guard let kind = PlayedContent.Media(rawValue: word), kind != .other else {
      throw RequestError("'kind' must be photo, voice, document, audio or video")
    }
    guard let bytes = Base64Reader.bytes(try text(body, "content_base64")) else { throw RequestError("not base64") }
    return .media(
      kind, bytes: bytes, fileName: body["file_name"].textValue ?? "", mimeType: body["mime_type"].textValue ?? "",
      durationSeconds: body["duration"].intValue ?? 1, caption: body["caption"].textValue ?? "")
  }
}
