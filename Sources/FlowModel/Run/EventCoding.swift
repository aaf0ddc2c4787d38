//! Events and their parts as values: what expressions read, rules are shown, and the journal keeps.
package import SwitchboardSDK

extension Event {
  /// The journal's form. `init(stored:)` reads it back.
  package var stored: Value {
    var members: [String: Value] = [
      "id": .text(externalID), "kind": .text(kind.rawValue), "chat": chat.value, "sender": sender.value,
      "at": .int(occurredAt.milliseconds),
    ]
    if let thread { members["thread"] = .text(thread) }
    if isEcho { members["echo"] = true }
    if let message { members["message"] = message.value }
    if let callback { members["callback"] = callback.value }
    if !facts.isNull { members["facts"] = facts }
    if !details.isNull { members["details"] = details }
    return .map(members)
  }

  /// The bytes of `stored`, without the tree: this is written for every message.
  package var storedBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(640 + (message?.text.utf8.count ?? 0))
    // In the order of the keys, as `JSON.bytes` would.
    Self.append(#"{"at":"#, to: &bytes)
    JSON.append(occurredAt.milliseconds, to: &bytes)
    if let callback {
      Self.append(#","callback":{"data":"#, callback.data, to: &bytes)
      Self.append(#","id":"#, callback.id, to: &bytes)
      Self.append(#","message_id":"#, callback.messageID, to: &bytes)
      Self.append("}", to: &bytes)
    }
    Self.append(#","chat":{"id":"#, chat.id, to: &bytes)
    Self.append(#","kind":"#, chat.kind.rawValue, to: &bytes)
    Self.append(#","title":"#, chat.title, to: &bytes)
    Self.append("}", to: &bytes)
    if !details.isNull {
      Self.append(#","details":"#, to: &bytes)
      JSON.append(details, to: &bytes)
    }
    if isEcho { Self.append(#","echo":true"#, to: &bytes) }
    if !facts.isNull {
      Self.append(#","facts":"#, to: &bytes)
      JSON.append(facts, to: &bytes)
    }
    Self.append(#","id":"#, externalID, to: &bytes)
    Self.append(#","kind":"#, kind.rawValue, to: &bytes)
    if let message {
      Self.append(#","message":{"attachments":"#, to: &bytes)
      JSON.append(.list(message.attachments.map(\.value)), to: &bytes)
      Self.append(#","id":"#, message.id, to: &bytes)
      Self.append(#","reply_to":"#, message.replyTo, to: &bytes)
      Self.append(#","text":"#, message.text, to: &bytes)
      Self.append("}", to: &bytes)
    }
    Self.append(#","sender":{"id":"#, sender.id, to: &bytes)
    Self.append(sender.isBot ? #","is_bot":true"# : #","is_bot":false"#, to: &bytes)
    Self.append(#","name":"#, sender.name, to: &bytes)
    Self.append(#","username":"#, sender.username, to: &bytes)
    Self.append("}", to: &bytes)
    if let thread { Self.append(#","thread":"#, thread, to: &bytes) }
    Self.append("}", to: &bytes)
    return bytes
  }

  private static func append(_ plain: StaticString, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: plain.utf8Start, count: plain.utf8CodeUnitCount))
  }

  private static func append(_ plain: StaticString, _ text: String?, to bytes: inout [UInt8]) {
    append(plain, to: &bytes)
    if let text { JSON.append(text, to: &bytes) } else { append("null", to: &bytes) }
  }

  /// Nil when the value is no stored event.
  package init?(stored value: Value) {
    guard let id = value["id"].textValue, let kind = value["kind"].textValue.flatMap(Kind.init(rawValue:)),
      let chat = Chat(value: value["chat"]), let sender = Sender(value: value["sender"]),
      let at = value["at"].intValue
    else { return nil }
    var callback: Callback?
    if let callbackID = value["callback"]["id"].textValue {
      callback = Callback(
        id: callbackID, data: value["callback"]["data"].textValue ?? "",
        messageID: value["callback"]["message_id"].textValue)
    }
    self.init(
      externalID: id, kind: kind, chat: chat, thread: value["thread"].textValue, sender: sender,
      isEcho: value["echo"].boolValue ?? false, message: Message(value: value["message"]), callback: callback,
      facts: value["facts"], details: value["details"], occurredAt: Timestamp(milliseconds: at))
  }
}

extension Callback {
  package var value: Value {
    ["id": .text(id), "data": .text(data), "message_id": messageID.map(Value.text) ?? .null]
  }
}

extension Chat {
  package var value: Value {
    ["id": .text(id), "kind": .text(kind.rawValue), "title": title.map(Value.text) ?? .null]
  }

  package init?(value: Value) {
    guard let id = value["id"].textValue, let kind = value["kind"].textValue.flatMap(Kind.init(rawValue:)) else {
      return nil
    }
    self.init(id: id, kind: kind, title: value["title"].textValue)
  }
}

extension Sender {
  package var value: Value {
    [
      "id": .text(id), "name": .text(name), "username": username.map(Value.text) ?? .null, "is_bot": .bool(isBot),
    ]
  }

  package init?(value: Value) {
    guard let id = value["id"].textValue else { return nil }
    self.init(
      id: id, name: value["name"].textValue ?? "", username: value["username"].textValue,
      isBot: value["is_bot"].boolValue ?? false)
  }
}

extension Message {
  package var value: Value {
    [
      "id": .text(id), "text": .text(text), "attachments": .list(attachments.map(\.value)),
      "reply_to": replyTo.map(Value.text) ?? .null,
    ]
  }

  package init?(value: Value) {
    guard let id = value["id"].textValue else { return nil }
    self.init(
      id: id, text: value["text"].textValue ?? "",
      attachments: (value["attachments"].listValue ?? []).compactMap(Attachment.init(value:)),
      replyTo: value["reply_to"].textValue)
  }
}

extension Attachment {
  package var value: Value {
    var members: [String: Value] = ["kind": .text(kind.rawValue), "label": .text(label)]
    members["url"] = url.map(Value.text)
    members["file_id"] = fileID.map(Value.text)
    members["connection"] = connection.map(Value.text)
    members["name"] = fileName.map(Value.text)
    members["mime_type"] = mimeType.map(Value.text)
    members["size"] = sizeBytes.map(Value.int)
    return .map(members)
  }

  package init?(value: Value) {
    guard let kind = value["kind"].textValue.flatMap(Kind.init(rawValue:)) else { return nil }
    self.init(
      kind: kind, label: value["label"].textValue ?? "", url: value["url"].textValue,
      fileID: value["file_id"].textValue, connection: value["connection"].textValue,
      fileName: value["name"].textValue, mimeType: value["mime_type"].textValue, sizeBytes: value["size"].intValue)
  }
}
