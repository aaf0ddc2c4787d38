//! Forum topics and pins (Bot API §Forum topics; wording of refusals as servers were seen to give it).

internal import SwitchboardSDK

extension TelegramWorld {
  private static let iconColors: Set<Int64> = [7_322_096, 16_766_590, 13_338_331, 9_367_192, 16_749_490, 16_478_047]

  private func forum(_ arguments: MethodArguments, _ bot: Int64) throws(BotAPIError) -> ChatKey {
    let key = try known(arguments["chat_id"], bot)
    guard chats[key]?.isForum == true else { throw .badRequest("the chat is not a forum") }
    return key
  }

  private static func topicName(_ arguments: MethodArguments) throws(BotAPIError) -> String {
    let name = trimmed(arguments.text("name"), keepsStart: false)
    guard !name.isEmpty else { throw .badRequest("topic name must be non-empty") }
    // The real server cuts longer names silently; a connector should know what it sends.
    guard name.unicodeScalars.count <= 128 else { throw .badRequest("topic name must be at most 128 characters long") }
    return name
  }

  func createForumTopic(
    _ arguments: MethodArguments, _ bot: Int64, now: Timestamp
  ) throws(BotAPIError) -> Value {
    let key = try forum(arguments, bot)
    guard status(key, bot).may(\.canManageTopics) else { throw .badRequest("not enough rights to create a topic") }
    let name = try Self.topicName(arguments)
    let color = arguments.integer("icon_color") ?? 7_322_096
    guard Self.iconColors.contains(color) else { throw .badRequest("wrong icon color specified") }
    let id = (chats[key]?.lastMessageID ?? 0) + 1
    chats[key]?.topics[id] = TelegramTopic(id: id, name: name, iconColor: color)
    var looks: [String: Value] = ["name": .text(name), "icon_color": .int(color)]
    if arguments.has("icon_custom_emoji_id") { looks["icon_custom_emoji_id"] = arguments["icon_custom_emoji_id"] }
    postService(["forum_topic_created": .map(looks)], key, thread: id, bot, now: now)
    looks["message_thread_id"] = .int(id)
    return .map(looks)
  }

  @discardableResult
  private func postService(
    _ content: [String: Value], _ key: ChatKey, thread: Int64?, _ sender: Int64, now: Timestamp
  ) -> TelegramMessage {
    var draft = TelegramMessage(key: key, id: 0, sequence: 0, thread: thread, sender: sender, date: now, text: "")
    draft.service = content
    return post(draft)
  }

  /// The topic to change, if this bot may.
  private func topic(
    _ arguments: MethodArguments, _ bot: Int64, _ right: KeyPath<AdminRights, Bool>, _ deed: String
  ) throws(BotAPIError) -> (key: ChatKey, topic: TelegramTopic) {
    let key = try forum(arguments, bot)
    guard let id = arguments.integer("message_thread_id"), id != 1, let topic = chats[key]?.topics[id],
      !topic.isDeleted
    else { throw .threadNotFound }
    guard status(key, bot).may(right) else { throw .badRequest("not enough rights to \(deed) the topic") }
    return (key, topic)
  }

  func setTopicClosed(
    _ isClosed: Bool, _ arguments: MethodArguments, _ bot: Int64, now: Timestamp
  ) throws(BotAPIError) -> Value {
    let (key, topic) = try topic(arguments, bot, \.canManageTopics, isClosed ? "close" : "reopen")
    guard topic.isClosed != isClosed else { throw .badRequest("TOPIC_NOT_MODIFIED") }
    chats[key]?.topics[topic.id]?.isClosed = isClosed
    let name = isClosed ? "forum_topic_closed" : "forum_topic_reopened"
    postService([name: .map([:])], key, thread: topic.id, bot, now: now)
    return true
  }

  func editForumTopic(
    _ arguments: MethodArguments, _ bot: Int64, now: Timestamp
  ) throws(BotAPIError) -> Value {
    let (key, topic) = try topic(arguments, bot, \.canManageTopics, "edit")
    var change: [String: Value] = [:]
    if arguments.has("name") {
      let name = try Self.topicName(arguments)
      if name != topic.name { change["name"] = .text(name) }
      chats[key]?.topics[topic.id]?.name = name
    }
    if arguments.has("icon_custom_emoji_id") { change["icon_custom_emoji_id"] = arguments["icon_custom_emoji_id"] }
    guard !change.isEmpty else { throw .badRequest("TOPIC_NOT_MODIFIED") }
    postService(["forum_topic_edited": .map(change)], key, thread: topic.id, bot, now: now)
    return true
  }

  func deleteForumTopic(_ arguments: MethodArguments, _ bot: Int64) throws(BotAPIError) -> Value {
    let (key, topic) = try topic(arguments, bot, \.canDeleteMessages, "delete")
    eraseTopic(key, topic.id)
    return true
  }

  func pinChatMessage(
    _ arguments: MethodArguments, _ bot: Int64, now: Timestamp
  ) throws(BotAPIError) -> Value {
    let key = try writable(arguments["chat_id"], bot)
    if key.owner == 0, !status(key, bot).may(\.canPinMessages) {
      throw .badRequest("not enough rights to manage pinned messages in the chat")
    }
    guard let pinned = message(key, arguments.integer("message_id")), pinned.service.isEmpty else {
      throw .badRequest("message to pin not found")
    }
    guard !pinned.isPinned else { return true }
    chats[key]?.messages[pinned.id]?.isPinned = true
    postService(["pinned_message": .int(pinned.id)], key, thread: pinned.thread, bot, now: now)
    return true
  }

  func unpinChatMessage(_ arguments: MethodArguments, _ bot: Int64) throws(BotAPIError) -> Value {
    let key = try writable(arguments["chat_id"], bot)
    if key.owner == 0, !status(key, bot).may(\.canPinMessages) {
      throw .badRequest("not enough rights to manage pinned messages in the chat")
    }
    let pinned = (chats[key]?.messages ?? [:]).values.filter(\.isPinned).map(\.id).max()
    guard let id = arguments.integer("message_id") ?? pinned, message(key, id)?.isPinned == true else {
      throw .badRequest("message to unpin not found")
    }
    chats[key]?.messages[id]?.isPinned = false
    return true
  }
}
