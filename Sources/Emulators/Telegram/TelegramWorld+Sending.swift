//! Methods that make, change or remove messages.

internal import SwitchboardSDK

extension TelegramWorld {
  static let textScalarsMax = 4_096
  static let captionScalarsMax = 1_024

  /// Everything that all `send…` methods check, in the server's order: chat, thread, reply.
  private func draft(
    _ arguments: MethodArguments, _ bot: Int64, now: Timestamp
  ) throws(BotAPIError) -> TelegramMessage {
    let key = try writable(arguments["chat_id"], bot)
    var thread = try thread(arguments.integer("message_thread_id"), key, bot)
    let reply = try reply(arguments, key)
    if thread == nil, let reply { thread = message(key, reply.target)?.thread }
    var draft = TelegramMessage(key: key, id: 0, sequence: 0, thread: thread, sender: bot, date: now, text: "")
    draft.replyTo = reply?.target
    draft.quote = reply?.quote
    draft.markup = arguments["reply_markup"]
    return draft
  }

  func sendMessage(_ arguments: MethodArguments, _ bot: Int64, now: Timestamp) throws(BotAPIError) -> Value {
    let text = try Self.text(arguments, "text", max: Self.textScalarsMax, tooLong: "message is too long")
    if text.isEmpty { throw .badRequest("message text is empty") }
    var draft = try draft(arguments, bot, now: now)
    draft.text = text
    draft.entities = arguments["entities"]
    return render(post(draft), for: bot)
  }

  func sendFile(
    _ method: BotMethod, _ arguments: MethodArguments, _ bot: Int64, now: Timestamp
  ) throws(BotAPIError) -> Value {
    guard let name = method.fileParameter, let kind = PlayedContent.Media(rawValue: name) else { throw .notFound }
    let caption = try Self.caption(arguments)
    var draft = try draft(arguments, bot, now: now)
    var media = try media(kind, arguments.text(name), try arguments.upload(name), bot)
    media.duration = arguments.integer("duration") ?? media.duration
    media.performer = arguments["performer"].textValue
    media.title = arguments["title"].textValue
    draft.text = caption
    draft.entities = arguments["caption_entities"]
    draft.media = media
    return render(post(draft), for: bot)
  }

  private static func caption(_ arguments: MethodArguments) throws(BotAPIError) -> String {
    try text(arguments, "caption", max: captionScalarsMax, tooLong: "message caption is too long")
  }

  /// From an upload or from a `file_id` that this bot got.
  private func media(
    _ kind: PlayedContent.Media, _ reference: String, _ upload: UploadedFile?, _ bot: Int64
  ) throws(BotAPIError) -> TelegramMedia {
    guard let upload else {
      if reference.hasPrefix("http://") || reference.hasPrefix("https://") {
        throw .badRequest("failed to get HTTP URL content")
      }
      let file = try ownFile(reference, bot)
      guard file.kind == kind || kind == .document else {
        throw .badRequest("can't use file of type \(file.kind.rawValue) as \(kind.rawValue)")
      }
      return TelegramMedia(kind: kind, files: [file.number])
    }
    guard !upload.bytes.isEmpty else { throw .badRequest("file must be non-empty") }
    let bytesMax = kind == .photo ? 10 << 20 : 50 << 20
    guard upload.bytes.count <= bytesMax else {
      throw kind == .photo ? .badRequest("file is too big") : BotAPIError(413, "Request Entity Too Large")
    }
    if kind == .photo {
      guard let size = ImageProbe.size(of: upload.bytes) else { throw .badRequest("IMAGE_PROCESS_FAILED") }
      let (short, long) = (min(size.width, size.height), max(size.width, size.height))
      guard short > 0, short + long <= 10_000, long <= short * 20 else { throw .badRequest("PHOTO_INVALID_DIMENSIONS") }
    }
    return TelegramMedia(kind: kind, files: store(upload, as: kind))
  }

  func ownFile(_ id: String, _ bot: Int64) throws(BotAPIError) -> StoredFile {
    guard let parsed = StoredFile.parse(id: id), parsed.bot == bot, let file = files[parsed.number],
      file.id(for: bot) == id
    else { throw .wrongFile }
    return file
  }

  func sendMediaGroup(
    _ arguments: MethodArguments, _ bot: Int64, now: Timestamp
  ) throws(BotAPIError) -> Value {
    let items = arguments["media"].listValue ?? []
    let base = try draft(arguments, bot, now: now)
    var drafts: [TelegramMessage] = []
    let album = String(14_000_000_000_000_000 + counter())
    for item in items {
      guard let kind = PlayedContent.Media(rawValue: item["type"].textValue ?? "") else {
        throw .badRequest("unknown type of InputMedia")
      }
      let caption = item["caption"].textValue ?? ""
      guard caption.unicodeScalars.count <= Self.captionScalarsMax else {
        throw .badRequest("message caption is too long")
      }
      guard item["parse_mode"].isNull else {
        throw .badRequest("can't parse entities: this emulator reads no markup; send plain text with entities")
      }
      let reference = item["media"].textValue ?? ""
      var draft = base
      draft.media = try media(kind, reference, try arguments.upload(reference: reference), bot)
      draft.text = Self.trimmed(caption, keepsStart: false)
      draft.entities = item["caption_entities"]
      draft.mediaGroupID = album
      drafts.append(draft)
    }
    return .list(drafts.map { draft in render(post(draft), for: bot) })
  }

  func editMessageText(
    _ arguments: MethodArguments, _ bot: Int64, now: Timestamp
  ) throws(BotAPIError) -> Value {
    let text = try Self.text(arguments, "text", max: Self.textScalarsMax, tooLong: "message is too long")
    if text.isEmpty { throw .badRequest("message text is empty") }
    let key = try writable(arguments["chat_id"], bot)
    guard var edited = message(key, arguments.integer("message_id")) else {
      throw .badRequest("message to edit not found")
    }
    guard edited.sender == bot, edited.service.isEmpty else { throw .badRequest("message can't be edited") }
    guard edited.media == nil else { throw .badRequest("there is no text in the message to edit") }
    let (entities, markup) = (arguments["entities"], arguments["reply_markup"])
    guard edited.text != text || edited.entities != entities || edited.markup != markup else {
      throw .badRequest(
        "message is not modified: specified new message content and reply markup are exactly the same as a "
          + "current content and reply markup of the message")
    }
    edited.text = text
    edited.entities = entities
    edited.markup = markup
    edited.editDate = now
    chats[key]?.messages[edited.id] = edited
    return render(edited, for: bot)
  }

  func deleteMessage(_ arguments: MethodArguments, _ bot: Int64, now: Timestamp) throws(BotAPIError) -> Value {
    let key = try known(arguments["chat_id"], bot)
    guard let doomed = message(key, arguments.integer("message_id")) else {
      throw .badRequest("message to delete not found")
    }
    let mayDeleteAll = key.owner != 0 || status(key, bot).may(\.canDeleteMessages)
    let isFresh = now.millisecondsSince(doomed.date) < 48 * 3_600_000
    guard mayDeleteAll || doomed.sender == bot, isFresh || mayDeleteAll && key.owner == 0,
      doomed.service["forum_topic_created"] == nil
    else { throw .badRequest("message can't be deleted") }
    chats[key]?.messages[doomed.id]?.isDeleted = true
    return true
  }

  func copyMessage(
    _ arguments: MethodArguments, _ bot: Int64, forwards: Bool, now: Timestamp
  ) throws(BotAPIError) -> Value {
    let source = try known(arguments["from_chat_id"], bot)
    let word = forwards ? "forward" : "copy"
    guard let original = message(source, arguments.integer("message_id")) else {
      throw .badRequest("message to \(word) not found")
    }
    guard original.service.isEmpty else {
      throw .badRequest("the message can't be \(forwards ? "forwarded" : "copied")")
    }
    var draft = try draft(arguments, bot, now: now)
    draft.text = original.text
    draft.entities = original.entities
    draft.media = original.media
    if forwards {
      draft.forwardOrigin = [
        "type": "user", "date": .int(original.date.secondsSince1970),
        "sender_user": users[original.sender]?.value ?? .null,
      ]
    } else if arguments.has("caption"), original.media != nil {
      draft.text = try Self.caption(arguments)
      draft.entities = arguments["caption_entities"]
    }
    let sent = post(draft)
    return forwards ? render(sent, for: bot) : ["message_id": .int(sent.id)]
  }
}
