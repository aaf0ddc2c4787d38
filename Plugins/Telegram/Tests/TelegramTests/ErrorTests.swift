//! The table of channels.md §1.4: what each refusal means to the engine.
internal import SwitchboardSDK
internal import Testing

@Suite struct ErrorTests {
  @Test(.enabled(if: Reference.folder != nil, "shared reference data is absent"))
  func `every sample answer to a message has its code`() async throws {
    let samples = try Reference.json("sample-responses.json").mapValue ?? [:]
    var codes: [String: String] = [:]
    for (name, sample) in samples where !name.hasPrefix("ok_") {
      let headers = (sample["headers"].mapValue ?? [:]).map { HTTPHeader($0.key, $0.value.textValue ?? "") }
      let status = Int(sample["http"].intValue ?? 0)
      let scene = try Scene([.answer(status: status, body: JSON.text(sample["body"]), headers: headers)])
      do throws(ActionError) {
        _ = try await scene.send("hi")
      } catch {
        codes[name] = error.code.rawValue
        if error.code == .rateLimited { #expect(error.retryAfterMilliseconds == 17_000) }
        if error.code == .migrated { #expect(error.newChat == "-1001234567890") }
      }
    }
    let gone = [
      "blocked", "deactivated", "kicked_supergroup", "kicked_group", "not_member", "cant_initiate", "chat_not_found",
    ]
    var expected = Dictionary(uniqueKeysWithValues: gone.map { ($0, "recipientGone") })
    for name in ["thread_not_found", "topic_deleted", "topic_id_invalid"] { expected[name] = "threadGone" }
    for name in ["unauthorized", "bad_token"] { expected[name] = "unauthorized" }
    for name in ["conflict_polling", "conflict_webhook", "conflict_setwebhook"] { expected[name] = "transient" }
    for name in ["file_too_big", "wrong_file_id"] { expected[name] = "unsupported" }
    expected["retry_after"] = "rateLimited"
    expected["migrate"] = "migrated"
    expected["restart"] = "unknown"
    for name in samples.keys where !name.hasPrefix("ok_") && expected[name] == nil { expected[name] = "invalid" }
    #expect(codes == expected)
  }

  @Test(arguments: [
    "Bad Request: Topic_deleted", "bad request: MESSAGE THREAD NOT FOUND", "Bad Request: TOPIC_ID_INVALID",
  ])
  func `a lost topic is known in any letter case`(description: String) async throws {
    let scene = try Scene([.refused(400, description)])
    let error = await #expect(throws: ActionError.self) { try await scene.send("hi", thread: "5") }
    #expect(error?.code == .threadGone)
  }

  @Test(arguments: [
    ("edit", "Bad Request: message is not modified: specified new message content and reply markup are the same"),
    ("edit", "Bad Request: message to edit not found"), ("pin", "Bad Request: message to pin not found"),
    ("answer_callback", "Bad Request: query is too old and response timeout expired or query ID is invalid"),
  ])
  func `what is so already counts as done`(name: String, description: String) async throws {
    let scene = try Scene([.refused(400, description)])
    let result = try await scene.connector.perform(
      Action(name: name, idempotencyKey: "k", chat: "-5", arguments: ["message_id": 5, "text": "x", "id": "7"]))
    #expect(result.value["note"].textValue == description)
  }

  private static let lost: [(ScriptedHTTP.Step, ActionError.Code, ActionError.Code)] = [
    (.failure(HTTPError(.connect, mayHaveBeenSent: false, "refused")), .transient, .transient),
    (.failure(HTTPError(.timeout, mayHaveBeenSent: true, "time-out")), .unknown, .transient),
    (.answer(status: 200, body: "<html>", headers: []), .unknown, .transient),
    (.answer(status: 200, body: "{\"ok\":tr", headers: []), .unknown, .transient),
    (.bytes([0xFF, 0x00], headers: []), .unknown, .transient),
    (.answer(status: 502, body: "<html>Bad Gateway</html>", headers: []), .unknown, .transient),
    (.refused(500, "Internal Server Error: restart"), .unknown, .transient),
    (.answer(status: 403, body: "<html>proxy says no</html>", headers: []), .transient, .transient),
    (.answer(status: 413, body: "<html>", headers: []), .unsupported, .unsupported),
    (.answer(status: 200, body: "{\"ok\":false}", headers: []), .invalid, .invalid),
  ]

  /// A second message would be seen, a second pin would not.
  @Test(arguments: lost.indices)
  func `a lost outcome is unknown for a message and a plain retry for a pin`(index: Int) async throws {
    let (step, sendCode, pinCode) = Self.lost[index]
    let sending = try Scene([step])
    let sendError = await #expect(throws: ActionError.self) { try await sending.send("hi") }
    #expect(sendError?.code == sendCode)
    let pinning = try Scene([step])
    let pinError = await #expect(throws: ActionError.self) {
      try await pinning.connector.perform(
        Action(name: "pin", idempotencyKey: "k", chat: "-5", arguments: ["message_id": 5]))
    }
    #expect(pinError?.code == pinCode)
  }

  @Test func `429 without a number waits a moment, with a mad one not for ever`() async throws {
    let waits: [(parameters: String, milliseconds: Int64)] = [
      ("", 5_000), ("{\"retry_after\":9223372036854775807}", 86_400_000), ("{\"retry_after\":-3}", 1_000),
    ]
    for (parameters, milliseconds) in waits {
      let scene = try Scene([.refused(429, "Too Many Requests", parameters: parameters)])
      let error = await #expect(throws: ActionError.self) { try await scene.send("hi") }
      #expect(error?.retryAfterMilliseconds == milliseconds)
    }
  }

  @Test func `the token is in no detail, whatever the other side echoes`() async throws {
    let steps: [ScriptedHTTP.Step] = [
      .refused(400, "Bad Request: /bot\(Scene.token)/sendMessage"), .refused(404, "Not Found \(Scene.token)"),
      .failure(HTTPError(.other, mayHaveBeenSent: false, "cannot reach /bot\(Scene.token)/")),
    ]
    for step in steps {
      let scene = try Scene([step])
      let error = await #expect(throws: ActionError.self) { try await scene.send("hi") }
      #expect(error?.detail.contains("secret") == false)
    }
  }
}
