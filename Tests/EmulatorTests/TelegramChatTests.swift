//! Chats, topics, files and people: what an operator and a customer see, and what the bot is told of it.

import SwitchboardSDK
import Testing

@testable import Emulators

@Suite struct TelegramChatTests {
  @Test func `a topic's id is the id of its service message, which comes back to the bot`() async throws {
    let stage = try await TelegramStage()
    let thread = await stage.topic("Иван")
    let update = try #require(await stage.updates().first)
    #expect(update["message"]["message_id"].intValue == thread)
    #expect(update["message"]["forum_topic_created"]["name"] == "Иван")
    #expect(thread > 1)
    let sent = await stage.call(
      "sendMessage", ["chat_id": .int(stage.group), "message_thread_id": .int(thread), "text": "привет"])
    #expect(sent.body["result"]["is_topic_message"] == true)
    #expect(sent.body["result"]["reply_to_message"]["message_id"].intValue == thread)
    #expect(await stage.updates().count == 1, "a bot's own ordinary message is no update")
  }

  @Test func `a topic deleted by hand tells nobody and takes its messages with it`() async throws {
    let stage = try await TelegramStage()
    let thread = await stage.topic()
    let target: Value = ["chat_id": .int(stage.group), "message_thread_id": .int(thread), "text": "x"]
    #expect(await stage.call("sendMessage", target).status == 200)
    let before = await stage.updates().count
    try await stage.emulator.deleteTopic(chat: stage.group, thread: thread)
    #expect(await stage.updates().count == before)
    #expect(
      await stage.call("sendMessage", target).body["description"] == "Bad Request: message thread not found")
    #expect(await stage.emulator.topics(chat: stage.group).map(\.isDeleted) == [true])
    #expect(await stage.emulator.seen(chat: stage.group, thread: thread).allSatisfy(\.isDeleted))
  }

  @Test func `the fault deleteTopic removes the topic under the request`() async throws {
    let stage = try await TelegramStage()
    let thread = await stage.topic()
    await stage.emulator.addFault(Fault(.special("deleteTopic"), operation: "sendMessage"))
    let answer = await stage.call(
      "sendMessage", ["chat_id": .int(stage.group), "message_thread_id": .int(thread), "text": "x"])
    #expect(answer.body["description"] == "Bad Request: message thread not found")
  }

  @Test func `a closed topic is closed to a bot that may not manage topics`() async throws {
    let stage = try await TelegramStage()
    let thread = await stage.topic()
    let topic: Value = ["chat_id": .int(stage.group), "message_thread_id": .int(thread)]
    #expect(await stage.call("closeForumTopic", topic).status == 200)
    let again = await stage.call("closeForumTopic", topic)
    #expect(again.body["description"] == "Bad Request: TOPIC_NOT_MODIFIED")
    try await stage.emulator.setMember(
      chat: stage.group, user: stage.bot, .administrator(AdminRights(canManageTopics: false)))
    let sent = await stage.call(
      "sendMessage", ["chat_id": .int(stage.group), "message_thread_id": .int(thread), "text": "x"])
    #expect(sent.body["description"] == "Bad Request: TOPIC_CLOSED")
  }

  @Test func `a pin stays in its topic and is told by a service message`() async throws {
    let stage = try await TelegramStage()
    let thread = await stage.topic()
    let sent = await stage.call(
      "sendMessage", ["chat_id": .int(stage.group), "message_thread_id": .int(thread), "text": "Новый диалог"])
    let id = try #require(sent.body["result"]["message_id"].intValue)
    let pinned = await stage.call("pinChatMessage", ["chat_id": .int(stage.group), "message_id": .int(id)])
    #expect(pinned.body["result"] == true)
    let update = try #require(await stage.updates().last)
    #expect(update["message"]["pinned_message"]["message_id"].intValue == id)
    #expect(update["message"]["message_thread_id"].intValue == thread)
    #expect(await stage.emulator.topics(chat: stage.group).first?.pinned == [id])
  }

  @Test func `privacy mode hides ordinary group messages from a plain member`() async throws {
    let stage = try await TelegramStage()
    try await stage.emulator.setMember(chat: stage.group, user: stage.bot, .member)
    let start = await stage.updates().last?["update_id"].intValue ?? 0
    for text in ["просто", "/getid", "эй @acme_bot"] {
      try await stage.emulator.write(user: stage.operatorID, chat: stage.group, .text(text))
    }
    #expect(await stage.updates(offset: start + 1).map { $0["message"]["text"] } == ["/getid", "эй @acme_bot"])
  }

  @Test func `a file id belongs to the bot that got it, and a path lives an hour after getFile`() async throws {
    let stage = try await TelegramStage()
    let bytes = Array("OggS".utf8)
    try await stage.emulator.write(user: stage.customer, bot: stage.bot, .voice(bytes))
    let id = try #require(await stage.updates().last)["message"]["voice"]["file_id"]
    let info = await stage.call("getFile", ["file_id": id])
    let path = try #require(info.body["result"]["file_path"].textValue)
    let download = EmulatorRequest(method: "GET", target: "/file/bot\(TelegramStage.token)/\(path)")
    #expect(await stage.emulator.handle(download).body == bytes)
    stage.emulator.clock.advance(milliseconds: 3_600_001)
    #expect(await stage.emulator.handle(download).status == 404)
    let other = "7000000002:AAE_other"
    try await stage.emulator.createBot(token: other, name: "Other", username: "other_bot")
    #expect(await stage.call("getFile", ["file_id": id], token: other).status == 400)
  }

  @Test func `an upload must be named by a parameter`() async throws {
    let stage = try await TelegramStage()
    func part(_ name: String) -> String {
      "--B\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"a.txt\"\r\n\r\nтекст\r\n"
    }
    func send(_ parts: String, _ query: String) async -> Value {
      let answer = await stage.emulator.handle(
        EmulatorRequest(
          method: "POST", target: "/bot\(TelegramStage.token)/sendDocument?chat_id=\(stage.customer)\(query)",
          headers: ["content-type": "multipart/form-data; boundary=B"], body: Array((parts + "--B--\r\n").utf8)))
      return (try? JSON.parse(answer.body)) ?? .null
    }
    #expect(await send(part("document"), "")["result"]["document"]["file_name"] == "a.txt")
    #expect(await send(part("x"), "&document=attach://x")["ok"] == true)
    #expect(await send(part("document") + part("stray"), "")["description"] == "Bad Request: unknown parameter 'stray'")
    let seen = try #require(await stage.emulator.seen(chat: stage.customer).last)
    #expect(seen.fileDigest == SHA256Digest.hexadecimal(Array("текст".utf8)))
  }

  @Test func `blocked, deactivated, kicked and migrated are told apart`() async throws {
    let stage = try await TelegramStage()
    func description(_ chat: Int64) async -> Value {
      await stage.call("sendMessage", ["chat_id": .int(chat), "text": "x"]).body["description"]
    }
    try await stage.emulator.setBlocked(true, user: stage.customer, bot: stage.bot)
    #expect(await description(stage.customer) == "Forbidden: bot was blocked by the user")
    #expect(await stage.updates().last?["my_chat_member"]["new_chat_member"]["status"] == "kicked")
    await stage.emulator.deactivate(user: stage.customer)
    #expect(await description(stage.customer) == "Forbidden: user is deactivated")
    #expect(await description(stage.operatorID) == "Forbidden: bot can't initiate conversation with a user")
    try await stage.emulator.setMember(chat: stage.group, user: stage.bot, .kicked)
    #expect(await description(stage.group) == "Forbidden: bot was kicked from the supergroup chat")
    try await stage.emulator.setMember(chat: stage.group, user: stage.bot, .left)
    #expect(await description(stage.group) == "Forbidden: bot is not a member of the supergroup chat")
    let basic = try await stage.emulator.createGroup(title: "Старая", isForum: false, isBasic: true)
    try await stage.emulator.setMember(chat: basic, user: stage.bot, .member)
    let new = try await stage.emulator.migrate(chat: basic)
    let answer = await stage.call("sendMessage", ["chat_id": .int(basic), "text": "x"])
    #expect(answer.body["parameters"] == ["migrate_to_chat_id": .int(new)])
    #expect(await stage.updates().suffix(2).map { $0["message"]["migrate_from_chat_id"].intValue } == [nil, basic])
  }

  @Test func `faults change how an answer arrives, and only the performed ones reach the screen`() async throws {
    let stage = try await TelegramStage()
    let request = EmulatorRequest(
      method: "POST", target: "/bot\(TelegramStage.token)/sendMessage?chat_id=\(stage.customer)&text=x")
    let cases: [(Fault.Kind, EmulatorAnswer.Delivery, Bool)] = [
      (.neverAnswer, .never, false), (.closeConnection, .connectionClosed, false),
      (.performThenNeverAnswer, .never, true), (.performThenCutAnswer, .cutInTheMiddle, true),
      (.performThenCloseConnection, .connectionClosed, true),
    ]
    for (kind, delivery, performs) in cases {
      let before = await stage.emulator.seen().count
      await stage.emulator.addFault(Fault(kind, operation: "sendmessage"))
      #expect(await stage.emulator.handle(request).delivery == delivery)
      #expect(await stage.emulator.seen().count == before + (performs ? 1 : 0))
    }
    await stage.emulator.addFault(Fault(.tooManyRequests(retryAfterSeconds: 7), operation: "*", times: 2, skip: 1))
    var statuses: [Int] = []
    for _ in 0..<4 { statuses.append(await stage.emulator.handle(request).status) }
    #expect(statuses == [200, 429, 429, 200])
    #expect(await stage.emulator.requestLog().requests.last?.fault == "")
  }

  @Test func `with flood control a private chat takes three messages in three seconds`() async throws {
    let stage = try await TelegramStage { $0.checksFlood = true }
    let text: Value = ["chat_id": .int(stage.customer), "text": "x"]
    for _ in 0..<3 {
      #expect(await stage.call("sendMessage", text).status == 200)
      stage.emulator.clock.advance(milliseconds: 500)
    }
    let refused = await stage.call("sendMessage", text)
    #expect(refused.status == 429)
    #expect(refused.body["parameters"] == ["retry_after": 2])
    stage.emulator.clock.advance(milliseconds: 1_500)
    #expect(await stage.call("sendMessage", text).status == 200)
    #expect(await stage.call("sendMessage", text).status == 429)
  }

  @Test func `with flood control a group takes twenty messages a minute, in whatever topics`() async throws {
    let stage = try await TelegramStage { $0.checksFlood = true }
    let topic: Value = ["chat_id": .int(stage.group), "name": "Тема"]
    var statuses: [Int] = []
    for _ in 0..<21 { statuses.append(await stage.call("createForumTopic", topic).status) }
    #expect(statuses == Array(repeating: 200, count: 20) + [429])
    stage.emulator.clock.advance(milliseconds: 60_000)
    #expect(await stage.call("createForumTopic", topic).status == 200)
  }

  @Test func `a button's answer is shown once`() async throws {
    let stage = try await TelegramStage()
    let markup: Value = ["inline_keyboard": [[["text": "Да", "callback_data": "yes"]]]]
    let sent = await stage.call(
      "sendMessage", ["chat_id": .int(stage.customer), "text": "?", "reply_markup": markup])
    let id = try #require(sent.body["result"]["message_id"].intValue)
    let query = try await stage.emulator.press(user: stage.customer, bot: stage.bot, messageID: id, data: "yes")
    #expect(await stage.updates().last?["callback_query"]["data"] == "yes")
    let answer: Value = ["callback_query_id": .text(query), "text": "Готово"]
    #expect(await stage.call("answerCallbackQuery", answer).status == 200)
    #expect(await stage.call("answerCallbackQuery", answer).status == 400)
    #expect(await stage.emulator.callbackAnswers().map(\.text) == ["Готово"])
  }
}
