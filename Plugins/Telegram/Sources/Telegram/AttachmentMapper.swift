//! The content fields of a Telegram message to attachments, each with a label that a person can read where the
//! target channel cannot show it.
internal import SwitchboardSDK

enum AttachmentMapper {
  static func attachments(of message: Value) -> [Attachment] {
    // An animation also comes as `document`, a venue also as `location`: the order decides.
    for (field, map) in Self.fields where !message[field].isNull {
      if let attachment = map(message[field]) { return [attachment] }
    }
    return []
  }

  static func unknown(_ message: Value) -> Attachment {
    // Fields that say about the message, not in it, have these names; what is left names the kind.
    let known: Set<String> = [
      "message_id", "from", "chat", "date", "sender_chat", "message_thread_id", "is_topic_message", "edit_date",
      "reply_to_message", "has_protected_content", "media_group_id", "author_signature", "reply_markup", "via_bot",
    ]
    let kind = (message.mapValue ?? [:]).keys.filter { !known.contains($0) }.sorted().first
    let label = "❔ Сообщение, которое бот не умеет показать"
    return Attachment(kind: .other, label: label + (kind.map { " (\($0))" } ?? ""))
  }

  private static let fields: [(String, @Sendable (Value) -> Attachment?)] = [
    ("photo", photo),
    ("voice", { file($0, .voice, "🎤 Голосовое сообщение" + duration($0), mimeType: "audio/ogg") }),
    ("audio", { file($0, .audio, "🎵 Аудио" + quoted($0["title"], or: $0["file_name"]) + duration($0)) }),
    ("animation", { file($0, .video, "🎞 GIF-анимация", mimeType: "video/mp4") }),
    ("video", { file($0, .video, "🎬 Видео" + duration($0), mimeType: "video/mp4") }),
    ("video_note", { file($0, .video, "🎥 Видеосообщение" + duration($0), mimeType: "video/mp4") }),
    ("document", { file($0, .document, "📄 Документ" + quoted($0["file_name"])) }),
    ("sticker", { file($0, .sticker, "🙂 Стикер" + spaced($0["emoji"])) }),
    ("venue", venue),
    ("location", { place($0, name: nil) }),
    ("contact", contact),
    ("poll", { Attachment(kind: .other, label: "📊 Опрос" + quoted($0["question"])) }),
    ("dice", { Attachment(kind: .other, label: "🎲 Бросок" + spaced($0["emoji"]) + value($0)) }),
    ("game", { Attachment(kind: .other, label: "🎮 Игра" + quoted($0["title"])) }),
    ("story", { _ in Attachment(kind: .other, label: "📱 История") }),
    ("checklist", { Attachment(kind: .other, label: "☑️ Список дел" + quoted($0["title"])) }),
    ("invoice", { Attachment(kind: .other, label: "🧾 Счёт" + quoted($0["title"])) }),
    ("paid_media", { _ in Attachment(kind: .other, label: "💰 Платные материалы") }),
    ("live_photo", { _ in Attachment(kind: .other, label: "🖼 Живое фото") }),
    ("gift", { _ in Attachment(kind: .other, label: "🎁 Подарок") }),
    ("unique_gift", { _ in Attachment(kind: .other, label: "🎁 Подарок") }),
    ("giveaway", { _ in Attachment(kind: .other, label: "🎁 Розыгрыш") }),
    ("giveaway_winners", { _ in Attachment(kind: .other, label: "🎁 Итоги розыгрыша") }),
  ]

  /// Telegram sends each photo in several sizes; the one with most pixels is the photo.
  @Sendable private static func photo(_ sizes: Value) -> Attachment? {
    func pixels(_ size: Value) -> Double { (size["width"].doubleValue ?? 0) * (size["height"].doubleValue ?? 0) }
    let largest = sizes.listValue?.filter { $0["file_id"].textValue != nil }.max { pixels($0) < pixels($1) }
    return largest.flatMap { file($0, .image, "🖼 Фото", mimeType: "image/jpeg") }
  }

  private static func file(
    _ file: Value, _ kind: Attachment.Kind, _ label: String, mimeType: String? = nil
  ) -> Attachment? {
    guard let fileID = file["file_id"].textValue else { return Attachment(kind: .other, label: label) }
    return Attachment(
      kind: kind, label: label, fileID: fileID, fileName: file["file_name"].textValue,
      mimeType: file["mime_type"].textValue ?? mimeType, sizeBytes: file["file_size"].intValue)
  }

  @Sendable private static func venue(_ venue: Value) -> Attachment? {
    let name = [venue["title"].textValue, venue["address"].textValue].compactMap { $0 }.joined(separator: ", ")
    return place(venue["location"], name: name.isEmpty ? nil : name)
  }

  private static func place(_ location: Value, name: String?) -> Attachment? {
    guard let latitude = degrees(location["latitude"]), let longitude = degrees(location["longitude"]) else {
      return Attachment(kind: .location, label: "📍 Место" + (name.map { ": \($0)" } ?? ""))
    }
    return Attachment(
      kind: .location, label: "📍 Место: \(name ?? "\(latitude), \(longitude)")",
      url: "https://yandex.ru/maps/?pt=\(longitude),\(latitude)&z=16")
  }

  /// Six digits after the point are a decimetre; more would be noise in a label.
  private static func degrees(_ value: Value) -> String? {
    guard let degrees = value.doubleValue, abs(degrees) <= 180 else { return nil }
    return ((degrees * 1_000_000).rounded() / 1_000_000).description
  }

  @Sendable private static func contact(_ contact: Value) -> Attachment? {
    let phone = contact["phone_number"].textValue.map { $0.utf8.first == UInt8(ascii: "+") ? $0 : "+\($0)" }
    let parts = [UpdateMapper.name(of: contact), phone ?? ""].filter { !$0.isEmpty }
    return Attachment(kind: .contact, label: "👤 Контакт: " + parts.joined(separator: ", "))
  }

  private static func duration(_ file: Value) -> String {
    guard let seconds = file["duration"].intValue, seconds > 0 else { return "" }
    return seconds < 60 ? ", \(seconds) с" : ", \(seconds / 60) мин \(seconds % 60) с"
  }

  private static func quoted(_ name: Value, or other: Value = .null) -> String {
    guard let name = name.textValue ?? other.textValue, !name.isEmpty else { return "" }
    return " «\(name.prefix(200))»"
  }

  private static func spaced(_ text: Value) -> String { text.textValue.map { " \($0)" } ?? "" }

  private static func value(_ dice: Value) -> String { dice["value"].intValue.map { ": \($0)" } ?? "" }
}
