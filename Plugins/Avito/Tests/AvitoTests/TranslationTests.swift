//! Every kind of message becomes something a person can read.

@testable internal import Avito
internal import Foundation
internal import SwitchboardSDK
internal import Testing

struct TranslationTests {
  private func event(_ type: String, _ content: Value, author: Int64 = 2) -> Event? {
    MessageTranslation(chat: "u2i-1/2", account: 1, facts: nil, now: Timestamp(milliseconds: 0)).event([
      "id": "x", "author_id": .int(author), "created": 10, "type": .text(type), "content": content,
    ])
  }

  @Test
  func `Pictures come in their largest size and voices with their id`() {
    let sizes: Value = ["32x32": "small", "1280x960": "large", "640x480": "middle", "oops": "?"]
    #expect(event("image", ["image": ["sizes": sizes]])?.message?.attachments.first?.url == "large")
    let voice = event("voice", ["voice": ["voice_id": "v"]])?.message?.attachments.first
    #expect(voice?.kind == .voice && voice?.fileID == "v" && voice?.label == "🎤 Голосовое сообщение")
  }

  @Test(arguments: ["appCall", "file", "video", "hologram", "", "image", "voice", "link", "item", "location", "text"])
  func `A kind with empty content has a readable label and the way to the chat`(type: String) {
    let attachment = event(type, [:])?.message?.attachments.first
    #expect(attachment?.label.isEmpty == false)
    #expect(attachment?.url == "https://www.avito.ru/profile/messenger/channel/u2i-1%2F2")
  }

  @Test
  func `A deleted message is a deletion and our own is an echo`() {
    let deleted = event("deleted", [:])
    #expect(deleted?.kind == .delete && deleted?.externalID == "d:x" && deleted?.message?.id == "x")
    #expect(event("text", ["text": "a"], author: 1)?.isEcho == true)
    #expect(event("system", ["text": "a", "flow_id": "bot"])?.details["flow_id"] == "bot")
  }

  @Test(arguments: [("300 000 ₽", 300_000), ("1\u{202F}000 – 2 000 ₽", 1_000), ("от 50 ₽", 50)])
  func `A price is its first number`(text: String, number: Int64) {
    #expect(ChatFacts.number(in: text) == number)
  }

  @Test
  func `A price without or beyond numbers is none`() {
    #expect(ChatFacts.number(in: "Бесплатно") == nil)
    #expect(ChatFacts.number(in: "99999999999999999999 ₽") == nil)
  }

  @Test(arguments: [
    ("5", 5_000), ("0", 1_000), ("-3", 1_000), ("99999999999999999999999", 3_600_000),
    ("9223372036854775807", 3_600_000), ("soon", 60_000), ("", 60_000), ("Sun, 06 Nov 1994 08:49:39 GMT", 2_000),
    ("Sun, 06 Nov 1993 08:49:39 GMT", 1_000), ("Sun, 06 Nov 2094 08:49:39 GMT", 3_600_000),
  ])
  func `Retry-After is read in all its forms`(header: String, milliseconds: Int64) {
    #expect(RetryAfter.milliseconds(header, now: Timestamp(seconds: 784_111_777)) == milliseconds)
    #expect(RetryAfter.milliseconds(nil, now: Timestamp(seconds: 0)) == 60_000)
  }

  private static var shared: URL? {
    if let path = ProcessInfo.processInfo.environment["SWITCHBOARD_SHARED"] { return URL(fileURLWithPath: path) }
    var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      let candidate = folder.appendingPathComponent("shared")
      if FileManager.default.fileExists(atPath: candidate.path) { return candidate }
    }
    return nil
  }

  @Test(.enabled(if: shared != nil, "skipped: the folder of samples is absent"))
  func `Every sample webhook is accepted and says something`() async throws {
    let folder = try #require(Self.shared).appendingPathComponent("reference/specs/avito")
    let webhooks = try JSON.parse([UInt8](try Data(contentsOf: folder.appendingPathComponent("sample-webhooks.json"))))
    let responsesFile = folder.appendingPathComponent("sample-responses.json")
    let responses = try JSON.parse([UInt8](try Data(contentsOf: responsesFile)))
    let chat = JSON.text(responses["chat"])
    let stage = Stage { route, _ in route == "POST /token" ? goodToken : answer(chat) }
    let connector = try stage.connector()
    let samples = try #require(webhooks.mapValue)
    for (name, body) in samples.sorted(by: { $0.key < $1.key }) {
      let before = stage.events.count
      let reply = await connector.receive(WebhookRequest(headers: [:], body: JSON.bytes(body)))
      #expect(reply.status == 200, "\(name)")
      if name == "registration_probe" { continue }
      let event = try #require(stage.events.dropFirst(before).first, "\(name)")
      let message = try #require(event.message, "\(name)")
      #expect(event.kind == .delete || !message.text.isEmpty || !message.attachments.isEmpty, "\(name)")
      #expect(event.isEcho == (name == "echo_own_message"), "\(name)")
    }
  }
}
