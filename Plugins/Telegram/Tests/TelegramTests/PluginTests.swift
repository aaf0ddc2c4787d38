//! What the plugin says about itself, and what it refuses to start with.
internal import SwitchboardSDK
internal import Telegram
internal import Testing

@Suite struct PluginTests {
  @Test func `the manifest keeps the token and the proxy's password secret`() {
    let manifest = TelegramPlugin().manifest
    #expect(manifest.name == "telegram")
    #expect(manifest.settings.filter { $0.kind == .secret }.map(\.name) == ["token", "proxy"])
    #expect(manifest.settings.filter(\.isRequired).map(\.name) == ["token"])
    #expect(manifest.capabilities.hasThreads)
    // `send`, `open_thread` and `pin` are the engine's own words: the host refuses a manifest that declares them.
    #expect(manifest.actions.map(\.name) == ["answer_callback", "edit"])
  }

  @Test(arguments: ["", "secret", "0:secret", ":secret", "12:se/cret", "12:se cret", "12:\u{441}", "-5:secret"])
  func `a token that is none is refused without being repeated`(token: String) {
    let error = #expect(throws: PluginError.self) { try Scene(settings: ["token": .text(token)]) }
    #expect(error?.code == .settings)
    #expect(error?.detail.contains("secret") == false)
  }

  @Test(arguments: [("receive", "carrier pigeon"), ("api_base", "ftp://x")] as [(String, Value)])
  func `settings that make no sense are refused`(name: String, value: Value) {
    let error = #expect(throws: PluginError.self) { try Scene(settings: [name: value]) }
    #expect(error?.detail.contains("'\(name)'") == true)
  }

  @Test(.enabled(if: Reference.folder != nil, "shared reference data is absent"))
  func `every method and parameter that we use is in the Bot API's schema`() async throws {
    let schema = try Reference.json("aiogram-3.31.0-jsonschema.json")
    for request in try await everyRequest() {
      let record = RequestRecord(request)
      if record.path.hasPrefix("/file/") { continue }
      let name = schema["x-methods"][record.method]["$ref"].textValue?.split(separator: "/").last.map(String.init)
      let method = schema["$defs"][try #require(name, "\(record.method) is no method")]
      let known = Set((method["properties"].mapValue ?? [:]).keys)
      let given = Set((record.parameters.mapValue ?? [:]).keys)
      #expect(given.isSubset(of: known), "\(record.method)")
      let required = Set(method["required"].listValue?.compactMap(\.textValue) ?? [])
      #expect(required.isSubset(of: given), "\(record.method)")
    }
  }

  private func everyRequest() async throws -> [HTTPRequest] {
    let polling = try Scene([.ok("true"), .ok("[]")])
    try await polling.connector.run()
    let webhook = try Scene(
      [.ok("true")], settings: ["receive": "webhook"], webhookURL: "https://x/", webhookHeaderSecret: "s")
    try await webhook.connector.run()
    let topic = "{\"message_thread_id\":7,\"name\":\"n\",\"icon_color\":7322096}"
    let acting = try Scene([
      .sent(1), .refused(400, "Bad Request: TOPIC_CLOSED"), .ok("true"), .sent(2), .ok(topic), .ok("true"), .ok("true"),
      .ok("true"),
    ])
    _ = try await acting.send("hi", buttons: [[Button(text: "a", data: "b")]])
    _ = try await acting.send("hi", thread: "7")
    let arguments: Value = ["title": "t", "message_id": 5, "text": "x", "id": "9", "alert": true]
    for name in ["open_thread", "pin", "answer_callback", "edit"] {
      _ = try await acting.connector.perform(Action(name: name, idempotencyKey: "k", chat: "-5", arguments: arguments))
    }
    var requests = polling.http.requests + webhook.http.requests + acting.http.requests
    let files: [(Attachment.Kind, String)] = [
      (.image, "GIF89a"), (.voice, "OggS"), (.audio, "ID3"), (.video, "....ftypmp42"), (.document, "text"),
    ]
    for (kind, bytes) in files {
      let file = FetchedFile(bytes: Array(bytes.utf8), fileName: "f", mimeType: "application/octet-stream")
      let scene = try Scene([.sent(3)], file: .success(file))
      _ = try await scene.send("caption", thread: "7", attachment: Attachment(kind: kind, label: "l"))
      requests += scene.http.requests
    }
    return requests
  }
}
