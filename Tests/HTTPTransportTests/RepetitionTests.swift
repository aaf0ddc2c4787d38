//! Nothing is sent twice: libcurl's own repetition on a reused connection that died.
import HTTPTransport
import SwitchboardSDK
import Testing

@Suite struct RepetitionTests {
  /// Answers the first request of each connection and closes on the second without a byte: what a server does whose
  /// keep-alive time-out and our request cross on the way.
  private func forgetfulServer() throws -> RawServer {
    try RawServer { connection in
      guard connection.request() != nil else { return }
      connection.answer("ok")
      _ = connection.request()
    }
  }

  @Test func `a POST that met a closing connection is not repeated and counts as perhaps sent`() async throws {
    let server = try forgetfulServer()
    let transport = try CurlTransport()
    let request = HTTPRequest(method: "POST", url: server.url + "/", body: [1])
    _ = try await transport.send(request)
    let error = await #expect(throws: HTTPError.self) { try await transport.send(request) }
    #expect(error?.code == .interrupted)
    #expect(error?.mayHaveBeenSent == true)
    #expect(server.counts.requests == 2)
    await transport.shutdown()
  }

  @Test func `a GET that met a closing connection is asked again`() async throws {
    let server = try forgetfulServer()
    let transport = try CurlTransport()
    let request = HTTPRequest(url: server.url + "/")
    for _ in 0..<2 { #expect(try await transport.send(request).status == 200) }
    #expect(server.counts.requests == 3)
    await transport.shutdown()
  }

  @Test func `a connection known to be closed is not used, and the POST goes out once`() async throws {
    let (closed, signal) = AsyncStream<Void>.makeStream()
    let server = try RawServer { connection in
      guard connection.request() != nil else { return }
      connection.answer("ok")
      connection.endOutput()
      signal.yield()
      connection.waitForEnd()
    }
    let transport = try CurlTransport()
    let request = HTTPRequest(method: "POST", url: server.url + "/", body: [1])
    var closings = closed.makeAsyncIterator()
    for _ in 0..<5 {
      #expect(try await transport.send(request).status == 200)
      await closings.next()
    }
    #expect(server.counts == RawServer.Counts(connections: 5, requests: 5))
    await transport.shutdown()
  }
}
