//! A bot, a customer and a forum group on an emulated Telegram, and calls to it without a network.

import Synchronization
import SwitchboardSDK

@testable import Emulators

/// A clock that moves only when told, and whose sleeps end only when told or cancelled.
final class StageClock: Sendable {
  private struct State {
    var now = Timestamp(milliseconds: 1_795_217_938_000)
    var sleeps: [Int64] = []
    var sleepers: [AsyncStream<Void>.Continuation] = []
    var endsSleepsAtOnce = false
  }
  private let state = Mutex(State())

  var emulatorClock: EmulatorClock {
    EmulatorClock(now: { self.state.withLock { $0.now } }, sleep: { await self.pause($0) })
  }

  /// Every sleep asked for, in milliseconds.
  var sleeps: [Int64] { state.withLock { $0.sleeps } }

  func endSleepsAtOnce() { state.withLock { $0.endsSleepsAtOnce = true } }

  func endSleeps() {
    for sleeper in state.withLock({ state in
      defer { state.sleepers = [] }
      return state.sleepers
    }) { sleeper.finish() }
  }

  private func pause(_ milliseconds: Int64) async {
    let (stream, continuation) = AsyncStream<Void>.makeStream()
    let ends = state.withLock { state in
      state.sleeps.append(milliseconds)
      if state.endsSleepsAtOnce {
        state.now = state.now.adding(milliseconds: milliseconds)
      } else {
        state.sleepers.append(continuation)
      }
      return state.endsSleepsAtOnce
    }
    if ends { return }
    for await _ in stream {}
  }
}

struct TelegramStage: Sendable {
  static let token = "7000000001:AAE_stage"
  let emulator: TelegramEmulator
  let clock = StageClock()
  let bot: Int64
  let customer: Int64
  let operatorID: Int64
  let group: Int64

  init(_ change: (inout TelegramEmulatorConfiguration) -> Void = { _ in }) async throws {
    var configuration = TelegramEmulatorConfiguration()
    configuration.clock = clock.emulatorClock
    change(&configuration)
    emulator = TelegramEmulator(configuration: configuration)
    bot = try await emulator.createBot(token: Self.token, name: "Support", username: "acme_bot")
    customer = try await emulator.createUser(firstName: "Иван")
    operatorID = try await emulator.createUser(firstName: "Ольга")
    group = try await emulator.createGroup(title: "Операторы", isForum: true)
    try await emulator.setMember(chat: group, user: operatorID, .creator)
    try await emulator.setMember(chat: group, user: bot, .administrator(AdminRights()))
    _ = await call("getUpdates", ["offset": -1])
    try await emulator.write(user: customer, bot: bot, .text("/start"))
    let pending = await call("getUpdates", [:])
    let last = pending.body["result"].listValue?.last?["update_id"].intValue ?? 0
    _ = await call("getUpdates", ["offset": .int(last + 1)])
  }

  func call(_ method: String, _ parameters: Value, token: String = Self.token) async -> (status: Int, body: Value) {
    let answer = await emulator.handle(
      EmulatorRequest(
        method: "POST", target: "/bot\(token)/\(method)", headers: ["content-type": "application/json"],
        body: JSON.bytes(parameters)))
    return (answer.status, (try? JSON.parse(answer.body)) ?? .null)
  }

  func updates(offset: Int64 = 0, timeout: Int64 = 0) async -> [Value] {
    await call("getUpdates", ["offset": .int(offset), "timeout": .int(timeout)]).body["result"].listValue ?? []
  }

  func topic(_ name: String = "Диалог") async -> Int64 {
    await call("createForumTopic", ["chat_id": .int(group), "name": .text(name)])
      .body["result"]["message_thread_id"].intValue ?? 0
  }
}
