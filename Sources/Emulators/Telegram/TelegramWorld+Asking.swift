//! Methods that only tell, and the small rest.

internal import SwitchboardSDK

extension TelegramWorld {
  static let fileBytesMax = 20 << 20

  /// Performs every method but those that need the network or the time to come (`getUpdates`, webhooks).
  func call(
    _ method: BotMethod, _ arguments: MethodArguments, _ bot: Int64, now: Timestamp
  ) throws(BotAPIError) -> Value {
    if method.isMessageLike, let chat = arguments.integer("chat_id") {
      if let seconds = flood?.refusal(bot: bot, chat: chat, now: now) {
        throw .tooManyRequests(retryAfterSeconds: seconds)
      }
    }
    switch method {
    case .getMe: return me(bot)
    case .sendMessage: return try sendMessage(arguments, bot, now: now)
    case .sendPhoto, .sendVoice, .sendDocument, .sendAudio, .sendVideo:
      return try sendFile(method, arguments, bot, now: now)
    case .sendMediaGroup: return try sendMediaGroup(arguments, bot, now: now)
    case .sendChatAction: return try sendChatAction(arguments, bot)
    case .editMessageText: return try editMessageText(arguments, bot, now: now)
    case .deleteMessage: return try deleteMessage(arguments, bot, now: now)
    case .copyMessage, .forwardMessage:
      return try copyMessage(arguments, bot, forwards: method == .forwardMessage, now: now)
    case .answerCallbackQuery: return try answerCallbackQuery(arguments, bot, now: now)
    case .createForumTopic: return try createForumTopic(arguments, bot, now: now)
    case .editForumTopic: return try editForumTopic(arguments, bot, now: now)
    case .closeForumTopic, .reopenForumTopic:
      return try setTopicClosed(method == .closeForumTopic, arguments, bot, now: now)
    case .deleteForumTopic: return try deleteForumTopic(arguments, bot)
    case .pinChatMessage: return try pinChatMessage(arguments, bot, now: now)
    case .unpinChatMessage: return try unpinChatMessage(arguments, bot)
    case .getFile: return try getFile(arguments, bot, now: now)
    case .getChat: return try getChat(arguments, bot)
    case .getChatMember: return try getChatMember(arguments, bot)
    case .setMyCommands:
      bots[bot]?.commands = arguments["commands"]
      return true
    case .getMyCommands: return bots[bot]?.commands ?? .list([])
    case .getWebhookInfo: return webhookInfo(bot)
    case .getUpdates, .setWebhook, .deleteWebhook: throw .notFound
    }
  }

  private func me(_ bot: Int64) -> Value {
    guard case .map(var map)? = bots[bot]?.user.value else { return .null }
    map["can_join_groups"] = true
    map["can_read_all_group_messages"] = .bool(bots[bot]?.hasPrivacyMode == false)
    for name in [
      "supports_inline_queries", "can_connect_to_business", "has_main_web_app", "has_topics_enabled",
      "allows_users_to_create_topics",
    ] { map[name] = false }
    return .map(map)
  }

  private static let actions: Set<String> = [
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
  ]

  private func sendChatAction(_ arguments: MethodArguments, _ bot: Int64) throws(BotAPIError) -> Value {
    let key = try writable(arguments["chat_id"], bot)
    guard Self.actions.contains(arguments.text("action")) else {
      throw .badRequest("wrong parameter action in request")
    }
    _ = try thread(arguments.integer("message_thread_id"), key, bot)
    return true
  }

  private func answerCallbackQuery(
    _ arguments: MethodArguments, _ bot: Int64, now: Timestamp
  ) throws(BotAPIError) -> Value {
    let id = arguments.text("callback_query_id")
    guard let query = bots[bot]?.callbacks.removeValue(forKey: id),
      now.millisecondsSince(query.askedAt) <= callbackLifetimeMilliseconds
    else { throw .badRequest("query is too old and response timeout expired or query ID is invalid") }
    callbackAnswers.append(
      SeenCallbackAnswer(
        id: id, user: query.user, text: arguments.text("text"), isAlert: arguments.flag("show_alert")))
    return true
  }

  private func getFile(
    _ arguments: MethodArguments, _ bot: Int64, now: Timestamp
  ) throws(BotAPIError) -> Value {
    let file = try ownFile(arguments.text("file_id"), bot)
    guard file.bytes.count <= Self.fileBytesMax else { throw .badRequest("file is too big") }
    grantedPaths[file.path] = (bot, file.number, now)
    return [
      "file_id": arguments["file_id"], "file_unique_id": .text(file.uniqueID),
      "file_size": .int(Int64(file.bytes.count)), "file_path": .text(file.path),
    ]
  }

  /// The content behind `/file/bot<token>/<path>`; a path holds for an hour after `getFile`.
  func download(_ path: String, _ bot: Int64, now: Timestamp) throws(BotAPIError) -> StoredFile {
    guard let grant = grantedPaths[path], grant.bot == bot, now.millisecondsSince(grant.at) <= 3_600_000,
      let file = files[grant.file]
    else { throw .notFound }
    return file
  }

  private func getChat(_ arguments: MethodArguments, _ bot: Int64) throws(BotAPIError) -> Value {
    let key = try known(arguments["chat_id"], bot)
    if key.owner != 0, bots[bot]?.startedBy.contains(key.id) != true { throw .chatNotFound }
    guard let chat = chats[key], case .map(var map) = render(chat) else { throw .chatNotFound }
    map["accent_color_id"] = .int(abs(key.id % 7))
    map["max_reaction_count"] = 11
    map["accepted_gift_types"] = [
      "unlimited_gifts": true, "limited_gifts": true, "unique_gifts": true, "premium_subscription": true,
      "gifts_from_channels": true,
    ]
    return .map(map)
  }

  private func getChatMember(_ arguments: MethodArguments, _ bot: Int64) throws(BotAPIError) -> Value {
    let key = try known(arguments["chat_id"], bot)
    guard let user = arguments.integer("user_id"), users[user] != nil else { throw .badRequest("user not found") }
    if key.owner != 0 {
      guard user == key.id || user == bot else { throw .badRequest("user not found") }
      return renderMember(user, .member)
    }
    return renderMember(user, status(key, user))
  }

  func renderMember(_ user: Int64, _ status: ChatMemberStatus) -> Value {
    let person = users[user]?.value ?? .null
    switch status {
    case .creator: return ["user": person, "status": "creator", "is_anonymous": false]
    case .member: return ["user": person, "status": "member"]
    case .left: return ["user": person, "status": "left"]
    case .kicked: return ["user": person, "status": "kicked", "until_date": 0]
    case .administrator(let rights):
      var map: [String: Value] = [
        "user": person, "status": "administrator", "can_be_edited": false, "is_anonymous": false,
        "can_delete_messages": .bool(rights.canDeleteMessages), "can_pin_messages": .bool(rights.canPinMessages),
        "can_manage_topics": .bool(rights.canManageTopics), "can_manage_chat": true,
      ]
      for name in [
        "can_manage_video_chats", "can_restrict_members", "can_promote_members", "can_change_info",
        "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
        "can_send_welcome_messages",
      ] { map[name] = false }
      return .map(map)
    }
  }
}
