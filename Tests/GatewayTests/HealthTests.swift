//! Health, request ids, and a stop that lets requests in hand end.
import Gateway
import Logging
import ServiceLifecycle
import SwitchboardSDK
import Testing

@Suite(.timeLimit(.minutes(1))) struct HealthTests {
  @Test(arguments: [(HealthReport.Status.ok, 200), (.degraded, 200), (.unavailable, 503)])
  func `health says by its status whether work is taken, and by its body why`(
    state: HealthReport.Status, status: Int
  ) async throws {
    let answer = try #require(
      try await GatewayFixture(health: state).send("GET /health?verbose HTTP/1.1\r\nHost: a\r\n\r\n"))
    #expect(answer.status == status)
    let body = try JSON.parse(answer.body)
    #expect(body["status"] == .text(state.rawValue))
    #expect(body["version"] == "1.2.3")
    #expect(body["uptime_seconds"] == 61)
    #expect(body["storage"]["kind"] == "sqlite")
    #expect(body["connections"][0]["name"] == "desk")
    #expect(body["counts"]["open_runs"] == 0)
    #expect(body["flows"][0]["version"] == "abc")
  }

  @Test func `HEAD answers with the length and no body, and other methods with 405`() async throws {
    let statuses = try await GatewayFixture().serve { port in
      try await offPool {
        let client = try RawClient(port: port)
        client.send("HEAD /health HTTP/1.1\r\nHost: a\r\n\r\nPOST /health HTTP/1.1\r\nHost: a\r\n\r\n")
        let head = client.answer(toHead: true)
        return [head?.status, client.answer()?.status, head?.headers["content-length"] == "0" ? 0 : 1]
      }
    }
    #expect(statuses == [200, 405, 1])
  }

  @Test func `ids of the caller come back, unsafe ones are replaced`() async throws {
    let answer = try #require(
      try await GatewayFixture().send(
        "GET /health HTTP/1.1\r\nHost: a\r\nX-Request-Id: req-1\r\nX-Trace-Id: a b\r\nX-Parent-Span-Id: p\r\n\r\n"))
    #expect(answer.headers["x-request-id"] == "req-1")
    #expect(answer.headers["x-trace-id"] == "req-1")
    #expect(answer.headers["x-correlation-id"] == "req-1")
    #expect(answer.headers["x-parent-span-id"] == "p")
    #expect(answer.headers["x-span-id"]?.count == 16)
  }

  @Test(arguments: ["", "a b", "a\"b", "id\u{1B}[31m", "<script>", "ё", String(repeating: "a", count: 129)])
  func `an id that a log or header could take for something else is not believed`(id: String) {
    let identity = RequestIdentity(headers: ["x-request-id": id], random: { 0xAB })
    #expect(identity.requestID == "00000000000000ab00000000000000ab")
  }

  @Test func `a stop lets the request in hand end and takes no further one`() async throws {
    let (begun, begin) = AsyncStream.makeStream(of: Void.self)
    let (released, release) = AsyncStream.makeStream(of: Void.self)
    let fixture = GatewayFixture { _ in
      begin.yield()
      for await _ in released { break }
      return WebhookAnswer(status: 200)
    }
    let (ports, bound) = AsyncStream.makeStream(of: Int.self)
    let server = fixture.server(limits: GatewayLimits()) { bound.yield($0) }
    let group = ServiceGroup(services: [server], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      var portIterator = ports.makeAsyncIterator()
      let port = await portIterator.next() ?? 0
      async let outcome = offPool {
        let client = try RawClient(port: port)
        client.send(post("/api/webhooks/avito/avito-main/\(GatewayFixture.secret)"))
        return (client.answer()?.status, client.isEnded())
      }
      for await _ in begun { break }
      await group.triggerGracefulShutdown()
      release.yield()
      let (status, isEnded) = try await outcome
      #expect(status == 200)
      #expect(isEnded)
      try await tasks.waitForAll()
    }
  }
}
