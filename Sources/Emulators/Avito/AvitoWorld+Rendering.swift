//! Chats and messages as JSON, as Avito's live servers write them (channels.md §2.4, §2.5).
internal import SwitchboardSDK

extension AvitoWorld {
  func rendered(_ chat: AvitoChat) -> Value {
    var members: [String: Value] = [
      "id": .text(chat.id), "created": .int(chat.createdAt), "updated": .int(chat.updatedAt),
      "users": .list([person(chat.account, chat), person(chat.customer, chat)]),
    ]
    if let last = chat.messages.last {
      members["last_message"] = [
        "id": .text(last.id), "author_id": .int(last.author), "created": .int(last.createdAt),
        "direction": direction(last, chat), "type": .text(last.content.type), "content": content(last.content),
      ]
    }
    if let item = chat.item.flatMap({ items[$0] }) {
      members["context"] = [
        "type": "item",
        "value": [
          "id": .int(item.id), "title": .text(item.title), "price_string": .text(item.priceText),
          "url": .text(item.url), "status_id": 10, "user_id": .int(item.owner),
          "images": ["count": 1, "main": ["140x105": .text(imageURL(item.imageID, "140x105"))]],
        ],
      ]
    }
    return .map(members)
  }

  /// As `getMessagesV3` lists it.
  func rendered(_ message: AvitoMessage, _ chat: AvitoChat) -> Value {
    var members: [String: Value] = [
      "id": .text(message.id), "author_id": .int(message.author), "created": .int(message.createdAt),
      "direction": direction(message, chat), "type": .text(message.content.type),
      "content": content(message.content), "isRead": .bool(message.readAt != nil),
    ]
    if let readAt = message.readAt { members["read"] = .int(readAt) }
    return .map(members)
  }

  /// As a send answers it. The documents leave `author_id` out, clients in the wild demand it.
  func sent(_ message: AvitoMessage) -> Value {
    [
      "id": .text(message.id), "author_id": .int(message.author), "created": .int(message.createdAt),
      "direction": "out", "type": .text(message.content.type), "content": content(message.content),
    ]
  }

  func webhook(_ message: AvitoMessage, _ chat: AvitoChat, at: Timestamp) -> Value {
    var value: [String: Value] = [
      "id": .text(message.id), "chat_id": .text(chat.id), "user_id": .int(chat.account),
      "author_id": .int(message.author), "created": .int(message.createdAt), "type": .text(message.content.type),
      "chat_type": .text(chat.kind), "content": content(message.content),
      // RFC 3339 without the milliseconds.
      "published_at": .text(Timestamp(seconds: message.createdAt).description.prefix(19) + "Z"),
    ]
    if let item = chat.item { value["item_id"] = .int(item) }
    let digits = SHA256Digest.hexadecimal(Array(message.id.utf8))
    return [
      "id": .text(Self.uuid(digits)), "version": "v3.0.0", "timestamp": .int(at.secondsSince1970),
      "payload": ["type": "message", "value": .map(value)],
    ]
  }

  func sizes(_ id: String) -> Value {
    .map(Dictionary(uniqueKeysWithValues: AvitoImage.sizes.map { ($0, .text(imageURL(id, $0))) }))
  }

  func imageURL(_ id: String, _ size: String) -> String {
    "\(base)/image/\(size)/\(id).\(images[id]?.format.rawValue ?? "png")"
  }

  private func content(_ content: AvitoContent) -> Value {
    switch content {
    case .text(let text): ["text": .text(text)]
    case .image(let id): ["image": ["sizes": sizes(id)]]
    case .voice(let id): ["voice": ["voice_id": .text(id)]]
    case .link(let text, let url): ["link": ["text": .text(text), "url": .text(url), "preview": .null]]
    case .location(let text, let latitude, let longitude):
      [
        "location": [
          "kind": "street", "lat": .double(latitude), "lon": .double(longitude), "text": .text(text),
          "title": .text(text),
        ]
      ]
    case .missedCall(let target): ["call": ["status": "missed", "target_user_id": .int(target)]]
    case .item(let title, let priceText, let url, let imageURL):
      [
        "item": [
          "title": .text(title), "price_string": .text(priceText), "item_url": .text(url),
          "image_url": .text(imageURL),
        ]
      ]
    case .system(let text, let flow): ["text": .text(text), "flow_id": .text(flow)]
    case .deleted: .map([:])
    case .other(_, let content): content
    }
  }

  private func direction(_ message: AvitoMessage, _ chat: AvitoChat) -> Value {
    message.author == chat.account ? "out" : "in"
  }

  private func person(_ id: Int64, _ chat: AvitoChat) -> Value {
    let picture = Value.text("\(base)/image/140x105/avatar.png")
    var profile: [String: Value] = [
      "user_id": .int(id), "url": .text("https://avito.ru/user/\(id)/profile"),
      "avatar": ["default": picture, "images": ["128x128": picture]],
    ]
    if let item = chat.item { profile["item_id"] = .int(item) }
    let name = accounts[id]?.name ?? customers[id] ?? "Авито"
    return ["id": .int(id), "name": .text(name), "public_user_profile": .map(profile)]
  }

  /// The shape of a UUID (8-4-4-4-12) made of a digest's digits.
  private static func uuid(_ digits: String) -> String {
    var rest = digits[...]
    return [8, 4, 4, 4, 12].map { length in
      defer { rest = rest.dropFirst(length) }
      return String(rest.prefix(length))
    }.joined(separator: "-")
  }
}
