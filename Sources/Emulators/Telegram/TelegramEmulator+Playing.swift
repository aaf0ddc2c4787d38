//! The hands of a test or demo: people and chats, what they do, and what they saw.

internal import SwitchboardSDK

extension TelegramEmulator {
  // MARK: Making

  /// The user's id. Ids are chosen when none is given.
  @discardableResult
  package func createUser(
    firstName: String, lastName: String? = nil, username: String? = nil, languageCode: String? = "ru",
    id: Int64? = nil
  ) throws(RequestError) -> Int64 {
    try world.addUser(
      id: id, firstName: firstName, lastName: lastName, username: username, languageCode: languageCode)
  }

  /// The bot's id, which is the number before the colon of its token.
  @discardableResult
  package func createBot(
    token: String, name: String, username: String, hasPrivacyMode: Bool = true
  ) throws(RequestError) -> Int64 {
    try world.addBot(token: token, name: name, username: username, hasPrivacyMode: hasPrivacyMode)
  }

  /// The group's id. `isBasic` makes an old-style group that can be migrated.
  @discardableResult
  package func createGroup(
    title: String, isForum: Bool, isBasic: Bool = false, id: Int64? = nil
  ) throws(RequestError) -> Int64 {
    try world.addGroup(id: id, title: title, isForum: isForum, isBasic: isBasic)
  }

  package func setMember(chat: Int64, user: Int64, _ status: ChatMemberStatus) throws(RequestError) {
    try world.setMember(chat: chat, user: user, status, now: clock.now())
    announceChanges()
  }

  // MARK: Doing

  /// A person writes: to a bot in private, or (with `chat`) into a group, perhaps into a topic. The message's id.
  /// A private chat is opened by its first message.
  @discardableResult
  package func write(
    user: Int64, chat: Int64? = nil, bot: Int64 = 0, thread: Int64? = nil, _ content: PlayedContent,
    replyTo: Int64? = nil, quote: String? = nil, mediaGroupID: String? = nil
  ) throws(RequestError) -> Int64 {
    let key = try world.chatForPerson(user, chat: chat ?? user, bot: bot)
    let id = try world.write(
      user: user, key: key, thread: thread, content: content, replyTo: replyTo, quote: quote,
      mediaGroupID: mediaGroupID, now: clock.now())
    announceChanges()
    return id
  }

  package func edit(
    user: Int64, chat: Int64? = nil, bot: Int64 = 0, messageID: Int64, text: String
  ) throws(RequestError) {
    let key = try world.chatForPerson(user, chat: chat ?? user, bot: bot)
    try world.edit(key: key, id: messageID, by: user, text: text, now: clock.now())
    announceChanges()
  }

  /// Presses the button with this data; the id of the callback query.
  @discardableResult
  package func press(
    user: Int64, chat: Int64? = nil, bot: Int64 = 0, messageID: Int64, data: String
  ) throws(RequestError) -> String {
    let key = try world.chatForPerson(user, chat: chat ?? user, bot: bot)
    let id = try world.press(key: key, id: messageID, by: user, data: data, now: clock.now())
    announceChanges()
    return id
  }

  /// By hand in the app: the bot is not told.
  package func deleteTopic(chat: Int64, thread: Int64) throws(RequestError) {
    try world.deleteTopic(chat: chat, thread: thread)
  }

  package func setBlocked(_ isBlocked: Bool, user: Int64, bot: Int64) throws(RequestError) {
    try world.setBlocked(isBlocked, user: user, bot: bot, now: clock.now())
    announceChanges()
  }

  package func deactivate(user: Int64) { world.users[user]?.isDeactivated = true }

  /// The owner revokes the token: every call answers 401 from now on.
  package func revoke(bot: Int64) {
    world.bots[bot]?.isRevoked = true
    endPoll(bot, .unauthorized)
  }

  /// Turns a basic group into a supergroup; the new id.
  @discardableResult
  package func migrate(chat: Int64) throws(RequestError) -> Int64 {
    let id = try world.migrate(chat: chat, now: clock.now())
    announceChanges()
    return id
  }

  // MARK: Seeing

  /// Every kept message of every chat, in the order of appearance.
  package func seen() -> [SeenMessage] { world.seenMessages }

  package func seen(chat: Int64, thread: Int64? = nil) -> [SeenMessage] {
    world.seenMessages.filter { $0.chat == chat && (thread == nil || $0.thread == thread) }
  }

  /// The group's topics, oldest first, deleted ones too.
  package func topics(chat: Int64) -> [SeenTopic] { world.topics(chat: chat) }

  package func callbackAnswers() -> [SeenCallbackAnswer] { world.callbackAnswers }

  /// The bytes of the file with this digest (`SeenMessage.fileDigest`).
  package func file(digest: String) -> [UInt8]? { world.files.values.first { $0.digest == digest }?.bytes }

  /// How many updates wait for this bot.
  package func pendingUpdates(bot: Int64) -> Int { world.bots[bot]?.updates.count ?? 0 }

  /// Every new message from now on; ends when the caller stops reading.
  package func newMessages() -> AsyncStream<SeenMessage> {
    let (stream, continuation) = AsyncStream<SeenMessage>.makeStream()
    lastWatcherNumber += 1
    let number = lastWatcherNumber
    messageWatchers[number] = continuation
    world.isWatched = true
    return stream
  }

  /// The first message, past or to come, that `matches`; nil when the task is cancelled.
  package func firstSeen(where matches: @Sendable (SeenMessage) -> Bool) async -> SeenMessage? {
    let stream = newMessages()
    let number = lastWatcherNumber
    defer { stopWatching(number) }
    if let message = world.seenMessages.first(where: matches) { return message }
    for await message in stream where matches(message) { return message }
    return nil
  }

  private func stopWatching(_ number: Int) {
    messageWatchers.removeValue(forKey: number)?.finish()
    world.isWatched = !messageWatchers.isEmpty
  }
}
