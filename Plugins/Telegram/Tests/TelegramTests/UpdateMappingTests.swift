//! Updates in, events out, seen through the webhook door.
internal import SwitchboardSDK
internal import Testing

@Suite struct UpdateMappingTests {
  @Test(.enabled(if: Reference.folder != nil, "shared reference data is absent"))
  func `every sample update maps to what it says`() async throws {
    let samples = try Reference.json("sample-updates.json").mapValue ?? [:]
    #expect(samples.count == 21)
    var lines: [String] = []
    for name in samples.keys.sorted() {
      let events = try await Scene.events(of: samples[name] ?? .null)
      lines.append("\(name): " + (events.first.map(line) ?? "nothing"))
    }
    #expect(lines.joined(separator: "\n") == Self.expected)
  }

  private func line(_ event: Event) -> String {
    var parts = [event.externalID, event.kind.rawValue, event.chat.kind.rawValue, "by \(event.sender.name)"]
    if let thread = event.thread { parts.append("topic \(thread)") }
    if let message = event.message {
      parts.append("«\(message.text)»")
      parts += message.attachments.map { "[\($0.kind.rawValue) \($0.label) \($0.fileID ?? "")]" }
      if let replyTo = message.replyTo { parts.append("answers \(replyTo)") }
    }
    if let callback = event.callback { parts.append("\(callback.data) under \(callback.messageID ?? "nothing")") }
    if event.kind == .service { parts.append(JSON.text(event.details["service"]) + JSON.text(event.details["data"])) }
    return parts.joined(separator: " ")
  }

  private static let expected = """
    callback_query: c:530241111111111111 callback private by Иван Петров close:42 under 100
    callback_query_inaccessible_message: c:530241111111111112 callback private by Иван Петров close:41 under 99
    contact: m:123456789:108 message private by Иван Петров «» [contact 👤 Контакт: Иван, +79161234567 ]
    document: m:123456789:106 message private by Иван Петров «» [document 📄 Документ «договор.pdf» BQACAgIAAxkBAAIBaW]
    edited_message: e:123456789:101:1795217968:8755edffc4bb1eb4 edit private by Иван Петров «Здравствуйте»
    forum_general_text: m:-1001234567890:2052 message group by Иван Петров «в General»
    forum_topic_closed: m:-1001234567890:2060 service group by Иван Петров topic 2001 "forum_topic_closed"{}
    forum_topic_created: nothing
    forum_topic_edited: m:-1001234567890:2061 service group by Иван Петров topic 2001 \
    "forum_topic_edited"{"name":"Иван — оплачен"}
    forum_topic_text: m:-1001234567890:2051 message group by Иван Петров topic 2001 «ответ оператора»
    media_group_item: m:123456789:104 message private by Иван Петров «» [image 🖼 Фото AgACAgIAAxkBAAIBZ5]
    message_reaction: nothing
    migrate_from: m:-1001234567890:1 service group by Иван Петров "migrate_from_chat_id""-4012345678"
    migrate_to_supergroup__undocumented_extra_fields: m:-4012345678:55 service group by Иван Петров \
    "migrate_to_chat_id""-1001234567890"
    my_chat_member_added_admin_forum__undocumented_extra_fields: b:-1001234567890:1795217938:left:administrator \
    service group by Иван Петров "my_chat_member"null
    my_chat_member_blocked: b:123456789:1795217938:member:kicked service private by Иван Петров "my_chat_member"null
    photo_with_caption: m:123456789:103 message private by Иван Петров «фото чека» [image 🖼 Фото AgACAgIAAxkBAAIBZ4]
    private_start_deeplink: m:123456789:102 message private by Иван Петров «/start ref_abc»
    private_text: m:123456789:101 message private by Иван Петров «Здравствуйте! 👋 /help»
    reply_with_quote: m:123456789:107 message private by Иван Петров «этот?» answers 100
    voice: m:123456789:105 message private by Иван Петров «» [voice 🎤 Голосовое сообщение, 4 с AwACAgIAAxkBAAIBaG]
    """

  private func message(_ members: [String: Value]) -> Value {
    let base: [String: Value] = [
      "message_id": 7, "date": 1_795_217_938, "chat": ["id": 5, "type": "private", "first_name": "Ann"],
      "from": ["id": 5, "is_bot": false, "first_name": "Ann"],
    ]
    return ["update_id": 1, "message": .map(base.merging(members) { _, given in given })]
  }

  @Test(arguments: [
    (["location": ["latitude": 55.75, "longitude": 37.61]], "📍 Место: 55.75, 37.61"),
    (["venue": ["title": "Кафе", "address": "Лесная 5", "location": ["latitude": 1, "longitude": 2]],
      "location": ["latitude": 1, "longitude": 2]], "📍 Место: Кафе, Лесная 5"),
    (["sticker": ["file_id": "s", "emoji": "😀"]], "🙂 Стикер 😀"),
    (["video_note": ["file_id": "v", "duration": 65]], "🎥 Видеосообщение, 1 мин 5 с"),
    (["animation": ["file_id": "a"], "document": ["file_id": "a"]], "🎞 GIF-анимация"),
    (["audio": ["file_id": "a", "file_name": "x.mp3", "duration": 3]], "🎵 Аудио «x.mp3», 3 с"),
    (["poll": ["question": "Да?"]], "📊 Опрос «Да?»"),
    (["dice": ["emoji": "🎲", "value": 5]], "🎲 Бросок 🎲: 5"),
    (["hologram": ["depth": 3]], "❔ Сообщение, которое бот не умеет показать (hologram)"),
    (["photo": "not a list"], "❔ Сообщение, которое бот не умеет показать (photo)"),
    (["voice": ["duration": 1e300]], "🎤 Голосовое сообщение"),
  ] as [([String: Value], String)])
  func `each kind of content has a readable label`(content: [String: Value], label: String) async throws {
    let event = try #require(try await Scene.events(of: message(content)).first)
    #expect(event.message?.attachments.map(\.label) == [label])
  }

  @Test func `a reply chain in an ordinary group is no topic`() async throws {
    let group: Value = ["id": -100, "type": "supergroup", "title": "G"]
    let reply: Value = ["message_id": 3, "chat": group, "date": 1]
    let update = message(["chat": group, "text": "hi", "message_thread_id": 3, "reply_to_message": reply])
    let event = try #require(try await Scene.events(of: update).first)
    #expect(event.thread == nil)
    #expect(event.message?.replyTo == "3")
  }

  @Test func `an anonymous administrator is a person of the group, not a bot`() async throws {
    let group: Value = ["id": -100, "type": "supergroup", "title": "Поддержка"]
    let update = message([
      "chat": group, "text": "hi", "sender_chat": group,
      "from": ["id": 1_087_968_824, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot"],
    ])
    let event = try #require(try await Scene.events(of: update).first)
    #expect(event.sender == Sender(id: "-100", name: "Поддержка"))
  }

  @Test func `two edits in one second are two events, a redelivered edit is one`() async throws {
    func edit(_ text: String) async throws -> String {
      var update = message(["text": .text(text), "edit_date": 1_795_217_950])
      update = ["update_id": 1, "edited_message": update["message"]]
      return try #require(try await Scene.events(of: update).first).externalID
    }
    let first = try await edit("a")
    #expect(try await edit("a") == first)
    #expect(try await edit("b") != first)
  }

  @Test func `ids keep all their digits and customers their name`() async throws {
    let update = message([
      "chat": ["id": 4_503_599_627_370_495, "type": "private", "first_name": "Анна", "last_name": "П"], "text": "hi",
    ])
    let event = try #require(try await Scene.events(of: update).first)
    #expect(event.chat.id == "4503599627370495")
    #expect(event.facts["name"] == "Анна П")
  }

  @Test(arguments: [
    ["update_id": 1], ["update_id": 1, "message": "text"], ["update_id": 1, "message": ["chat": ["id": "x"]]],
    ["update_id": 1, "message": ["message_id": 1.5, "chat": ["id": 1e300]]], ["update_id": 1, "edited_message": [1]],
    ["update_id": 1, "callback_query": ["id": 5]], ["update_id": 1, "my_chat_member": ["chat": []]],
    ["update_id": 1, "poll": [:]],
  ] as [Value])
  func `an update of weird shape is passed over, not fatal`(update: Value) async throws {
    #expect(try await Scene.events(of: update).isEmpty)
  }

  @Test func `a text of five megabytes goes through`() async throws {
    let update = message(["text": .text(String(repeating: "ж", count: 2_500_000))])
    #expect(try await Scene.events(of: update).first?.message?.text.utf8.count == 5_000_000)
  }
}
