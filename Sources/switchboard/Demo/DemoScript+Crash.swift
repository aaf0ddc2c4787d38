//! Scenes 7 and 8: the engine is killed and started again; then everybody says what they saw.
import Emulators
import SwitchboardSDK

extension DemoScript {
  func engineIsKilled(_ anna: Dialog) async throws {
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

  func finalCount(_ anna: Dialog, _ boris: Dialog) async throws {
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
}
