//! Who is let in at the webhook door, and in which form (reliability.md §7, rows W1 to W3, G1, G4).
import Gateway
import SwitchboardSDK
import Testing

@Suite(.timeLimit(.minutes(1))) struct WebhookTests {
  private let main = "/api/webhooks/avito/avito-main/\(GatewayFixture.secret)"

  @Test func `the right secret brings body and headers to the connector, and the secret stays behind`() async throws {
    let fixture = GatewayFixture()
    let answer = try await fixture.send(
      post(main, body: #"{"id":1}"#, headers: "Content-Type: application/json\r\nX-Two: a\r\nX-Two: b\r\n"))
    #expect(answer?.status == 200)
    #expect(answer?.body == "{}")
    let call = try #require(fixture.received.first)
    #expect(call.address == WebhookAddress(family: .avito, connection: "avito-main"))
    #expect(call.request.body == Array(#"{"id":1}"#.utf8))
    #expect(call.request.headers["x-two"] == "a, b")
    #expect(call.request.headers["host"] == "bots.example.com")
  }

  @Test func `a plugin that nobody here wrote has an address too`() async throws {
    let fixture = GatewayFixture()
    let path = "/api/webhooks/echo/third/\(GatewayFixture.secret)"
    #expect(try await fixture.send(post(path, headers: "Content-Type: application/json\r\n"))?.status == 200)
    #expect(fixture.received.map(\.address.connection) == ["third"])
  }

  @Test(arguments: [
    "/api/webhooks/ECHO/third/\(GatewayFixture.secret)",
    "/api/webhooks/echo%2F/third/\(GatewayFixture.secret)",
    "/api/webhooks/\(String(repeating: "a", count: 65))/third/\(GatewayFixture.secret)",
    "/api/webhooks/avito/avito-main/\(GatewayFixture.secret)x",
    "/api/webhooks/avito/avito-main/\(GatewayFixture.secret.dropLast())",
    "/api/webhooks/avito/avito-main/\(GatewayFixture.secret.dropLast())B",
    "/api/webhooks/avito/avito-main/\(String(repeating: "a", count: 6_000))",
    "/api/webhooks/avito/avito-main/",
    "/api/webhooks/avito/avito-main",
    "/api/webhooks/avito/avito-main/\(GatewayFixture.secret)/",
    "/api/webhooks/avito/avito-main/\(GatewayFixture.secret)/more",
    "/api/webhooks/avito/nobody/\(GatewayFixture.secret)",
    "/api/webhooks/telegram/desk/\(GatewayFixture.secret)",
    "/api/webhooks/source-telegram/desk/\(GatewayFixture.otherSecret)",
    "/api/webhooks/telegram/forgotten/",
    "/api/webhooks/telegram/forgotten/%00",
    "/api/webhooks/telegram",
    "/api/webhooks/telegram/desk",
    "/api/webhooks/avito/avito-main%0d%0aX-Injected:%201/secret",
    "/api/webhooks/avito/avito-main/%zz",
    "/api/webhooks/avito/%ff/secret",
    "/api/webhooks/avito/../avito/avito-main/\(GatewayFixture.secret)",
    "//api/webhooks/avito/avito-main/\(GatewayFixture.secret)",
    "/API/webhooks/avito/avito-main/\(GatewayFixture.secret)",
    "/",
  ])
  func `a wrong secret, name or path is answered 404 and tells nothing`(path: String) async throws {
    let fixture = GatewayFixture()
    let answer = try #require(try await fixture.send(post(path)))
    #expect(answer.status == 404)
    #expect(answer.headers["content-type"] == "application/problem+json")
    let problem = try JSON.parse(answer.body)
    #expect(problem["code"] == "not_found")
    #expect(problem["request_id"].textValue == answer.headers["x-request-id"])
    #expect(fixture.received.isEmpty)
    for secret in [GatewayFixture.secret, GatewayFixture.otherSecret] {
      #expect(!answer.body.contains(secret))
      #expect(!fixture.logged.contains { $0.contains(secret.dropLast()) })
    }
  }

  @Test func `a wrong secret leaves one warning with the connection and the request id`() async throws {
    let fixture = GatewayFixture()
    _ = try await fixture.send(
      post("/api/webhooks/avito/avito-main/wrong", headers: "Content-Type: application/json\r\nX-Request-Id: r-7\r\n"))
    let warnings = fixture.logged.filter { $0.hasPrefix("warning") }
    #expect(warnings.count == 1)
    let line = try #require(warnings.first)
    #expect(line.hasPrefix("warning webhook refused: wrongSecret"))
    #expect(line.contains("avito-main") && line.contains("r-7") && !line.contains("wrong\""))
  }

  @Test(arguments: ["/api/webhooks/avito", "/api/webhooks/avito/%D0%BE%D1%82%D0%BA%D1%80%D1%8B%D1%82%D1%8B%D0%B9"])
  func `an Avito connection without a secret takes the bare address and its encoded name`(path: String) async throws {
    let fixture = GatewayFixture()
    let answer = try await fixture.send(post(path, headers: "Content-Type: application/x-www-form-urlencoded\r\n"))
    #expect(answer?.status == 200)
    #expect(fixture.received.map(\.address.connection) == ["открытый"])
  }

  @Test(arguments: ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD", "BREW"])
  func `another method than POST is answered 405, whatever the secret`(method: String) async throws {
    let fixture = GatewayFixture()
    let answer = try await fixture.serve { port in
      try await offPool { [main] in
        let client = try RawClient(port: port)
        client.send("\(method) \(main) HTTP/1.1\r\nHost: a\r\n\r\n")
        return client.answer(toHead: method == "HEAD")
      }
    }
    // A method that HTTP does not know does not pass the decoder.
    #expect(answer?.status == (method == "BREW" ? 400 : 405))
    if method != "BREW" { #expect(answer?.headers["allow"] == "POST") }
    #expect(fixture.received.isEmpty)
  }

  @Test(arguments: [
    ("telegram/desk/\(GatewayFixture.otherSecret)", "", 415),
    ("telegram/desk/\(GatewayFixture.otherSecret)", "Content-Type: application/json\r\n", 200),
    ("telegram/desk/\(GatewayFixture.otherSecret)", "Content-Type: application/json; charset=UTF-8\r\n", 200),
    ("telegram/desk/\(GatewayFixture.otherSecret)", "Content-Type: application/json; charset=utf-16\r\n", 415),
    ("telegram/desk/\(GatewayFixture.otherSecret)", "Content-Type: text/plain\r\n", 415),
    ("telegram/desk/\(GatewayFixture.otherSecret)", "Content-Type: application/x-www-form-urlencoded\r\n", 415),
    (
      "telegram/desk/\(GatewayFixture.otherSecret)", "Content-Encoding: gzip\r\nContent-Type: application/json\r\n", 415
    ),
    ("avito/avito-main/\(GatewayFixture.secret)", "", 200),
    ("avito/avito-main/\(GatewayFixture.secret)", "Content-Type: application/x-www-form-urlencoded\r\n", 200),
    ("avito/avito-main/\(GatewayFixture.secret)", "Content-Type: multipart/form-data\r\n", 415),
  ])
  func `only uncompressed JSON is taken, from Avito's own check a form as well`(
    path: String, headers: String, status: Int
  ) async throws {
    let answer = try await GatewayFixture().send(post("/api/webhooks/\(path)", headers: headers))
    #expect(answer?.status == status)
  }

  @Test(arguments: [(400, 400, "bad_webhook"), (503, 503, "unavailable"), (0, 500, "webhook_refused")])
  func `what the connector refuses becomes a problem with a code`(given: Int, status: Int, code: String) async throws {
    let fixture = GatewayFixture { _ in WebhookAnswer(status: given, detail: "line one\nline two") }
    let answer = try #require(try await fixture.send(post(main)))
    #expect(answer.status == status)
    #expect(try JSON.parse(answer.body)["code"] == .text(code))
    #expect(answer.headers["retry-after"] == (status == 503 ? "2" : nil))
    #expect(!answer.body.contains("line one"))
  }
}
