//! getUpdates: what is confirmed when, and what each failure leads to.
internal import SwitchboardSDK
internal import Testing

@Suite struct LongPollingTests {
  private func update(_ id: Int64) -> String {
    """
    {"update_id":\(id),"message":{"message_id":\(id),"date":1795217938,"text":"hi","chat":{"id":5,"type":"private"},\
    "from":{"id":5,"is_bot":false,"first_name":"Ann"}}}
    """
  }

  @Test func `the first start asks without offset, the next poll confirms what became durable`() async throws {
    let scene = try Scene([.ok("true"), .ok("[\(update(10)),\(update(11))]")])
    try await scene.connector.run()
    #expect(scene.http.methods == ["deleteWebhook", "getUpdates", "getUpdates"])
    #expect(scene.http.parameters(0) == ["drop_pending_updates": false])
    #expect(scene.http.parameters(1)["offset"] == .null)
    #expect(scene.http.parameters(1)["timeout"] == 25)
    #expect(scene.http.parameters(2)["offset"] == 12)
    #expect(scene.intake.events.map(\.externalID) == ["m:5:10", "m:5:11"])
  }

  @Test func `a restart goes on from the stored offset`() async throws {
    let store = MemoryStore()
    try await Scene([.ok("true"), .ok("[\(update(10))]")], store: store).connector.run()
    let scene = try Scene([.ok("true")], store: store)
    try await scene.connector.run()
    #expect(scene.http.parameters(1)["offset"] == 11)
  }

  @Test func `after a week without news the offset is left out`() async throws {
    let store = MemoryStore()
    let first = try Scene([.ok("true"), .ok("[\(update(1_000_000))]")], store: store)
    try await first.connector.run()
    let scene = try Scene([.ok("true"), .ok("[\(update(17))]")], store: store)
    scene.clock.advance(milliseconds: 7 * 86_400_000)
    try await scene.connector.run()
    #expect(scene.http.parameters(1)["offset"] == .null)
    #expect(scene.http.parameters(2)["offset"] == 18)
  }

  @Test func `what could not be stored is asked for again`() async throws {
    let batch = ScriptedHTTP.Step.ok("[\(update(10))]")
    let scene = try Scene([.ok("true"), .ok("[\(update(9))]"), batch, batch], intake: RecordingIntake(failures: 1))
    try await scene.connector.run()
    #expect(scene.http.parameters(2)["offset"] == .null)
    #expect(scene.intake.events.map(\.externalID) == ["m:5:10", "m:5:10"])
    #expect(scene.log.text.contains("error: updates not stored"))
  }

  @Test func `a store that cannot be written does not stop receiving`() async throws {
    let scene = try Scene([.ok("true"), .ok("[\(update(10))]")], store: MemoryStore(isBroken: true))
    try await scene.connector.run()
    #expect(scene.http.parameters(2)["offset"] == 11)
  }

  @Test func `an unknown update between others is confirmed and costs nothing`() async throws {
    let odd = "{\"update_id\":11,\"hologram\":{\"x\":1}}"
    let scene = try Scene([.ok("true"), .ok("[\(update(10)),\(odd),7,\(update(12))]")])
    try await scene.connector.run()
    #expect(scene.intake.events.map(\.externalID) == ["m:5:10", "m:5:12"])
    #expect(scene.http.parameters(2)["offset"] == 13)
    #expect(scene.log.text.contains("hologram"))
  }

  @Test func `failures wait a second, doubled up to a minute, and success starts anew`() async throws {
    let failures: [ScriptedHTTP.Step] = [
      .failure(HTTPError(.connect, mayHaveBeenSent: false, "refused")),
      .refused(500, "Internal Server Error: restart"),
      .answer(status: 502, body: "<html>Bad Gateway</html>", headers: []),
      .answer(status: 200, body: "{\"ok\":tr", headers: []),
      .ok("\"no list\""),
      .bytes([0xFF, 0xFE, 0x00], headers: []),
      .failure(HTTPError(.timeout, mayHaveBeenSent: true, "time-out")),
      .failure(HTTPError(.tls, mayHaveBeenSent: false, "tls")),
    ]
    let recovery: [ScriptedHTTP.Step] = [.ok("[\(update(1))]"), failures[0]]
    let scene = try Scene([.ok("true")] + failures + recovery)
    try await scene.connector.run()
    let full: [Int64] = [1, 2, 4, 8, 16, 32, 60, 60, 1].map { $0 * 1_000 }
    #expect(scene.clock.sleeps.count == full.count)
    for (slept, most) in zip(scene.clock.sleeps, full) { #expect((most / 2...most).contains(slept)) }
  }

  @Test func `a server that does not hold the call is not hammered`() async throws {
    let scene = try Scene([.ok("true"), .ok("[]"), .ok("[]"), .ok("[]")])
    try await scene.connector.run()
    #expect(scene.clock.sleeps.count == 3)
    #expect(scene.clock.sleeps.allSatisfy { $0 >= 500 })
  }

  @Test func `a channel that fails twice running is told as degraded, and as connected once it answers`() async throws {
    let refused = ScriptedHTTP.Step.failure(HTTPError(.connect, mayHaveBeenSent: false, "refused"))
    let scene = try Scene([.ok("true"), refused, .ok("[\(update(1))]"), refused, refused, .ok("[\(update(2))]")])
    try await scene.connector.run()
    let reports = scene.health.reports
    #expect(reports.count == 3 && reports.first == .connected && reports.last == .connected, "\(reports)")
    guard case .degraded(let reason)? = reports.dropFirst().first else {
      Issue.record("not told: \(reports)")
      return
    }
    #expect(reason.contains("refused") && !reason.contains("secret"))
  }

  @Test func `429 waits as long as Telegram says`() async throws {
    let slowDown = ScriptedHTTP.Step.refused(
      429, "Too Many Requests: retry after 17", parameters: "{\"retry_after\":17}")
    let scene = try Scene([.ok("true"), slowDown])
    try await scene.connector.run()
    #expect(scene.clock.sleeps == [17_000])
  }

  @Test func `a refused token ends receiving and is in no line`() async throws {
    let scene = try Scene([.refused(401, "Unauthorized: \(Scene.token)")])
    let error = await #expect(throws: PluginError.self) { try await scene.connector.run() }
    #expect(error?.code == .unauthorized)
    #expect(error?.detail.contains("secret") == false)
    #expect(!scene.log.text.contains("secret"))
  }

  @Test func `another instance is reported, waited for, and in the end fatal`() async throws {
    let text = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    let scene = try Scene([.ok("true")] + Array(repeating: .refused(409, text), count: 30))
    let error = await #expect(throws: PluginError.self) { try await scene.connector.run() }
    #expect(error?.code == .conflict)
    #expect(scene.clock.sleeps.count == 7)
    #expect(scene.log.text.contains("warning: getUpdates: 409"))
    #expect(scene.log.text.contains("error: getUpdates: 409"))
  }

  @Test func `a webhook set meanwhile is removed again`() async throws {
    let text =
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    let scene = try Scene([.ok("true"), .refused(409, text), .ok("true"), .ok("[\(update(3))]")])
    try await scene.connector.run()
    #expect(scene.http.methods == ["deleteWebhook", "getUpdates", "deleteWebhook", "getUpdates", "getUpdates"])
    #expect(scene.intake.events.count == 1)
  }

  @Test func `a wrong address ends receiving with a sentence`() async throws {
    let scene = try Scene([.refused(404, "Not Found")])
    let error = await #expect(throws: PluginError.self) { try await scene.connector.run() }
    #expect(error?.detail.contains("'api_base'") == true)
  }

  @Test func `a cancelled task stops without an error`() async throws {
    let scene = try Scene(Array(repeating: .refused(500, "Internal Server Error: restart"), count: 50))
    let connector = scene.connector
    let task = Task { try await connector.run() }
    task.cancel()
    try await task.value
    #expect(scene.intake.events.isEmpty)
  }
}
