//! One `Update` of Telegram to one event, or the reason why it is none. Pure; nothing in an update is trusted to
//! be there or to have its type.
internal import SwitchboardSDK

/// What an update turned out to be.
enum MappedUpdate: Sendable, Hashable {
  case event(Event)
  /// `/getid`, which the connector answers itself; `event` is what it is when meant for another bot.
  case getID(GetIDQuestion, event: Event)
  /// Nothing for us; why, for the log.
  case skipped(String, LogLevel = .warning)
}

struct UpdateMapper: Sendable {
  /// The kinds that we ask Telegram for: exactly those mapped here.
  static let allowedUpdates: Value = ["message", "edited_message", "callback_query", "my_chat_member"]

  let botID: Int64

  /// `now` stands in where Telegram gives no time (callbacks).
  func map(_ update: Value, now: Timestamp) -> MappedUpdate {
    if !update["message"].isNull { return message(update["message"], now: now) }
    if !update["edited_message"].isNull { return edit(update["edited_message"], now: now) }
    if !update["callback_query"].isNull { return callback(update["callback_query"], now: now) }
    if !update["my_chat_member"].isNull { return membership(update["my_chat_member"], now: now) }
    let kinds = (update.mapValue ?? [:]).keys.filter { $0 != "update_id" }.sorted()
    return .skipped("an update of a kind we do not know: \(kinds.prefix(5).joined(separator: ", "))", .info)
  }

  private func message(_ message: Value, now: Timestamp) -> MappedUpdate {
    guard let chat = chat(message["chat"]), let id = message["message_id"].intValue else {
      return .skipped("a message without chat or message_id")
    }
    // Ordinary messages of our own never come; our service messages (topic made, message pinned) do.
    if message["from"]["id"].intValue == botID { return .skipped("our own message \(id)", .debug) }
    var event = Event(
      externalID: "m:\(chat.id):\(id)", kind: .message, chat: chat, thread: thread(of: message),
      sender: sender(of: message), facts: facts(message["chat"]), occurredAt: time(message["date"]) ?? now)
    let content = MessageContent(message)
    switch content {
    case .service(let name, let data):
      event.kind = .service
      event.details = ["service": .text(name), "data": data]
      return .event(event)
    case .message(let text, let attachments):
      event.message = Message(id: String(id), text: text, attachments: attachments, replyTo: replyTo(of: message))
      event.details = details(of: message)
      guard let addressee = GetIDQuestion.addressee(in: text) else { return .event(event) }
      let question = GetIDQuestion(
        chat: chat.id, thread: event.thread, messageID: String(id), addressee: addressee.isEmpty ? nil : addressee)
      return .getID(question, event: event)
    }
  }

  private func edit(_ message: Value, now: Timestamp) -> MappedUpdate {
    guard case .event(var event) = self.message(message, now: now), var edited = event.message else {
      return .skipped("an edit that carries no message of a person", .debug)
    }
    event.kind = .edit
    edited.replyTo = replyTo(of: message)
    event.message = edited
    let editedAt = message["edit_date"].intValue ?? 0
    // Two edits within one second have one edit_date: the content tells them apart.
    var print = Fingerprint()
    print.add(edited.text)
    for attachment in edited.attachments {
      print.add(attachment.label)
      print.add(attachment.fileID ?? "")
    }
    event.externalID = "e:\(event.chat.id):\(edited.id):\(editedAt):\(print.hexadecimal)"
    event.occurredAt = time(message["edit_date"]) ?? event.occurredAt
    return .event(event)
  }

  private func callback(_ query: Value, now: Timestamp) -> MappedUpdate {
    guard let id = query["id"].textValue, let data = query["data"].textValue else {
      return .skipped("a callback without id or data")
    }
    // Absent for buttons under inline results: there is no chat to answer in.
    guard let chat = chat(query["message"]["chat"]) else { return .skipped("a callback outside any chat", .info) }
    return .event(
      Event(
        externalID: "c:\(id)", kind: .callback, chat: chat, thread: thread(of: query["message"]),
        sender: person(query["from"]),
        callback: Callback(id: id, data: data, messageID: query["message"]["message_id"].intValue.map(String.init)),
        facts: facts(query["message"]["chat"]), occurredAt: now))
  }

  /// The bot was blocked, unblocked, added, promoted or thrown out.
  private func membership(_ change: Value, now: Timestamp) -> MappedUpdate {
    guard let chat = chat(change["chat"]) else { return .skipped("my_chat_member without a chat") }
    let old = change["old_chat_member"]["status"].textValue ?? ""
    let new = change["new_chat_member"]["status"].textValue ?? ""
    let date = change["date"].intValue ?? 0
    return .event(
      Event(
        externalID: "b:\(chat.id):\(date):\(old):\(new)", kind: .service, chat: chat, sender: person(change["from"]),
        facts: facts(change["chat"]),
        details: [
          "service": "my_chat_member", "old_status": .text(old), "new_status": .text(new),
          "is_reachable": .bool(new != "kicked" && new != "left"),
        ],
        occurredAt: time(change["date"]) ?? now))
  }
}

extension UpdateMapper {
  /// Only `is_topic_message` makes a topic: a reply chain in an ordinary group has `message_thread_id` too,
  /// and General has neither (channels.md §1.6).
  private func thread(of message: Value) -> String? {
    guard message["is_topic_message"].boolValue == true else { return nil }
    return message["message_thread_id"].intValue.map(String.init)
  }

  /// In a topic each message "replies" to the topic's root unless the person chose another: that is no reply.
  private func replyTo(of message: Value) -> String? {
    let replied = message["reply_to_message"]
    guard let id = replied["message_id"].intValue, replied["forum_topic_created"].isNull else { return nil }
    if message["is_topic_message"].boolValue == true, id == message["message_thread_id"].intValue { return nil }
    return String(id)
  }

  private func details(of message: Value) -> Value {
    var details: [String: Value] = [:]
    if let album = message["media_group_id"].textValue { details["media_group_id"] = .text(album) }
    if let quote = message["quote"]["text"].textValue { details["quote"] = .text(quote) }
    if let language = message["from"]["language_code"].textValue { details["language"] = .text(language) }
    if !message["forward_origin"].isNull { details["is_forwarded"] = true }
    return details.isEmpty ? .null : .map(details)
  }

  private func chat(_ chat: Value) -> Chat? {
    guard let id = chat["id"].intValue else { return nil }
    let kind: Chat.Kind =
      switch chat["type"].textValue {
      case "private": .private
      case "channel": .channel
      default: .group
      }
    return Chat(id: String(id), kind: kind, title: chat["title"].textValue)
  }

  private func sender(of message: Value) -> Sender {
    let from = message["from"]
    let onBehalf = message["sender_chat"]
    // Anonymous administrators write through a bot of Telegram's (GroupAnonymousBot): they are people of the group.
    if let id = onBehalf["id"].intValue, from["is_bot"].boolValue != false {
      let name = message["author_signature"].textValue ?? onBehalf["title"].textValue ?? ""
      return Sender(id: String(id), name: name, username: onBehalf["username"].textValue)
    }
    return person(from)
  }

  private func person(_ user: Value) -> Sender {
    Sender(
      id: user["id"].intValue.map(String.init) ?? "", name: Self.name(of: user), username: user["username"].textValue,
      isBot: user["is_bot"].boolValue ?? false)
  }

  private func facts(_ chat: Value) -> Value {
    guard chat["type"] == "private" else { return .null }
    let name = Self.name(of: chat)
    return name.isEmpty ? .null : ["name": .text(name)]
  }

  private func time(_ seconds: Value) -> Timestamp? {
    guard let seconds = seconds.intValue, seconds > 0 else { return nil }
    return Timestamp(seconds: seconds)
  }

  static func name(of user: Value) -> String {
    [user["first_name"].textValue, user["last_name"].textValue].compactMap { $0 }.filter { !$0.isEmpty }
      .joined(separator: " ")
  }
}
