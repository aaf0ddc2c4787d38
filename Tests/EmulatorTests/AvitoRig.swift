//! An Avito emulator without a server, asked as a connector would ask it.
import Emulators
import SwitchboardSDK
import Synchronization

struct AvitoRig: Sendable {
  /// A clock that stands still until it is moved.
  let clock = EmulatorClock(now: { Timestamp(milliseconds: 1_795_217_938_000) }, sleep: { _ in })
  let emulator: AvitoEmulator
  let user: Int64
  let item: Int64
  let anna: Int64
  let token: String

  init(http: (any HTTPPort)? = nil) async throws {
    emulator = AvitoEmulator(clock: clock, http: http)
    user = try await emulator.addAccount(clientID: "id", clientSecret: "secret")
    item = try await emulator.addItem(account: user, title: "Mazda 3", priceText: "300 000 ₽")
    anna = await emulator.addCustomer(name: "Анна")
    token = try await Self.newToken(emulator)
  }

  static func newToken(_ emulator: AvitoEmulator) async throws -> String {
    let body = "grant_type=client_credentials&client_id=id&client_secret=secret"
    let answer = await emulator.handle(
      EmulatorRequest(
        method: "POST", target: "/token", headers: ["content-type": "application/x-www-form-urlencoded"],
        body: Array(body.utf8)))
    return try JSON.parse(answer.body)["access_token"].textValue ?? ""
  }

  func ask(
    _ method: String, _ target: String, _ body: String = "", type: String = "application/json", token: String? = nil
  ) async -> EmulatorAnswer {
    var headers = ["authorization": "Bearer \(token ?? self.token)"]
    if !body.isEmpty { headers["content-type"] = type }
    return await emulator.handle(
      EmulatorRequest(method: method, target: target, headers: headers, body: Array(body.utf8)))
  }

  func json(_ method: String, _ target: String, _ body: String = "") async throws -> Value {
    try JSON.parse(await ask(method, target, body).body)
  }

  func write(_ text: String) async throws -> AvitoWritten {
    try await emulator.write(.content(.text(text)), from: anna, to: user, item: item)
  }

  /// `/messenger/v1/accounts/<user>/chats/<chat>`
  func path(_ chat: String) -> String { "/messenger/v1/accounts/\(user)/chats/\(chat)" }

  var chats: String { "/messenger/v2/accounts/\(user)/chats" }
}
