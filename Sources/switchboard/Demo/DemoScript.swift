//! The play: two Avito customers, one Telegram customer, an operator, and everything that usually goes wrong.
//! Each scene is judged by what the emulators saw, not by what the engine says of itself.
import Emulators
import SwitchboardSDK

struct DemoScript: Sendable {
  let stage: DemoStage
  let report: DemoReport

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
}
