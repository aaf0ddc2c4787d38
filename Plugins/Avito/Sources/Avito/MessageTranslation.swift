//! A message of Avito, from the list (v3) or a webhook (v3), as an event. Every kind becomes something readable:
//! what the API does not hand over (files, video, calls in the app) is named, with the way to see it.

internal import SwitchboardSDK

struct MessageTranslation {
  let chat: String
  let account: Int64
  let facts: ChatFacts?
  let now: Timestamp

  /// Nil when it has no id: nothing could be told apart by it.
  func event(_ message: Value) -> Event? {
    let number = message["id"].intValue.map { String($0) }
    guard let id = message["id"].textValue ?? number, !id.isEmpty else { return nil }
    let type = message["type"].textValue ?? ""
    let author = message["author_id"].intValue
    let isEcho = author == account || message["direction"].textValue == "out"
    let sender = author ?? (isEcho ? account : 0)
    let isDeleted = type == "deleted"
    let content = content(message["content"], type: type)
    var details: [String: Value] = ["type": .text(type)]
    for name in ["chat_type", "item_id"] where !message[name].isNull { details[name] = message[name] }
    if let flow = message["content"]["flow_id"].textValue { details["flow_id"] = .text(flow) }
    return Event(
      externalID: (isDeleted ? "d:" : "m:") + id, kind: isDeleted ? .delete : .message,
      chat: Chat(id: chat, kind: .private, title: facts?.title),
      sender: Sender(id: String(sender), name: facts?.names[String(sender)] ?? ""), isEcho: isEcho,
      message: Message(
        id: id, text: content.text, attachments: content.attachments, replyTo: message["quote"]["id"].textValue),
      facts: facts?.facts ?? .null, details: .map(details),
      occurredAt: message["created"].intValue.map(Timestamp.init(seconds:)) ?? now)
  }

  private struct Content {
    var text = ""
    var attachments: [Attachment] = []
  }

  private func content(_ content: Value, type: String) -> Content {
    switch type {
    case "deleted": return Content()
    case "text", "system":
      guard let text = content["text"].textValue else { return placeholder(.other, "✉️ Сообщение без текста") }
      return Content(text: text)
    case "image": return image(content["image"])
    case "voice":
      guard let voice = content["voice"]["voice_id"].textValue else {
        return placeholder(.voice, "🎤 Голосовое сообщение")
      }
      return Content(attachments: [Attachment(kind: .voice, label: "🎤 Голосовое сообщение", fileID: voice)])
    case "link": return link(content["link"])
    case "item": return item(content["item"])
    case "location": return location(content["location"])
    case "call":
      let isMissed = content["call"]["status"].textValue == "missed"
      return placeholder(.call, isMissed ? "📞 Пропущенный звонок" : "📞 Звонок")
    case "appCall": return placeholder(.call, "📞 Звонок в приложении Авито")
    case "file": return placeholder(.document, "📎 Файл (открывается только в Авито)")
    case "video": return placeholder(.video, "🎬 Видео (открывается только в Авито)")
    default:
      let name = String(type.unicodeScalars.prefix(40))
      return placeholder(.other, name.isEmpty ? "✉️ Сообщение Авито" : "✉️ Сообщение Авито вида «\(name)»")
    }
  }

  private func placeholder(_ kind: Attachment.Kind, _ label: String) -> Content {
    let url = "https://www.avito.ru/profile/messenger/channel/\(chat.percentEncoded)"
    return Content(attachments: [Attachment(kind: kind, label: label, url: url)])
  }

  private func image(_ image: Value) -> Content {
    guard let url = Self.largest(image["sizes"]) else { return placeholder(.image, "🖼 Изображение") }
    return Content(attachments: [Attachment(kind: .image, label: "🖼 Изображение", url: url)])
  }

  /// Sizes are named `1280x960`.
  static func largest(_ sizes: Value) -> String? {
    func area(_ name: String) -> Int64 {
      let sides = name.split(separator: "x").compactMap { Int64($0) }
      guard sides.count == 2 else { return 0 }
      let (product, overflow) = sides[0].multipliedReportingOverflow(by: sides[1])
      return overflow ? 0 : product
    }
    let urls = (sizes.mapValue ?? [:]).compactMap { name, url in url.textValue.map { (area(name), name, $0) } }
    return urls.max { ($0.0, $0.1) < ($1.0, $1.1) }?.2
  }

  private func link(_ link: Value) -> Content {
    let url = link["url"].textValue
    let text = link["text"].textValue ?? ""
    guard let url else { return text.isEmpty ? placeholder(.link, "🔗 Ссылка") : Content(text: text) }
    let title = link["preview"]["title"].textValue
    let attachment = Attachment(kind: .link, label: "🔗 " + (title ?? url), url: url)
    return Content(text: text == url ? "" : text, attachments: [attachment])
  }

  private func item(_ item: Value) -> Content {
    let parts = [item["title"].textValue, item["price_string"].textValue].compactMap { $0 }
    let label = "🏷 Объявление" + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
    guard let url = item["item_url"].textValue else { return placeholder(.item, label) }
    return Content(attachments: [Attachment(kind: .item, label: label, url: url)])
  }

  private func location(_ location: Value) -> Content {
    let words = location["text"].textValue ?? location["title"].textValue ?? ""
    let label = "📍 Местоположение" + (words.isEmpty ? "" : ": " + words)
    guard let latitude = location["lat"].doubleValue, let longitude = location["lon"].doubleValue else {
      return placeholder(.location, label)
    }
    let url = "https://yandex.ru/maps/?pt=\(longitude),\(latitude)&z=16"
    return Content(attachments: [Attachment(kind: .location, label: label, url: url)])
  }
}
