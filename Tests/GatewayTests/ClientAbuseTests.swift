//! Oversized, slow, broken and greedy clients (reliability.md §7, rows W4, H1 to H4).
import Gateway
import SwitchboardSDK
import Testing

@Suite(.timeLimit(.minutes(1))) struct ClientAbuseTests {
  private static let path = "/api/webhooks/avito/avito-main/\(GatewayFixture.secret)"
  private static let start = "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"

  @Test(arguments: [(256 * 1024, 200), (256 * 1024 + 1, 413), (3 << 20, 413)])
  func `a body of the limit passes, one byte more is answered 413 and the connection ends`(
    bytes: Int, status: Int
  ) async throws {
    let fixture = GatewayFixture()
    let (first, isEnded) = try await fixture.serve { port in
      try await offPool {
        let client = try RawClient(port: port)
        client.send(post(Self.path, body: String(repeating: " ", count: bytes)))
        let first = client.answer()
        return (first, status == 413 ? client.isEnded() : false)
      }
    }
    #expect(first?.status == status)
    #expect(isEnded == (status == 413))
    #expect(fixture.received.count == (status == 200 ? 1 : 0))
  }

  @Test func `an endless chunked body is answered 413 and cut off`() async throws {
    let fixture = GatewayFixture()
    let (status, sentBytes) = try await fixture.serve { port in
      try await offPool {
        let client = try RawClient(port: port)
        client.send(Self.start + "Transfer-Encoding: chunked\r\n\r\n")
        let chunk = "4000\r\n" + String(repeating: "x", count: 0x4000) + "\r\n"
        var sent = 0
        while sent < 64 << 20, client.send(chunk) { sent += 0x4000 }
        return (client.answer()?.status, sent)
      }
    }
    // The answer may be lost to the reset that ends a client which never stops sending.
    #expect(status == 413 || status == nil)
    #expect(sentBytes < 32 << 20)
    #expect(fixture.received.isEmpty)
  }

  @Test func `a chunked body just over the limit sees its 413`() async throws {
    let fixture = GatewayFixture()
    let status = try await fixture.serve { port in
      try await offPool {
        let client = try RawClient(port: port)
        let chunk = "40001\r\n" + String(repeating: "x", count: 0x40001) + "\r\n0\r\n\r\n"
        client.send(Self.start + "Transfer-Encoding: chunked\r\n\r\n" + chunk)
        return client.answer()?.status
      }
    }
    #expect(status == 413)
  }

  @Test func `a request without a length has an empty body`() async throws {
    let fixture = GatewayFixture { WebhookAnswer(status: $0.body.isEmpty ? 400 : 200) }
    let answer = try await fixture.send(Self.start + "\r\n")
    #expect(answer?.status == 400)
    #expect(fixture.received.count == 1)
  }

  @Test(arguments: [
    "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "Content-Length: +2\r\n\r\n{}",
    "Content-Length: 0x2\r\n\r\n{}",
    "Content-Length: 5,5\r\n\r\n{}   ",
    "Content-Length: -1\r\n\r\n{}",
    "Content-Length: 99999999999999999999\r\n\r\n{}",
    "X Space: 1\r\nContent-Length: 2\r\n\r\n{}",
    "X-Space : 1\r\nContent-Length: 2\r\n\r\n{}",
    "X-Nul: a\u{0}b\r\nContent-Length: 2\r\n\r\n{}",
    "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
  ])
  func `a request that two readers could cut differently ends the connection unanswered behind it`(
    rest: String
  ) async throws {
    let fixture = GatewayFixture()
    let (statuses, isEnded) = try await fixture.serve { port in
      try await offPool {
        let client = try RawClient(port: port)
        client.send(Self.start + rest + "GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        var statuses: [Int] = []
        while let answer = client.answer() { statuses.append(answer.status) }
        return (statuses, client.isEnded())
      }
    }
    #expect(statuses.allSatisfy { $0 == 400 || $0 == 413 } && statuses.count <= 1)
    #expect(isEnded)
    #expect(fixture.received.isEmpty)
  }

  @Test(arguments: [
    (String(repeating: "X-A: b\r\n", count: 120), 431),
    ("X-A: " + String(repeating: "b", count: 80 * 1024) + "\r\n", 431),
    (String(repeating: "Cookie: a=" + String(repeating: "b", count: 900) + "\r\n", count: 60), 431),
  ])
  func `too many or too long headers are answered 431`(headers: String, status: Int) async throws {
    let answer = try await GatewayFixture().send("GET /health HTTP/1.1\r\nHost: a\r\n\(headers)\r\n")
    #expect(answer?.status == status)
  }

  @Test func `a path over the limit is answered 414`() async throws {
    let path = "/health?" + String(repeating: "a", count: 9_000)
    #expect(try await GatewayFixture().send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")?.status == 414)
  }

  @Test func `a thousand pipelined requests are answered in their order`() async throws {
    let fixture = GatewayFixture { WebhookAnswer(status: 200, body: $0.body) }
    let bodies = try await fixture.serve { port in
      try await offPool {
        let client = try RawClient(port: port)
        client.send((0..<1_000).map { post(Self.path, body: "\($0)") }.joined())
        return (0..<1_000).map { _ in client.answer()?.body ?? "" }
      }
    }
    #expect(bodies == (0..<1_000).map(String.init))
  }

  @Test func `a body that never comes, an idle connection and a head that never ends are cut off`() async throws {
    var limits = GatewayLimits()
    limits.readMilliseconds = 150
    limits.idleMilliseconds = 150
    let ends = try await GatewayFixture().serve(limits: limits) { port in
      try await offPool {
        try [Self.start + "Content-Length: 10\r\n\r\n{", "", "POST \(Self.path) HTTP/1.1\r\nX-Slow: "].map { bytes in
          let client = try RawClient(port: port)
          client.send(bytes)
          var statuses: [Int] = []
          while let answer = client.answer() { statuses.append(answer.status) }
          return client.isEnded() && !statuses.contains(200)
        }
      }
    }
    #expect(ends == [true, true, true])
  }

  @Test func `a client that leaves in the middle of its body hurts nobody`() async throws {
    let fixture = GatewayFixture()
    let status = try await fixture.serve { port in
      try await offPool {
        for _ in 0..<20 {
          let client = try RawClient(port: port)
          client.send(Self.start + "Content-Length: 10\r\n\r\n{")
        }
        let honest = try RawClient(port: port)
        honest.send(post(Self.path))
        return honest.answer()?.status
      }
    }
    #expect(status == 200)
    #expect(fixture.received.count == 1)
  }
}
