//! Scenes 4 to 6: the operator sends files, a topic is deleted by hand, Telegram asks to wait.
import Emulators
import SwitchboardSDK

extension DemoScript {
  func operatorSendsImage(to anna: Dialog) async throws {
    let cast = stage.cast
    try await stage.telegram.write(user: cast.oleg, chat: cast.group, thread: anna.topic, .photo(DemoFiles.answerPhoto))
    report.says("Олег → тема:", "[фото]")
    let digest = SHA256Digest.hexadecimal(DemoFiles.answerPhoto)
    try await until("the image on Avito") {
      await stage.avito.seen(chat: anna.chat).contains { $0.imageDigest == digest }
    }
    report.check("Анна видит картинку на Авито, те же байты · the image is on Avito, byte for byte", true)
    try await stage.telegram.write(user: cast.oleg, chat: cast.group, thread: anna.topic, .voice(DemoFiles.voice))
    report.says("Олег → тема:", "[голосовое]")
    let notice = try await appears("the notice") {
      $0.chat == cast.group && $0.thread == anna.topic && $0.senderIsBot && $0.text.hasPrefix("⚠️")
    }
    report.check(
      "оператору сказано, что Авито не принимает голосовые · the operator is told what Avito does not take", true)
    report.says("тема в Telegram:", notice.text)
  }

  func topicIsDeleted(_ boris: Dialog) async throws {
    let cast = stage.cast
    try await stage.telegram.deleteTopic(chat: cast.group, thread: boris.topic)
    report.says("Олег:", "удаляет тему Бориса")
    let text = "Беру! Когда можно забрать?"
    _ = try await stage.avito.write(.content(.text(text)), from: cast.boris, to: cast.account, item: cast.lamp)
    report.says("Борис → Авито:", text)
    let shown = try await appears("Boris's message in a new topic") {
      $0.chat == cast.group && $0.text.hasSuffix(text) && $0.thread != boris.topic
    }
    let topic = try thread(of: shown)
    let messages = await stage.telegram.seen(chat: cast.group, thread: topic).filter { $0.service == nil }
    report.check(
      "новая тема со знакомством, сообщение доставлено · a new topic with its introduction, the message delivered",
      messages.count == 2 && messages[0].isPinned && messages[0].text.contains("Лампа"),
      found: messages.map(\.text).joined(separator: " | "))
  }

  func telegramAsksToWait(_ anna: Dialog) async throws {
    let cast = stage.cast
    await stage.telegram.addFault(
      Fault(.tooManyRequests(retryAfterSeconds: 10), operation: "sendMessage", containing: "подъеду"))
    let text = "Отлично, подъеду к шести"
    _ = try await stage.avito.write(.content(.text(text)), from: cast.anna, to: cast.account, item: cast.sofa)
    report.says("Анна → Авито:", text)
    let shown = try await appears("the message after the 429") { $0.chat == cast.group && $0.text.hasSuffix(text) }
    let attempts = await stage.telegram.requestLog().requests.filter {
      $0.operation.lowercased() == "sendmessage" && ($0.parameters["text"]?.textValue ?? "").contains("подъеду")
    }
    let waited = (attempts.last?.receivedAt.millisecondsSince(attempts.first?.receivedAt ?? shown.date) ?? 0) / 1_000
    report.check(
      "ждали, сколько попросили (\(waited) с ≥ 10 с), и отправили один раз · waited as asked, sent once",
      attempts.count == 2 && waited >= 10, found: "\(attempts.count) requests, \(waited) s")
  }
}
