//! Actions as values: what the send ledger keeps of a call.
package import SwitchboardSDK

extension Action {
  package var stored: Value {
    var members: [String: Value] = ["name": .text(name), "key": .text(idempotencyKey), "chat": .text(chat)]
    members["thread"] = thread.map(Value.text)
    if !arguments.isNull { members["arguments"] = arguments }
    if let message {
      var parts: [String: Value] = ["text": .text(message.text)]
      parts["attachment"] = message.attachment?.value
      if !message.buttons.isEmpty {
        parts["buttons"] = .list(
          message.buttons.map { row in .list(row.map { ["text": .text($0.text), "data": .text($0.data)] }) })
      }
      members["message"] = .map(parts)
    }
    return .map(members)
  }

  /// The bytes of `stored`: the form of nearly every action without a tree.
  package var storedBytes: [UInt8] {
    guard arguments.isNull, let message, message.attachment == nil, message.buttons.isEmpty else {
      return JSON.bytes(stored)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(160 + message.text.utf8.count)
    bytes.append(contentsOf: #"{"chat":"#.utf8)
    JSON.append(chat, to: &bytes)
    bytes.append(contentsOf: #","key":"#.utf8)
    JSON.append(idempotencyKey, to: &bytes)
    bytes.append(contentsOf: #","message":{"text":"#.utf8)
    JSON.append(message.text, to: &bytes)
    bytes.append(contentsOf: #"},"name":"#.utf8)
    JSON.append(name, to: &bytes)
    if let thread {
      bytes.append(contentsOf: #","thread":"#.utf8)
      JSON.append(thread, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  /// Nil when the value is no stored action.
  package init?(stored value: Value) {
    guard let name = value["name"].textValue, let key = value["key"].textValue, let chat = value["chat"].textValue
    else {
      return nil
    }
    var message: OutgoingMessage?
    if let text = value["message"]["text"].textValue {
      let rows = (value["message"]["buttons"].listValue ?? []).map { row in
        (row.listValue ?? []).compactMap { button -> Button? in
          guard let text = button["text"].textValue, let data = button["data"].textValue else { return nil }
          return Button(text: text, data: data)
        }
      }
      message = OutgoingMessage(
        text: text, attachment: Attachment(value: value["message"]["attachment"]), buttons: rows)
    }
    self.init(
      name: name, idempotencyKey: key, chat: chat, thread: value["thread"].textValue, message: message,
      arguments: value["arguments"])
  }
}
