//! Messages as Bot API objects, and as people see them.

internal import SwitchboardSDK

extension TelegramWorld {
  /// A `Message` object as this bot gets it: file ids are its own.
  func render(_ message: TelegramMessage, for bot: Int64, withReply: Bool = true) -> Value {
    guard let chat = chats[message.key] else { return .null }
    var map: [String: Value] = [
      "message_id": .int(message.id), "date": .int(message.date.secondsSince1970), "chat": render(chat),
    ]
    if let sender = users[message.sender] { map["from"] = sender.value }
    if let moment = message.editDate { map["edit_date"] = .int(moment.secondsSince1970) }
    if let thread = message.thread {
      map["message_thread_id"] = .int(thread)
      map["is_topic_message"] = true
    }
    // Without an explicit reply a message in a topic "replies" to the topic's root.
    if withReply, let target = message.replyTo ?? message.thread, target != message.id,
      let replied = chat.messages[target], !replied.isDeleted
    {
      map["reply_to_message"] = render(replied, for: bot, withReply: false)
    }
    if let quote = message.quote {
      map["quote"] = ["text": .text(quote), "position": .int(quotePosition(message, quote)), "is_manual": true]
    }
    if let album = message.mediaGroupID { map["media_group_id"] = .text(album) }
    if !message.markup["inline_keyboard"].isNull { map["reply_markup"] = message.markup }
    if !message.forwardOrigin.isNull { map["forward_origin"] = message.forwardOrigin }
    add(content: message, bot, to: &map)
    return .map(map)
  }

  private func quotePosition(_ message: TelegramMessage, _ quote: String) -> Int64 {
    guard let text = message.replyTo.flatMap({ chats[message.key]?.messages[$0]?.text }),
      let range = text.firstRange(of: quote)
    else { return 0 }
    return Int64(text.utf16.distance(from: text.utf16.startIndex, to: range.lowerBound))
  }

  private func add(content message: TelegramMessage, _ bot: Int64, to map: inout [String: Value]) {
    for (name, value) in message.service {
      if name == "pinned_message", let pinned = value.intValue.flatMap({ chats[message.key]?.messages[$0] }) {
        map[name] = render(pinned, for: bot, withReply: false)
      } else {
        map[name] = value
      }
    }
    guard let media = message.media else {
      if message.service.isEmpty {
        map["text"] = .text(message.text)
        if !message.entities.isNull { map["entities"] = message.entities }
      }
      return
    }
    if !message.text.isEmpty {
      map["caption"] = .text(message.text)
      if !message.entities.isNull { map["caption_entities"] = message.entities }
    }
    if media.kind == .other {
      map.merge(media.object.mapValue ?? [:]) { _, last in last }
    } else {
      map[media.kind.rawValue] = render(media, bot)
    }
  }

  private func render(_ media: TelegramMedia, _ bot: Int64) -> Value {
    let files = media.files.compactMap { self.files[$0] }
    if media.kind == .photo {
      return .list(
        files.map { file in
          [
            "file_id": .text(file.id(for: bot)), "file_unique_id": .text(file.uniqueID),
            "file_size": .int(Int64(file.bytes.count)), "width": .int(file.width), "height": .int(file.height),
          ]
        })
    }
    guard let file = files.first else { return .null }
    var map: [String: Value] = [
      "file_id": .text(file.id(for: bot)), "file_unique_id": .text(file.uniqueID),
      "file_size": .int(Int64(file.bytes.count)),
    ]
    if !file.mimeType.isEmpty { map["mime_type"] = .text(file.mimeType) }
    if media.kind != .voice, !file.fileName.isEmpty { map["file_name"] = .text(file.fileName) }
    if media.kind != .document { map["duration"] = .int(media.duration) }
    if media.kind == .video {
      map["width"] = 640
      map["height"] = 480
    }
    if let performer = media.performer { map["performer"] = .text(performer) }
    if let title = media.title { map["title"] = .text(title) }
    return .map(map)
  }

  func render(_ chat: TelegramChat) -> Value {
    if chat.kind == .private { return users[chat.key.id]?.chatValue ?? .null }
    var map: [String: Value] = [
      "id": .int(chat.key.id), "type": .text(chat.kind.rawValue), "title": .text(chat.title),
    ]
    if chat.isForum { map["is_forum"] = true }
    return .map(map)
  }

  func seen(_ message: TelegramMessage) -> SeenMessage? {
    let file = message.media?.files.last.flatMap { files[$0] }
    let rows = message.markup["inline_keyboard"].listValue ?? []
    let buttons = rows.flatMap { $0.listValue ?? [] }.map { button in
      Button(
        text: button["text"].textValue ?? "",
        data: button["callback_data"].textValue ?? button["url"].textValue ?? "")
    }
    var kind = message.media?.kind.rawValue ?? (message.service.isEmpty ? "text" : "service")
    if message.media?.kind == .other { kind = message.media?.object.mapValue?.keys.sorted().first ?? kind }
    return SeenMessage(
      sequence: message.sequence, chat: message.key.id, bot: message.key.owner, thread: message.thread,
      messageID: message.id, sender: message.sender, senderIsBot: users[message.sender]?.isBot ?? false,
      text: message.text, kind: kind, fileDigest: file?.digest ?? "", fileSizeBytes: file?.bytes.count ?? 0,
      fileName: file?.fileName ?? "", mimeType: file?.mimeType ?? "", replyTo: message.replyTo,
      quote: message.quote, buttons: buttons, mediaGroupID: message.mediaGroupID,
      service: message.service.keys.sorted().first, date: message.date, isEdited: message.editDate != nil,
      isPinned: message.isPinned, isDeleted: message.isDeleted)
  }
}
