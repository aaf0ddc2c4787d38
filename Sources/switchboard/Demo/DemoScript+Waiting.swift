//! Waiting for what must come, with an end to it.
import Emulators
import SwitchboardSDK

extension DemoScript {
  private static let patienceMilliseconds: Int64 = 250_000

  func appears(
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

  func reaches(_ chat: String, _ text: String) async throws {
    try await until("«\(text)» on Avito") { await stage.avito.seen(chat: chat).contains { $0.text == text } }
  }

  func answered(_ chat: String, after moment: Timestamp) async throws -> AvitoSeenMessage {
    try await until("the auto-reply") { await stage.avito.seen(chat: chat).contains { $0.at >= moment } }
    guard let message = await stage.avito.seen(chat: chat).first(where: { $0.at >= moment }) else {
      throw DemoFailure("the auto-reply vanished")
    }
    return message
  }

  func until(_ what: String, _ isMet: @Sendable () async -> Bool) async throws {
    let deadline = stage.clock.now().adding(milliseconds: Self.patienceMilliseconds * 4)
    while await !isMet() {
      guard stage.clock.now() < deadline else { throw DemoFailure("\(what) did not come") }
      await stage.clock.sleep(milliseconds: 250)
    }
  }

  func thread(of message: SeenMessage) throws -> Int64 {
    guard let thread = message.thread else { throw DemoFailure("«\(message.text)» appeared outside any topic") }
    return thread
  }
}
