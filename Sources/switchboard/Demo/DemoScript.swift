//! The play: two Avito customers, one Telegram customer, an operator, and everything that usually goes wrong.
//! Each scene is judged by what the emulators saw, not by what the engine says of itself.
import Emulators
import SwitchboardSDK

struct DemoScript: Sendable {
  let stage: DemoStage
  let report: DemoReport
  private static let patienceMilliseconds: Int64 = 250_000

  func play() async throws {
    report.heading("1. Анна пишет на Авито, оператор отвечает вовремя · an operator answers in time")
    let anna = try await annaAsksAndIsAnswered()
    report.heading("2. Борис пишет, шлёт фото, голос и объявление; никто не отвечает · nobody answers Boris")
    let boris = try await borisWaits()
    report.heading("3. Вера пишет боту в Telegram · a Telegram customer")
    try await veraAsks()
    report.heading("4. Оператор шлёт картинку и голосовое на Авито · the operator sends an image to Avito")
    try await operatorSendsImage(to: anna)
    report.heading("5. Тему удалили руками · a topic deleted by hand")
    try await topicIsDeleted(boris)
    report.heading("6. Telegram просит подождать: 429")
    try await telegramAsksToWait(anna)
    report.heading("7. kill -9 посреди работы и новый запуск · kill -9 in the middle, and a restart")
    try await engineIsKilled(anna)
    report.heading("8. Итог: что видели все · what everybody saw")
    try await finalCount(anna, boris)
  }

  /// A customer's Avito chat and the topic that mirrors it.
  struct Dialog: Sendable {
    var chat: String
    var topic: Int64
  }

  // MARK: Scenes

  private func annaAsksAndIsAnswered() async throws -> Dialog {
    let cast = stage.cast
    let question = "Здравствуйте! Ещё продаёте диван?"
    let written = try await stage.avito.write(
      .content(.text(question)), from: cast.anna, to: cast.account, item: cast.sofa)
    report.says("Анна → Авито:", question)
    let shown = try await appears("Anna's message in a topic") { $0.chat == cast.group && $0.text.hasSuffix(question) }
    report.says("тема в Telegram:", shown.text)
    let topic = try thread(of: shown)
    try await judgeTopic(topic, name: "Анна · Диван угловой", question: question)
    let answer = "Да, продаём. Приезжайте сегодня!"
    try await stage.telegram.write(user: cast.oleg, chat: cast.group, thread: topic, .text(answer))
    report.says("Олег → тема:", answer)
    try await reaches(written.chat, answer)
    report.says("Авито → Анна:", answer)
    report.check("ответ оператора дошёл до Анны · the operator's answer reached Anna", true)
    try await until("the chat is marked read") { await stage.avito.readMarks().contains { $0.chat == written.chat } }
    report.check("чат отмечен прочитанным после приёма · marked read after durable acceptance", true)
    return Dialog(chat: written.chat, topic: topic)
  }

  private func judgeTopic(_ topic: Int64, name: String, question: String) async throws {
    let cast = stage.cast
    let topics = await stage.telegram.topics(chat: cast.group)
    let found = topics.first { $0.id == topic }
    report.check(
      "тема названа «\(name)» · topic named after customer and listing", found?.name == name, found: found?.name ?? "-")
    let messages = await stage.telegram.seen(chat: cast.group, thread: topic).filter { $0.service == nil }
    let intro = messages.first
    report.check(
      "первым стоит закреплённое знакомство · pinned introduction first",
      intro?.isPinned == true && intro?.text.contains("Диван угловой") == true
        && intro?.text.contains("24 900") == true,
      found: intro?.text ?? "-")
    report.check(
      "сообщение помечено «💬 Клиент» · marked as the customer's",
      messages.dropFirst().first?.text == "💬 Клиент Анна\n\(question)", found: messages.last?.text ?? "-")
  }

  private func borisWaits() async throws -> Dialog {
    let cast = stage.cast
    let question = "Лампа рабочая?"
    let startedAt = stage.clock.now()
    let written = try await stage.avito.write(
      .content(.text(question)), from: cast.boris, to: cast.account, item: cast.lamp)
    report.says("Борис → Авито:", question)
    _ = try await stage.avito.write(.image(DemoFiles.photo), from: cast.boris, to: cast.account, item: cast.lamp)
    report.says("Борис → Авито:", "[фото]")
    _ = try await stage.avito.write(.voice(DemoFiles.voice), from: cast.boris, to: cast.account, item: cast.lamp)
    report.says("Борис → Авито:", "[голосовое]")
    let other = AvitoContent.item(
      title: "Такая же лампа", priceText: "900 ₽", url: "https://avito.ru/items/42", imageURL: "https://avito.ru/42.jpg"
    )
    _ = try await stage.avito.write(.content(other), from: cast.boris, to: cast.account, item: cast.lamp)
    report.says("Борис → Авито:", "[объявление]")
    let first = try await appears("Boris's question") { $0.chat == cast.group && $0.text.hasSuffix(question) }
    let topic = try thread(of: first)
    try await judgeKinds(topic)
    let sent = try await answered(written.chat, after: startedAt)
    report.says("Авито → Борис:", sent.text)
    let seconds = Double(sent.at.millisecondsSince(startedAt)) / 1_000
    report.check(
      "автоответ ушёл через 75 с по часам демо (прошло \(Int(exactly: seconds.rounded()) ?? 0) с) · after 75 s",
      seconds >= 75 && seconds < 150, found: "\(seconds) s")
    return Dialog(chat: written.chat, topic: topic)
  }

  private func judgeKinds(_ topic: Int64) async throws {
    let cast = stage.cast
    let link = try await appears("the listing's placeholder") {
      $0.chat == cast.group && $0.thread == topic && $0.text.contains("https://avito.ru/items/42")
    }
    let messages = await stage.telegram.seen(chat: cast.group, thread: topic).filter { $0.service == nil }
    let photo = messages.first { $0.kind == "photo" }
    report.check(
      "фото пришло фотографией, те же байты · the image arrived as a photo, byte for byte",
      photo?.fileDigest == SHA256Digest.hexadecimal(DemoFiles.photo), found: photo?.fileDigest ?? "-")
    let voice = messages.first { $0.fileDigest == SHA256Digest.hexadecimal(DemoFiles.voice) }
    report.check(
      "голосовое пришло файлом · the voice message arrived", voice != nil,
      found: messages.map(\.kind).joined(separator: ","))
    report.check(
      "объявление пришло текстом со ссылкой · the listing arrived as readable text", link.text.contains("лампа"),
      found: link.text)
    let order = messages.filter { !$0.isPinned }.map(\.sequence)
    report.check("порядок сохранён · order kept", order == order.sorted() && messages.last?.sequence == link.sequence)
  }

  private func veraAsks() async throws {
    let cast = stage.cast
    let question = "Добрый день, есть доставка?"
    try await stage.telegram.write(user: cast.vera, bot: cast.shopBot, .text(question))
    report.says("Вера → бот:", question)
    let shown = try await appears("Vera's message in a topic") { $0.chat == cast.group && $0.text.hasSuffix(question) }
    report.says("тема в Telegram:", shown.text)
    report.check("помечено «💬 Клиент Вера»", shown.text == "💬 Клиент Вера\n\(question)", found: shown.text)
    let topic = try thread(of: shown)
    let answer = "Да, доставляем по Москве."
    try await stage.telegram.write(user: cast.oleg, chat: cast.group, thread: topic, .text(answer))
    report.says("Олег → тема:", answer)
    let back = try await appears("the answer in Vera's chat") {
      $0.chat == cast.vera && $0.senderIsBot && $0.text == answer
    }
    report.check(
      "ответ пришёл Вере от бота магазина · the answer came from the shop's bot", back.bot == cast.shopBot,
      found: "\(back.bot)")
    try await stage.telegram.write(
      user: cast.oleg, chat: cast.group, thread: topic, .photo(DemoFiles.answerPhoto, caption: "Вот так выглядит"))
    let photo = try await appears("the photo in Vera's chat") {
      $0.chat == cast.vera && $0.senderIsBot && $0.kind == "photo"
    }
    report.check(
      "фото оператора дошло с подписью · the operator's photo with its caption",
      photo.fileDigest == SHA256Digest.hexadecimal(DemoFiles.answerPhoto) && photo.text == "Вот так выглядит",
      found: photo.text)
  }

  private func operatorSendsImage(to anna: Dialog) async throws {
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

  private func topicIsDeleted(_ boris: Dialog) async throws {
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

  private func telegramAsksToWait(_ anna: Dialog) async throws {
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

  private func engineIsKilled(_ anna: Dialog) async throws {
    let cast = stage.cast
    await stage.avito.addFault(Fault(.performThenNeverAnswer, operation: "postSendMessage", containing: "адрес"))
    let answer = "Пришлю адрес в личные"
    try await stage.telegram.write(user: cast.oleg, chat: cast.group, thread: anna.topic, .text(answer))
    try await reaches(anna.chat, answer)
    report.says("Олег → тема → Анна:", "\(answer) (Авито принял, ответ не дошёл)")
    await stage.engine.killHard()
    report.says("система:", "kill -9 — движок убит между отправкой и подтверждением")
    for number in 1...5 {
      let text = "Сообщение \(number) во время простоя"
      _ = try await stage.avito.write(.content(.text(text)), from: cast.anna, to: cast.account, item: cast.sofa)
      try await stage.telegram.write(user: cast.vera, bot: cast.shopBot, .text("Вера, \(text.lowercased())"))
    }
    report.says("Анна, Вера:", "пишут по пять сообщений, движок не работает")
    try await stage.engine.start()
    report.says("система:", "движок запущен снова")
    _ = try await appears("the last message written during the outage") {
      $0.chat == cast.group && $0.text.hasSuffix("Сообщение 5 во время простоя")
    }
    _ = try await appears("Vera's last message") {
      $0.chat == cast.group && $0.text.hasSuffix("сообщение 5 во время простоя") && $0.text.contains("Вера,")
    }
    let after = "Записала, спасибо"
    try await stage.telegram.write(user: cast.oleg, chat: cast.group, thread: anna.topic, .text(after))
    try await reaches(anna.chat, after)
    let copies = await stage.avito.seen(chat: anna.chat).filter { $0.text == answer }.count
    report.check(
      "ответ с неизвестным исходом сверен с Авито и не повторён · asked Avito, not sent twice", copies == 1,
      found: "\(copies) copies")
  }

  private func finalCount(_ anna: Dialog, _ boris: Dialog) async throws {
    let cast = stage.cast
    let inGroup = await stage.telegram.seen(chat: cast.group).filter { $0.service == nil && $0.senderIsBot }
    report.check("в General нет ни одного сообщения · nothing in General", inGroup.allSatisfy { $0.thread != nil })
    let outage = inGroup.filter { $0.thread == anna.topic && $0.text.contains("во время простоя") }.map(\.text)
    let expected = (1...5).map { "💬 Клиент Анна\nСообщение \($0) во время простоя" }
    report.check(
      "написанное во время простоя пришло по одному разу и по порядку · once each and in order", outage == expected,
      found: outage.joined(separator: " | "))
    let texts = inGroup.filter { $0.text.hasPrefix("💬") && !$0.isDeleted && $0.thread != boris.topic }.map(\.text)
    report.check(
      "ни одно сообщение клиента не повторено · no customer's message twice", Set(texts).count == texts.count,
      found: "\(texts.count - Set(texts).count) repeated")
    let toAnna = await stage.avito.seen(chat: anna.chat).map(\.text)
    report.check(
      "Анна не получила автоответ · Anna got no auto-reply", !toAnna.contains { $0.contains("Ответим в ближайшее") },
      found: toAnna.joined(separator: " | "))
    let toBoris = await stage.avito.seen(chat: boris.chat).filter { $0.text.contains("Ответим в ближайшее") }
    report.check("Борис получил автоответ один раз · Boris got it once", toBoris.count == 1, found: "\(toBoris.count)")
  }

  // MARK: Waiting for what must come

  private func appears(
    _ what: String, _ matches: @escaping @Sendable (SeenMessage) -> Bool
  ) async throws -> SeenMessage {
    let found = await withTaskGroup(of: SeenMessage?.self) { group in
      group.addTask { await stage.telegram.firstSeen(where: matches) }
      group.addTask {
        await stage.clock.sleep(milliseconds: Self.patienceMilliseconds * 4)
        return nil
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? nil
    }
    guard let found else { throw DemoFailure("\(what) did not appear in Telegram") }
    return found
  }

  private func reaches(_ chat: String, _ text: String) async throws {
    try await until("«\(text)» on Avito") { await stage.avito.seen(chat: chat).contains { $0.text == text } }
  }

  private func answered(_ chat: String, after moment: Timestamp) async throws -> AvitoSeenMessage {
    try await until("the auto-reply") { await stage.avito.seen(chat: chat).contains { $0.at >= moment } }
    guard let message = await stage.avito.seen(chat: chat).first(where: { $0.at >= moment }) else {
      throw DemoFailure("the auto-reply vanished")
    }
    return message
  }

  private func until(_ what: String, _ isMet: @Sendable () async -> Bool) async throws {
    let deadline = stage.clock.now().adding(milliseconds: Self.patienceMilliseconds * 4)
    while await !isMet() {
      guard stage.clock.now() < deadline else { throw DemoFailure("\(what) did not come") }
      await stage.clock.sleep(milliseconds: 250)
    }
  }

  private func thread(of message: SeenMessage) throws -> Int64 {
    guard let thread = message.thread else { throw DemoFailure("«\(message.text)» appeared outside any topic") }
    return thread
  }
}
