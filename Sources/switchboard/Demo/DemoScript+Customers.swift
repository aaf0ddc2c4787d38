//! Scenes 1 to 3: customers write, and are answered in time, by the machine, or in Telegram.
import Emulators
import SwitchboardSDK

extension DemoScript {
  func annaAsksAndIsAnswered() async throws -> Dialog {
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

  func judgeTopic(_ topic: Int64, name: String, question: String) async throws {
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

  func borisWaits() async throws -> Dialog {
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

  func judgeKinds(_ topic: Int64) async throws {
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

  func veraAsks() async throws {
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
}
