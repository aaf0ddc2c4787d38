//! Webhook calls of the Avito emulator, over real HTTP.
import Emulators
import SwitchboardSDK
import Synchronization
import Testing

@Suite struct AvitoWebhookTests {
  /// Takes the place of the network: answers what it is told and keeps what was sent.
  private final class Receiver: HTTPPort {
    let received = Mutex<[HTTPRequest]>([])
    let statuses: Mutex<[Int]>

    init(statuses: [Int] = []) { self.statuses = Mutex(statuses) }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
      received.withLock { $0.append(request) }
      let status = statuses.withLock { $0.isEmpty ? 200 : $0.removeFirst() }
      guard status > 0 else { throw HTTPError(.timeout, mayHaveBeenSent: true, "no answer in time") }
      return HTTPResponse(status: status)
    }

    var values: [Value] {
      received.withLock { $0 }.map { request in
        do { return try JSON.parse(request.body)["payload"]["value"] } catch { return .null }
      }
    }
  }

  private func running(
    _ receiver: Receiver, _ body: (AvitoRig) async throws -> Void
  ) async throws {
    let rig = try await AvitoRig(http: receiver)
    _ = await rig.ask("POST", "/messenger/v3/webhook", #"{"url":"http://127.0.0.1:9/hook"}"#)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await rig.emulator.run() }
      _ = try await rig.emulator.url()
      try await body(rig)
      group.cancelAll()
    }
  }

  @Test func `a customer's message and our own echo are delivered, in order`() async throws {
    let receiver = Receiver()
    try await running(receiver) { rig in
      let written = try await rig.write("Ещё продаёте?")
      let text = #"{"type":"text","message":{"text":"Да"}}"#
      let sent = try await rig.json("POST", rig.path(written.chat) + "/messages", text)
      await rig.emulator.waitForDeliveries(2)
      let values = receiver.values
      #expect(values.map { $0["id"] } == [.text(written.message), sent["id"]])
      #expect(values.map { $0["author_id"] } == [.int(rig.anna), .int(rig.user)])
      #expect(values.allSatisfy { $0["user_id"] == .int(rig.user) && $0["item_id"] == .int(rig.item) })
      #expect(values[0]["published_at"] == "2026-11-20T23:38:58Z")
      #expect(receiver.received.withLock { $0[0].timeoutMilliseconds } == 2_000)
    }
  }

  @Test func `a refused call is tried once more and then lost`() async throws {
    let receiver = Receiver(statuses: [500, 0, 200])
    try await running(receiver) { rig in
      let first = try await rig.write("x").message
      let second = try await rig.write("y").message
      await rig.emulator.waitForDeliveries(3)
      #expect(await rig.emulator.webhookDeliveries() == [
        AvitoDelivery(message: first, attempt: 1, status: 500), AvitoDelivery(message: first, attempt: 2, status: 0),
        AvitoDelivery(message: second, attempt: 1, status: 200),
      ])
    }
  }

  @Test func `a call comes twice, or never, on command`() async throws {
    let receiver = Receiver()
    try await running(receiver) { rig in
      await rig.emulator.addFault(Fault(.duplicateDelivery, operation: "webhook"))
      await rig.emulator.addFault(Fault(.closeConnection, operation: "webhook"))
      let first = try await rig.write("x").message
      _ = try await rig.write("lost")
      let third = try await rig.write("z").message
      await rig.emulator.waitForDeliveries(3)
      #expect(receiver.values.map { $0["id"] } == [.text(first), .text(first), .text(third)])
    }
  }
}
