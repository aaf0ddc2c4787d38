//! What people do: write, edit, press, block, delete a topic by hand.

internal import SwitchboardSDK

extension TelegramWorld {
  func addUser(
    id: Int64?, firstName: String, lastName: String?, username: String?, languageCode: String?
  ) throws(RequestError) -> Int64 {
    let id = id ?? 500_000_000 + counter()
    guard id > 0, users[id] == nil else { throw RequestError("user id \(id) is taken or not positive") }
    users[id] = TelegramUser(
      id: id, firstName: firstName, lastName: lastName, username: username, languageCode: languageCode)
    return id
  }

  /// The bot's id is the number before the colon of its token.
  func addBot(
    token: String, name: String, username: String, hasPrivacyMode: Bool
  ) throws(RequestError) -> Int64 {
    guard Self.isWellFormed(token: token), let id = token.split(separator: ":").first.flatMap({ Int64($0) }), id > 0
    else { throw RequestError("a token looks like 7000000001:AAE…") }
    guard users[id] == nil else { throw RequestError("user id \(id) is taken") }
    let user = TelegramUser(id: id, firstName: name, username: username, isBot: true)
    users[id] = user
    bots[id] = TelegramBot(
      user: user, token: token, hasPrivacyMode: hasPrivacyMode, nextUpdateID: 814_000_000 + counter() * 1_000)
    botByToken[token] = id
    return id
  }

  static func isWellFormed(token: String) -> Bool {
    token.utf8.contains(UInt8(ascii: ":")) && !token.hasPrefix("0") && token.utf8.count <= 80
      && !token.utf8.contains(UInt8(ascii: "/"))
  }

  func addGroup(id: Int64?, title: String, isForum: Bool, isBasic: Bool) throws(RequestError) -> Int64 {
    let id = id ?? (isBasic ? -(400_000_000 + counter()) : -(1_001_000_000_000 + counter()))
    let key = ChatKey(owner: 0, id: id)
    guard id < 0, chats[key] == nil else { throw RequestError("group id \(id) is taken or not negative") }
    guard !(isForum && isBasic) else { throw RequestError("only supergroups have topics") }
    chats[key] = TelegramChat(key: key, kind: isBasic ? .group : .supergroup, title: title, isForum: isForum)
    // The group's own creation; and topic ids must not start at 1, which is General's.
    chats[key]?.lastMessageID = 1
    return id
  }

  func setMember(chat: Int64, user: Int64, _ status: ChatMemberStatus, now: Timestamp) throws(RequestError) {
    let key = ChatKey(owner: 0, id: chat)
    guard let group = chats[key] else { throw RequestError("no group \(chat)") }
    guard users[user] != nil else { throw RequestError("no user \(user)") }
    let old = group.members[user] ?? .left
    chats[key]?.members[user] = status
    guard bots[user] != nil, old != status, let actor = users.values.first(where: { !$0.isBot }) else { return }
    enqueue(
      user, "my_chat_member", chat: chat, at: now,
      [
        "chat": render(group), "from": actor.value, "date": .int(now.secondsSince1970),
        "old_chat_member": renderMember(user, old), "new_chat_member": renderMember(user, status),
      ])
  }

  /// The chat in which a person writes; opens the private chat when it is the first message.
  func chatForPerson(_ user: Int64, chat: Int64, bot: Int64) throws(RequestError) -> ChatKey {
    guard let person = users[user], !person.isBot else { throw RequestError("no user \(user)") }
    guard chat > 0 else {
      let key = ChatKey(owner: 0, id: chat)
      guard let group = chats[key], group.migratedTo == nil else { throw RequestError("no group \(chat)") }
      guard group.members[user]?.isPresent == true else { throw RequestError("user \(user) is not in the group") }
      return key
    }
    guard bots[bot] != nil else { throw RequestError("no bot \(bot)") }
    guard chat == user else { throw RequestError("a private chat has the user's id") }
    let key = ChatKey(owner: bot, id: user)
    if chats[key] == nil { chats[key] = TelegramChat(key: key, kind: .private, title: "") }
    bots[bot]?.startedBy.insert(user)
    return key
  }

  func write(
    user: Int64, key: ChatKey, thread: Int64?, content: PlayedContent, replyTo: Int64?, quote: String?,
    mediaGroupID: String?, now: Timestamp
  ) throws(RequestError) -> Int64 {
    if let thread {
      guard let topic = chats[key]?.topics[thread], !topic.isDeleted else { throw RequestError("no topic \(thread)") }
    }
    if let replyTo, message(key, replyTo) == nil { throw RequestError("no message \(replyTo) to reply to") }
    var draft = TelegramMessage(key: key, id: 0, sequence: 0, thread: thread, sender: user, date: now, text: "")
    draft.replyTo = replyTo
    draft.quote = quote
    draft.mediaGroupID = mediaGroupID
    switch content {
    case .text(let text):
      guard !text.isEmpty else { throw RequestError("an empty message") }
      draft.text = text
    case .media(let kind, let bytes, let fileName, let mimeType, let duration, let caption):
      guard kind != .other else { throw RequestError("use an object for this content") }
      let file = UploadedFile(field: "", fileName: fileName, mimeType: mimeType, bytes: bytes)
      draft.media = TelegramMedia(kind: kind, files: store(file, as: kind), duration: duration)
      draft.text = caption
    case .object(let name, let object):
      draft.media = TelegramMedia(kind: .other, files: [], object: .map([name: object]))
    }
    draft.entities = Self.commandEntities(draft.text)
    return post(draft).id
  }

  /// `bot_command` entities: `/` at the start or after a space, then 1…64 letters, digits, `_`, perhaps `@name`.
  static func commandEntities(_ text: String) -> Value {
    let units = Array(text.utf16)
    var entities: [Value] = []
    var at = 0
    func isWord(_ unit: UInt16) -> Bool {
      (48...57).contains(unit) || (65...90).contains(unit) || (97...122).contains(unit) || unit == 95
    }
    while at < units.count {
      guard units[at] == 47, at == 0 || units[at - 1] <= 32 else {
        at += 1
        continue
      }
      var end = at + 1
      while end < units.count, isWord(units[end]) { end += 1 }
      if end > at + 1, end - at <= 65 {
        if end < units.count, units[end] == 64 {
          end += 1
          while end < units.count, isWord(units[end]) { end += 1 }
        }
        entities.append(["offset": .int(Int64(at)), "length": .int(Int64(end - at)), "type": "bot_command"])
      }
      at = end
    }
    return entities.isEmpty ? .null : .list(entities)
  }

  func edit(key: ChatKey, id: Int64, by user: Int64, text: String, now: Timestamp) throws(RequestError) {
    guard var edited = message(key, id), edited.sender == user else { throw RequestError("no own message \(id)") }
    edited.text = text
    edited.entities = Self.commandEntities(text)
    edited.editDate = now
    chats[key]?.messages[id] = edited
    announce(edited, "edited_message")
  }

  /// The id of the callback query.
  func press(key: ChatKey, id: Int64, by user: Int64, data: String, now: Timestamp) throws(RequestError)
    -> String
  {
    guard let message = message(key, id), let person = users[user] else { throw RequestError("no message \(id)") }
    let buttons = seen(message)?.buttons ?? []
    guard buttons.contains(where: { $0.data == data }) else { throw RequestError("no button with this data") }
    guard bots[message.sender] != nil else { throw RequestError("the message is not a bot's") }
    let query = String(530_241_111_111_111_000 + counter())
    bots[message.sender]?.callbacks[query] = CallbackQuery(user: user, askedAt: now)
    enqueue(
      message.sender, "callback_query", chat: key.id, at: now,
      [
        "id": .text(query), "from": person.value, "message": render(message, for: message.sender),
        "chat_instance": .text(String(-3_873_246_520_471_000_000 &+ key.id)), "data": .text(data),
      ])
    return query
  }

  /// By hand in the app: bots are not told.
  func deleteTopic(chat: Int64, thread: Int64) throws(RequestError) {
    let key = ChatKey(owner: 0, id: chat)
    guard let topic = chats[key]?.topics[thread], !topic.isDeleted else { throw RequestError("no topic \(thread)") }
    eraseTopic(key, thread)
  }

  func eraseTopic(_ key: ChatKey, _ thread: Int64) {
    chats[key]?.topics[thread]?.isDeleted = true
    for (id, message) in chats[key]?.messages ?? [:] where message.thread == thread {
      chats[key]?.messages[id]?.isDeleted = true
    }
  }

  func setBlocked(_ isBlocked: Bool, user: Int64, bot: Int64, now: Timestamp) throws(RequestError) {
    guard let person = users[user], let state = bots[bot] else { throw RequestError("no such user or bot") }
    guard state.blockedBy.contains(user) != isBlocked else { return }
    if isBlocked { bots[bot]?.blockedBy.insert(user) } else { bots[bot]?.blockedBy.remove(user) }
    let member: Value = ["user": state.user.value, "status": "member"]
    let kicked: Value = ["user": state.user.value, "status": "kicked", "until_date": 0]
    enqueue(
      bot, "my_chat_member", chat: user, at: now,
      [
        "chat": person.chatValue, "from": person.value, "date": .int(now.secondsSince1970),
        "old_chat_member": isBlocked ? member : kicked, "new_chat_member": isBlocked ? kicked : member,
      ])
  }

  /// Turns a basic group into a supergroup with a new id; both chats get their service message.
  func migrate(chat: Int64, now: Timestamp) throws(RequestError) -> Int64 {
    let key = ChatKey(owner: 0, id: chat)
    guard let old = chats[key], old.kind == .group, old.migratedTo == nil else { throw RequestError("no basic group") }
    let id = try addGroup(id: nil, title: old.title, isForum: false, isBasic: false)
    let new = ChatKey(owner: 0, id: id)
    chats[new]?.members = old.members
    let actor = old.members.keys.filter { users[$0]?.isBot == false }.min() ?? 0
    var leaving = TelegramMessage(key: key, id: 0, sequence: 0, thread: nil, sender: actor, date: now, text: "")
    leaving.service = ["migrate_to_chat_id": .int(id)]
    post(leaving)
    var arriving = TelegramMessage(key: new, id: 0, sequence: 0, thread: nil, sender: actor, date: now, text: "")
    arriving.service = ["migrate_from_chat_id": .int(chat)]
    post(arriving)
    chats[key]?.migratedTo = id
    return id
  }

  func topics(chat: Int64) -> [SeenTopic] {
    guard let group = chats[ChatKey(owner: 0, id: chat)] else { return [] }
    var pinned: [Int64: [Int64]] = [:]
    for message in group.messages.values where message.isPinned && !message.isDeleted {
      pinned[message.thread ?? 0, default: []].append(message.id)
    }
    return group.topics.values.sorted { $0.id < $1.id }.map { topic in
      SeenTopic(
        id: topic.id, name: topic.name, isClosed: topic.isClosed, isDeleted: topic.isDeleted,
        pinned: (pinned[topic.id] ?? []).sorted())
    }
  }
}
