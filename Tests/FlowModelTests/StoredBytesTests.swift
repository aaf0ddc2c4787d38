//! What is written without a tree must be byte for byte what the tree would have given.
import FlowModel
import SwitchboardSDK
import Testing

struct StoredBytesTests {
  private static let plain = Event(
    externalID: "m:1:2", kind: .message, chat: Chat(id: "1", kind: .private),
    sender: Sender(id: "5", name: "Анна \"А\"\n\\ \u{7F}\u{1}", username: nil),
    message: Message(id: "2", text: "Добрый день\tи\r\n\"привет\" \u{1F44B}", attachments: [], replyTo: nil),
    occurredAt: Timestamp(milliseconds: -7))
  private static let full = Event(
    externalID: "x", kind: .callback, chat: Chat(id: "-100", kind: .group, title: "Стол"), thread: "17",
    sender: Sender(id: "", name: "", username: "anna", isBot: true), isEcho: true,
    message: Message(
      id: "9", text: "", attachments: [Attachment(kind: .image, label: "Фото", url: "https://a.b/c")], replyTo: "8"),
    callback: Callback(id: "c", data: "{\"a\":1}", messageID: nil),
    facts: ["name": "Анна", "item": ["price": 1.5, "list": [1, nil, true]]], details: ["b": 1, "a": .list([])],
    occurredAt: Timestamp(milliseconds: .max))
  private static let bare = Event(
    externalID: "", kind: .service, chat: Chat(id: "f", kind: .channel), sender: Sender(id: "schedule"),
    callback: Callback(id: "c", data: "", messageID: "4"), occurredAt: Timestamp(milliseconds: 0))

  @Test(arguments: [plain, full, bare])
  func `an event's bytes are those of its value, and read back as the same event`(event: Event) throws {
    #expect(event.storedBytes == JSON.bytes(event.stored))
    #expect(Event(stored: try JSON.parse(event.storedBytes)) == event)
  }

  @Test(arguments: [
    Action(name: "send", idempotencyKey: "run-1-1", chat: "-100", message: OutgoingMessage(text: "да \"нет\"\n")),
    Action(name: "send", idempotencyKey: "k", chat: "", thread: "7", message: OutgoingMessage(text: "")),
    Action(
      name: "send", idempotencyKey: "k", chat: "1", thread: "7",
      message: OutgoingMessage(text: "t", buttons: [[Button(text: "a", data: "b")]])),
    Action(name: "pin", idempotencyKey: "k", chat: "1", arguments: ["message_id": "5"]),
  ])
  func `an action's bytes are those of its value, and read back as the same action`(action: Action) throws {
    #expect(action.storedBytes == JSON.bytes(action.stored))
    #expect(Action(stored: try JSON.parse(action.storedBytes)) == action)
  }

  @Test(arguments: [Int64.min, -1, 0, 9, 10, 1_234_567_890, .max])
  func `whole numbers are written in full`(number: Int64) throws {
    #expect(JSON.text(.int(number)) == String(number))
    #expect(try JSON.parse(JSON.bytes(.int(number))) == .int(number))
  }
}
