//! Webhooks: order within a chat, retries, the secret, the method call in an answer.

import Synchronization
import SwitchboardSDK
import Testing

@testable import Emulators

/// A receiver that answers as told and remembers what it got.
private final class Receiver: HTTPPort {
  private struct State {
    var answers: [HTTPResponse] = []
    var requests: [HTTPRequest] = []
    var watchers: [(count: Int, signal: AsyncStream<Void>.Continuation)] = []
  }
  private let state = Mutex(State())

  init(answers: [HTTPResponse] = []) { state.withLock { $0.answers = answers } }

  func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    state.withLock { state in
      state.requests.append(request)
      for watcher in state.watchers where watcher.count <= state.requests.count { watcher.signal.finish() }
      return state.answers.isEmpty ? HTTPResponse(status: 200) : state.answers.removeFirst()
    }
  }

  /// The requests, as soon as there are so many.
  func requests(_ count: Int) async -> [HTTPRequest] {
    let (stream, signal) = AsyncStream<Void>.makeStream()
    state.withLock { state in
      if state.requests.count >= count { signal.finish() } else { state.watchers.append((count, signal)) }
    }
    for await _ in stream {}
    return state.withLock { $0.requests }
  }
}

@Suite struct TelegramWebhookTests {
  /// Runs the emulator with its webhook set to the receiver.
  private func withWebhook(
    _ receiver: Receiver, _ body: (TelegramStage) async throws -> Void
  ) async throws {
    let stage = try await TelegramStage { configuration in
      configuration.http = receiver
      configuration.allowsHTTPWebhooks = true
    }
    stage.clock.endSleepsAtOnce()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await stage.emulator.run() }
      _ = try await stage.emulator.port()
      let set = await stage.call(
        "setWebhook", ["url": "http://127.0.0.1:9/hook", "secret_token": "s3cret", "max_connections": 4])
      #expect(set.body["result"] == true)
      try await body(stage)
      group.cancelAll()
    }
  }

  private func texts(_ requests: [HTTPRequest]) throws -> [String] {
    try requests.map { try JSON.parse($0.body)["message"]["text"].textValue ?? "" }
  }

  @Test func `updates of a chat come in order, with the secret`() async throws {
    let receiver = Receiver()
    try await withWebhook(receiver) { stage in
      let wanted = (0..<20).map { "\($0)" }
      for text in wanted { try await stage.emulator.write(user: stage.customer, bot: stage.bot, .text(text)) }
      let requests = await receiver.requests(20)
      #expect(try texts(requests) == wanted)
      #expect(requests.allSatisfy { $0.headers.contains(HTTPHeader("X-Telegram-Bot-Api-Secret-Token", "s3cret")) })
    }
  }

  @Test func `the same update comes again, later and later, until it is taken`() async throws {
    let bad = [500, 404, 503].map { HTTPResponse(status: $0) }
    let slow = HTTPResponse(status: 429, headers: [HTTPHeader("Retry-After", "30")])
    let receiver = Receiver(answers: bad + [slow])
    try await withWebhook(receiver) { stage in
      try await stage.emulator.write(user: stage.customer, bot: stage.bot, .text("раз"))
      try await stage.emulator.write(user: stage.customer, bot: stage.bot, .text("два"))
      #expect(try texts(await receiver.requests(6)) == ["раз", "раз", "раз", "раз", "раз", "два"])
      #expect(stage.clock.sleeps == [1_000, 2_000, 4_000, 30_000])
    }
  }

  @Test func `a method call in the answer is performed`() async throws {
    let receiver = Receiver()
    try await withWebhook(receiver) { stage in
      let customer = stage.customer
      async let echoed = stage.emulator.firstSeen { $0.senderIsBot && $0.text == "эхо" }
      receiver.answer(with: ["method": "sendMessage", "chat_id": .int(customer), "text": "эхо"])
      try await stage.emulator.write(user: customer, bot: stage.bot, .text("ау"))
      #expect(await echoed?.chat == customer)
    }
  }

  @Test func `a document given by its address is fetched, and a dead address is told`() async throws {
    let receiver = Receiver(answers: [HTTPResponse(status: 200, body: Array("%PDF".utf8)), HTTPResponse(status: 404)])
    let stage = try await TelegramStage { $0.http = receiver }
    let request: Value = ["chat_id": .int(stage.customer), "document": "http://127.0.0.1:9/a/report.pdf?x=1"]
    let sent = await stage.call("sendDocument", request)
    #expect(sent.body["result"]["document"]["file_name"] == "report.pdf")
    #expect(await stage.emulator.seen().last?.fileSizeBytes == 4)
    let refused = await stage.call("sendDocument", request)
    #expect(refused.body["description"] == "Bad Request: failed to get HTTP URL content")
  }

  @Test func `duplicate delivery sends an accepted update once more`() async throws {
    let receiver = Receiver()
    try await withWebhook(receiver) { stage in
      await stage.emulator.addFault(Fault(.duplicateDelivery, operation: "webhook"))
      try await stage.emulator.write(user: stage.customer, bot: stage.bot, .text("раз"))
      let requests = await receiver.requests(2)
      #expect(requests[0].body == requests[1].body)
    }
  }
}

extension Receiver {
  fileprivate func answer(with call: Value) {
    append(HTTPResponse(status: 200, headers: [HTTPHeader("Content-Type", "application/json")], body: JSON.bytes(call)))
  }

  private func append(_ response: HTTPResponse) { state.withLock { $0.answers.append(response) } }
}
