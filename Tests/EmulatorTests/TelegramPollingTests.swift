//! getUpdates: waiting, waking, confirming, and the conflicts between receivers.

import SwitchboardSDK
import Testing

@testable import Emulators

@Suite struct TelegramPollingTests {
  @Test func `a long poll wakes with the update that comes`() async throws {
    let stage = try await TelegramStage()
    async let polled = stage.updates(timeout: 30)
    await stage.emulator.untilPolling(bot: stage.bot)
    try await stage.emulator.write(user: stage.customer, bot: stage.bot, .text("разбуди"))
    #expect(await polled.map { $0["message"]["text"] } == ["разбуди"])
  }

  @Test func `a long poll asks for at most fifty seconds and then answers nothing`() async throws {
    let stage = try await TelegramStage()
    stage.clock.endSleepsAtOnce()
    #expect(await stage.updates(timeout: 3_000).isEmpty)
    #expect(stage.clock.sleeps == [50_000])
  }

  @Test func `the newer poll ends the older with 409`() async throws {
    let stage = try await TelegramStage()
    async let older = stage.call("getUpdates", ["timeout": 30])
    await stage.emulator.untilPolling(bot: stage.bot)
    let newer = await stage.call("getUpdates", ["timeout": 0])
    #expect(newer.status == 200)
    let refused = await older
    #expect(refused.status == 409)
    #expect(
      refused.body["description"]
        == "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
  }

  @Test func `setWebhook ends a poll, and polling is refused until the webhook is gone`() async throws {
    let stage = try await TelegramStage()
    async let poll = stage.call("getUpdates", ["timeout": 30])
    await stage.emulator.untilPolling(bot: stage.bot)
    let set = await stage.call("setWebhook", ["url": "https://example.org/hook"])
    #expect(set.body == ["ok": true, "result": true, "description": "Webhook was set"])
    #expect(await poll.body["description"] == "Conflict: terminated by setWebhook request")
    #expect(await stage.call("getUpdates", [:]).status == 409)
    #expect(await stage.call("deleteWebhook", [:]).body["description"] == "Webhook was deleted")
    #expect(await stage.call("deleteWebhook", [:]).body["description"] == "Webhook is already deleted")
    #expect(await stage.call("getUpdates", [:]).status == 200)
  }

  @Test func `only an offset confirms, and a negative one keeps the last`() async throws {
    let stage = try await TelegramStage()
    for number in 1...5 { try await stage.emulator.write(user: stage.customer, bot: stage.bot, .text("\(number)")) }
    let all = await stage.updates()
    #expect(await stage.updates() == all)
    #expect(all.map { $0["message"]["text"].textValue } == ["1", "2", "3", "4", "5"])
    let third = try #require(all[2]["update_id"].intValue)
    #expect(await stage.updates(offset: third) == Array(all[2...]))
    #expect(await stage.updates(offset: -1) == [all[4]])
    #expect(await stage.updates() == [all[4]])
  }

  @Test func `an unconfirmed update lives a day`() async throws {
    let stage = try await TelegramStage()
    try await stage.emulator.write(user: stage.customer, bot: stage.bot, .text("старое"))
    stage.emulator.clock.advance(milliseconds: 86_399_000)
    #expect(await stage.updates().count == 1)
    stage.emulator.clock.advance(milliseconds: 1_000)
    #expect(await stage.updates().isEmpty)
  }

  @Test func `allowed_updates filter at the making of an update, and nonsense means the default`() async throws {
    let stage = try await TelegramStage()
    _ = await stage.call("getUpdates", ["allowed_updates": ["callback_query"]])
    try await stage.emulator.write(user: stage.customer, bot: stage.bot, .text("не дойдёт"))
    #expect(await stage.updates().isEmpty)
    _ = await stage.call("getUpdates", ["allowed_updates": ["nonsense"]])
    try await stage.emulator.write(user: stage.customer, bot: stage.bot, .text("дойдёт"))
    #expect(await stage.updates().map { $0["message"]["text"] } == ["дойдёт"])
  }

  @Test func `duplicate delivery brings confirmed updates once more with the same ids`() async throws {
    let stage = try await TelegramStage()
    try await stage.emulator.write(user: stage.customer, bot: stage.bot, .text("раз"))
    let first = await stage.updates()
    let next = try #require(first[0]["update_id"].intValue) + 1
    #expect(await stage.updates(offset: next).isEmpty)
    await stage.emulator.addFault(Fault(.duplicateDelivery, operation: "getUpdates"))
    #expect(await stage.updates(offset: next) == first)
    #expect(await stage.updates(offset: next).isEmpty)
  }

  @Test func `one poller's answers hold every update once and in order while many people write`() async throws {
    let stage = try await TelegramStage()
    let writers = 4
    let each = 50
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<writers {
        let user = try await stage.emulator.createUser(firstName: "П\(writer)")
        group.addTask {
          for number in 0..<each {
            try await stage.emulator.write(user: user, bot: stage.bot, .text("\(number)"))
          }
        }
      }
      var received: [Int64: [Int]] = [:]
      var offset: Int64 = 0
      var count = 0
      while count < writers * each {
        for update in await stage.updates(offset: offset, timeout: 30) {
          let id = try #require(update["update_id"].intValue)
          #expect(offset == 0 || id == offset)
          offset = id + 1
          count += 1
          let sender = try #require(update["message"]["from"]["id"].intValue)
          received[sender, default: []].append(Int(update["message"]["text"].textValue ?? "") ?? -1)
        }
      }
      try await group.waitForAll()
      #expect(received.count == writers)
      for numbers in received.values { #expect(numbers == Array(0..<each)) }
    }
  }
}
