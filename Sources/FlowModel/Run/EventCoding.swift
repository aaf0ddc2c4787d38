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
    if let callback {
      members["callback"] = [
        "id": .text(callback.id), "data": .text(callback.data),
        "message_id": callback.messageID.map(Value.text) ?? .null,
      ]
    }
    if !facts.isNull { members["facts"] = facts }
    if !details.isNull { members["details"] = details }
    return .map(members)
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
