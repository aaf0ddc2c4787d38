//! Who may write where: the refusals that a connector has to tell apart (Bot API server, `Client.cpp`).

internal import SwitchboardSDK

extension TelegramWorld {
  /// The chat that `chat_id` names, if this bot may write to it.
  func writable(_ chat: Value, _ bot: Int64) throws(BotAPIError) -> ChatKey {
    let key = try known(chat, bot)
    if key.owner != 0 {
      if users[key.id]?.isDeactivated == true { throw .forbidden("user is deactivated") }
      if users[key.id]?.isBot == true { throw .forbidden("bot can't send messages to bots") }
      if bots[bot]?.blockedBy.contains(key.id) == true { throw .forbidden("bot was blocked by the user") }
      if bots[bot]?.startedBy.contains(key.id) != true {
        throw .forbidden("bot can't initiate conversation with a user")
      }
    }
    return key
  }

  /// The chat that `chat_id` names, if this bot is in it.
  func known(_ chat: Value, _ bot: Int64) throws(BotAPIError) -> ChatKey {
    guard let id = chat.intValue else { throw .chatNotFound }
    if id > 0 {
      guard users[id] != nil else { throw .chatNotFound }
      return ChatKey(owner: bot, id: id)
    }
    let key = ChatKey(owner: 0, id: id)
    guard let kind = chats[key]?.kind else { throw .chatNotFound }
    if let new = chats[key]?.migratedTo {
      throw BotAPIError(
        400, "Bad Request: group chat was upgraded to a supergroup chat",
        parameters: ["migrate_to_chat_id": .int(new)])
    }
    if chats[key]?.isDeleted == true { throw .forbidden("the group chat was deleted") }
    switch chats[key]?.members[bot] {
    case .kicked?: throw .forbidden("bot was kicked from the \(kind.rawValue) chat")
    case .left?, nil: throw .forbidden("bot is not a member of the \(kind.rawValue) chat")
    default: return key
    }
  }

  func status(_ key: ChatKey, _ user: Int64) -> ChatMemberStatus { chats[key]?.members[user] ?? .left }

  /// The topic that `message_thread_id` names; nil for General. General's own id, 1, is refused as by the server.
  func thread(_ id: Int64?, _ key: ChatKey, _ bot: Int64) throws(BotAPIError) -> Int64? {
    guard let id, id != 0 else { return nil }
    guard id != 1, chats[key]?.isForum == true, let topic = chats[key]?.topics[id], !topic.isDeleted else {
      throw .threadNotFound
    }
    if topic.isClosed, !status(key, bot).may(\.canManageTopics) { throw .badRequest("TOPIC_CLOSED") }
    return id
  }

  /// The text as the server keeps it: trimmed, not empty, not too long.
  static func text(
    _ arguments: MethodArguments, _ name: String, max: Int, tooLong: String
  ) throws(BotAPIError) -> String {
    let mode = arguments.text("parse_mode")
    guard mode.isEmpty else {
      guard ["html", "markdown", "markdownv2"].contains(mode.lowercased()) else {
        throw .badRequest("unsupported parse_mode")
      }
      throw .badRequest("can't parse entities: this emulator reads no markup; send plain text with entities")
    }
    let entities = name == "text" ? "entities" : "caption_entities"
    let text = trimmed(arguments.text(name), keepsStart: arguments.has(entities))
    guard text.utf8.count <= max || text.unicodeScalars.count <= max else { throw .badRequest(tooLong) }
    let units = Int64(text.utf16.count)
    for entity in arguments[entities].listValue ?? [] {
      let (end, overflow) = (entity["offset"].intValue ?? 0).addingReportingOverflow(entity["length"].intValue ?? 0)
      guard !overflow, end <= units else { throw .badRequest("can't parse entities: a MessageEntity is out of range") }
    }
    return text
  }

  static func trimmed(_ text: String, keepsStart: Bool) -> String {
    func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
    guard let first = text.utf8.first, let last = text.utf8.last, isSpace(first) || isSpace(last) else { return text }
    var bytes = text.utf8[...]
    if !keepsStart { bytes = bytes.drop(while: isSpace) }
    while let last = bytes.last, isSpace(last) { bytes.removeLast() }
    return String(Substring(bytes))
  }

  /// The message replied to and the quote of it.
  func reply(_ arguments: MethodArguments, _ key: ChatKey) throws(BotAPIError) -> (target: Int64, quote: String?)? {
    let parameters = arguments["reply_parameters"]
    guard let target = parameters["message_id"].intValue ?? arguments.integer("reply_to_message_id"), target != 0
    else { return nil }
    if !parameters["chat_id"].isNull, parameters["chat_id"].intValue != key.id {
      throw .badRequest("replies to another chat are not supported by this emulator")
    }
    guard let replied = message(key, target) else {
      let isOptional =
        parameters["allow_sending_without_reply"].boolValue ?? arguments.flag("allow_sending_without_reply")
      if isOptional { return nil }
      throw .badRequest("message to be replied not found")
    }
    let quote = parameters["quote"].textValue
    if let quote, quote.isEmpty || !replied.text.contains(quote) { throw .badRequest("QUOTE_TEXT_INVALID") }
    return (target, quote)
  }
}
