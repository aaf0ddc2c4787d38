//! Every way to fail, and what may be said about the request afterwards.
import HTTPTransport
import SwitchboardSDK
import Testing

@Suite struct FailureTests {
  private func failure(_ transport: CurlTransport, _ request: HTTPRequest) async -> HTTPError? {
    do throws(HTTPError) {
      _ = try await transport.send(request)
      return nil
    } catch {
      #expect(!error.detail.contains("TOKEN") && !error.detail.contains("127.0.0.1"))
      return error
    }
  }

  private func expect(
    _ code: HTTPError.Code, sent: Bool, _ request: HTTPRequest, on transport: CurlTransport,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    let error = await failure(transport, request)
    #expect(error?.code == code, "\(String(describing: error))", sourceLocation: sourceLocation)
    #expect(error?.mayHaveBeenSent == sent, sourceLocation: sourceLocation)
  }

  @Test(arguments: [
    HTTPRequest(url: ""), HTTPRequest(url: "ftp://127.0.0.1/TOKEN"), HTTPRequest(url: "file:///etc/hostname"),
    HTTPRequest(url: "127.0.0.1/TOKEN"), HTTPRequest(url: "http:///TOKEN"), HTTPRequest(url: "http://a/b\r\nX: y"),
    HTTPRequest(url: "http://a/b c"), HTTPRequest(url: "http://a:99999/"), HTTPRequest(url: "http://a\0b/"),
    HTTPRequest(method: "GE T", url: "http://a/"), HTTPRequest(method: "", url: "http://a/"),
    HTTPRequest(method: "GET /x HTTP/1.1\r\n", url: "http://a/"),
    HTTPRequest(url: "http://a/", headers: [HTTPHeader("X", "1\r\nY: 2")]),
    HTTPRequest(url: "http://a/", headers: [HTTPHeader("X", "1\nY: 2")]),
    HTTPRequest(url: "http://a/", headers: [HTTPHeader("X", "1\0")]),
    HTTPRequest(url: "http://a/", headers: [HTTPHeader("X: 1\r\nY", "2")]),
    HTTPRequest(url: "http://a/", headers: [HTTPHeader("", "2")]),
    HTTPRequest(url: "http://a/", headers: [HTTPHeader("Content-Length", "2")]),
    HTTPRequest(url: "http://a/", proxy: "gopher://p"), HTTPRequest(url: "http://a/", proxy: "http://p\r\n"),
  ])
  func `a request that could mean something else is refused before it is sent`(request: HTTPRequest) async throws {
    let transport = try CurlTransport()
    await expect(.badURL, sent: false, request, on: transport)
    await transport.shutdown()
  }

  @Test func `a name that does not resolve and a port that refuses are surely not sent`() async throws {
    let transport = try CurlTransport()
    await expect(.resolve, sent: false, HTTPRequest(url: "http://no-such-host.invalid/TOKEN"), on: transport)
    let closed = try RawServer { _ in }
    closed.stop()
    await expect(.connect, sent: false, HTTPRequest(url: closed.url + "/TOKEN"), on: transport)
    await expect(
      .connect, sent: false, HTTPRequest(url: "http://a.invalid/", proxy: "socks5h://127.0.0.1:\(closed.port)"),
      on: transport)
    await transport.shutdown()
  }

  @Test func `a server that speaks no TLS has surely not seen the request`() async throws {
    let server = try RawServer { connection in
      guard connection.read() != nil else { return }
      connection.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    }
    let transport = try CurlTransport()
    await expect(.tls, sent: false, HTTPRequest(url: "https://127.0.0.1:\(server.port)/TOKEN"), on: transport)
    await transport.shutdown()
  }

  @Test func `a proxy that refuses the tunnel has surely not passed the request on`() async throws {
    let proxy = try RawServer { connection in
      guard connection.request() != nil else { return }
      connection.answer("", status: 403)
    }
    let transport = try CurlTransport()
    await expect(
      .connect, sent: false,
      HTTPRequest(method: "POST", url: "https://a.invalid/TOKEN", body: [1], proxy: proxy.url), on: transport)
    await transport.shutdown()
  }

  @Test func `a silent server times out after the request was sent`() async throws {
    let server = try RawServer { connection in connection.waitForEnd() }
    let transport = try CurlTransport()
    let request = HTTPRequest(method: "POST", url: server.url + "/TOKEN", body: [1], timeoutMilliseconds: 60)
    await expect(.timeout, sent: true, request, on: transport)
    await transport.shutdown()
  }

  @Test func `a TLS handshake that never ends times out before the request was sent`() async throws {
    let server = try RawServer { connection in connection.waitForEnd() }
    let transport = try CurlTransport()
    let url = "https://127.0.0.1:\(server.port)/TOKEN"
    await expect(
      .timeout, sent: false, HTTPRequest(url: url, connectTimeoutMilliseconds: 60), on: transport)
    await transport.shutdown()
  }

  @Test func `a request that waits for a connection in vain times out unsent`() async throws {
    let server = try RawServer { connection in connection.waitForEnd() }
    let transport = try CurlTransport(limits: TransportLimits(connectionsPerHostMax: 1))
    let url = server.url + "/TOKEN"
    async let first = failure(transport, HTTPRequest(url: url, timeoutMilliseconds: 400))
    async let second = failure(transport, HTTPRequest(url: url, timeoutMilliseconds: 80))
    let errors = await [first, second]
    #expect(errors.map { $0?.code } == [.timeout, .timeout])
    #expect(errors.map { $0?.mayHaveBeenSent }.filter { $0 == true }.count == 1)
    #expect(server.counts.connections == 1)
    await transport.shutdown()
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello world",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
  ])
  func `an answer cut at any byte is interrupted, never passed off as whole`(answer: String) async throws {
    let bytes = Array(answer.utf8)
    let server = try RawServer { connection in
      while let request = connection.request() {
        let count = Int(request.line.split(separator: " ")[1].dropFirst()) ?? 0
        connection.write(Array(bytes[..<count]))
        if count < bytes.count { return }
      }
    }
    let transport = try CurlTransport()
    // The very last byte of the chunked answer ends nothing but an empty line: libcurl has the whole body without it.
    let isChunked = answer.contains("chunked")
    for count in bytes.indices.dropLast(isChunked ? 1 : 0) {
      let request = HTTPRequest(method: "POST", url: "\(server.url)/\(count)", body: [1])
      let error = await failure(transport, request)
      #expect(error?.code == .interrupted, "cut after \(count) bytes: \(String(describing: error))")
      #expect(error?.mayHaveBeenSent == true)
    }
    let whole = try await transport.send(HTTPRequest(url: "\(server.url)/\(bytes.count)"))
    #expect(whole.body == Array("hello world".utf8))
    #expect(server.counts.requests == bytes.count + (isChunked ? 0 : 1))
    await transport.shutdown()
  }

  @Test(arguments: ["zz\r\nhello\r\n", "5\r\nhelloXX", "-1\r\n", "FFFFFFFFFFFFFFFFFF\r\n"])
  func `bad chunks are interrupted`(chunk: String) async throws {
    let server = try RawServer { connection in
      guard connection.request() != nil else { return }
      connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)")
    }
    let transport = try CurlTransport()
    await expect(.interrupted, sent: true, HTTPRequest(url: server.url + "/TOKEN"), on: transport)
    await transport.shutdown()
  }

  @Test(arguments: ["", "hello\r\n\r\n", "\0\0\0", "SSH-2.0-x\r\n"])
  func `an answer that is no HTTP is interrupted`(answer: String) async throws {
    let server = try RawServer { connection in
      guard connection.request() != nil else { return }
      connection.write(answer)
    }
    let transport = try CurlTransport()
    let error = await failure(transport, HTTPRequest(method: "POST", url: server.url + "/TOKEN"))
    #expect(error?.mayHaveBeenSent == true)
    #expect(error?.code == .interrupted || error?.code == .badURL, "\(String(describing: error))")
    await transport.shutdown()
  }

  @Test(arguments: [
    "Content-Length: 2000\r\n\r\n", "Connection: close\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n7D0\r\n",
  ])
  func `an answer over the limit is cut off`(head: String) async throws {
    let server = try RawServer { connection in
      guard connection.request() != nil else { return }
      connection.write("HTTP/1.1 200 OK\r\n\(head)" + String(repeating: "x", count: 2_000))
    }
    let transport = try CurlTransport()
    await expect(
      .tooLarge, sent: true, HTTPRequest(url: server.url + "/TOKEN", responseBytesMax: 1_999), on: transport)
    await transport.shutdown()
  }

  @Test func `endless headers are cut off`() async throws {
    let server = try RawServer { connection in
      guard connection.request() != nil else { return }
      connection.write("HTTP/1.1 200 OK\r\n" + String(repeating: "X-Header: value\r\n", count: 10_000))
      connection.waitForEnd()
    }
    let transport = try CurlTransport()
    await expect(.tooLarge, sent: true, HTTPRequest(url: server.url + "/TOKEN"), on: transport)
    await transport.shutdown()
  }
}
