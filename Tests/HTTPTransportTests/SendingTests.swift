//! What goes over the wire when nothing is wrong.
import HTTPTransport
import SwitchboardSDK
import Testing

@Suite struct SendingTests {
  @Test func `a request arrives as it was made and the answer comes back whole`() async throws {
    let server = try RawServer { connection in
      while let request = connection.request() {
        let echo = request.head + "\n\n" + String(decoding: request.body, as: UTF8.self)
        connection.answer(echo, status: 418, headers: "X-Thing: a b \r\nX-Empty:\r\n")
      }
    }
    let transport = try CurlTransport()
    let response = try await transport.send(
      HTTPRequest(
        method: "POST", url: server.url + "/a/../b%2F?x=1",
        headers: [HTTPHeader("X-Mine", "да"), HTTPHeader("X-None", "")], body: Array("{\0}".utf8)))
    let text = String(decoding: response.body, as: UTF8.self)
    #expect(response.status == 418)
    #expect(response.header("x-thing") == "a b")
    #expect(response.header("x-empty") == "")
    #expect(text.hasPrefix("POST /a/../b%2F?x=1 HTTP/1.1"))
    #expect(text.contains("X-Mine: да"))
    #expect(text.contains("X-None:"))
    #expect(text.hasSuffix("\n\n{\0}"))
    #expect(!text.contains("Content-Type"))
    await transport.shutdown()
  }

  @Test(arguments: ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"])
  func `every method goes out under its name`(method: String) async throws {
    let server = try RawServer { connection in
      while let request = connection.request() {
        let isHead = request.line.hasPrefix("HEAD")
        connection.write("HTTP/1.1 200 OK\r\nX-Line: \(request.line)\r\nContent-Length: 2\r\n\r\n\(isHead ? "" : "ok")")
      }
    }
    let transport = try CurlTransport()
    // Twice: a handle that has served one method must not colour the next.
    for _ in 0..<2 {
      let response = try await transport.send(HTTPRequest(method: method, url: server.url + "/m"))
      #expect(response.header("X-Line") == "\(method) /m HTTP/1.1")
      #expect(response.body.count == (method == "HEAD" ? 0 : 2))
      _ = try await transport.send(HTTPRequest(method: "POST", url: server.url + "/n", body: [1, 2, 3]))
    }
    await transport.shutdown()
  }

  @Test func `a large body is sent without waiting for a continue`() async throws {
    let server = try RawServer { connection in
      while let request = connection.request() {
        connection.answer("\(request.body.count) \(request.head.lowercased().contains("expect:"))")
      }
    }
    let transport = try CurlTransport()
    let body = [UInt8](repeating: 7, count: 3 << 20)
    let response = try await transport.send(HTTPRequest(method: "POST", url: server.url + "/", body: body))
    #expect(String(decoding: response.body, as: UTF8.self) == "\(3 << 20) false")
    await transport.shutdown()
  }

  @Test func `requests one after another share a connection`() async throws {
    let server = try RawServer { connection in while connection.request() != nil { connection.answer("ok") } }
    let transport = try CurlTransport()
    for _ in 0..<50 { _ = try await transport.send(HTTPRequest(url: server.url + "/")) }
    #expect(server.counts == RawServer.Counts(connections: 1, requests: 50))
    await transport.shutdown()
  }

  @Test func `a thousand requests at once are served over no more connections than allowed`() async throws {
    let server = try RawServer { connection in while connection.request() != nil { connection.answer("ok") } }
    let transport = try CurlTransport(limits: TransportLimits(connectionsPerHostMax: 16))
    let url = server.url + "/"
    let served = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<1_000 { group.addTask { try await transport.send(HTTPRequest(url: url)).status } }
      return try await group.reduce(0) { $0 + ($1 == 200 ? 1 : 0) }
    }
    #expect(served == 1_000)
    #expect(server.counts.requests == 1_000)
    #expect(server.counts.connections <= 16)
    await transport.shutdown()
  }

  @Test func `an answer that comes byte by byte is whole`() async throws {
    let server = try RawServer { connection in
      _ = connection.request()
      let answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n"
        + "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n"
      for byte in answer.utf8 { connection.write([byte]) }
      connection.waitForEnd()
    }
    let transport = try CurlTransport()
    let response = try await transport.send(HTTPRequest(url: server.url + "/"))
    #expect(response == HTTPResponse(
      status: 200, headers: [HTTPHeader("Transfer-Encoding", "chunked"), HTTPHeader("X-A", "1")],
      body: Array("hello world".utf8)))
    await transport.shutdown()
  }

  @Test func `a redirect is handed over, not followed`() async throws {
    let server = try RawServer { connection in
      while connection.request() != nil { connection.answer("", status: 302, headers: "Location: /other\r\n") }
    }
    let transport = try CurlTransport()
    let response = try await transport.send(HTTPRequest(url: server.url + "/"))
    #expect(response.status == 302)
    #expect(server.counts.requests == 1)
    await transport.shutdown()
  }

  @Test func `a proxy is asked for the whole address with its credentials`() async throws {
    let proxy = try RawServer { connection in
      while let request = connection.request() { connection.answer(request.head) }
    }
    let transport = try CurlTransport()
    let response = try await transport.send(
      HTTPRequest(url: "http://shop.invalid/x", proxy: "http://me:secret@127.0.0.1:\(proxy.port)"))
    let head = String(decoding: response.body, as: UTF8.self)
    #expect(head.hasPrefix("GET http://shop.invalid/x HTTP/1.1"))
    #expect(head.contains("Proxy-Authorization: Basic bWU6c2VjcmV0"))
    await transport.shutdown()
  }

  @Test func `a SOCKS5 proxy resolves the name and carries the request`() async throws {
    let proxy = try RawServer { connection in
      // RFC 1928 and 1929, just enough: greeting, user and password, CONNECT by name.
      guard connection.read() != nil else { return }
      connection.write([5, 2])
      let expected = [1, 2] + Array("me".utf8) + [6] + Array("secret".utf8)
      guard let login = connection.read(), login == expected else { return }
      connection.write([1, 0])
      guard let connect = connection.read(), connect.starts(with: [5, 1, 0, 3, 12] + Array("shop.invalid".utf8)) else {
        return
      }
      connection.write([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
      while connection.request() != nil { connection.answer("through") }
    }
    let transport = try CurlTransport()
    let response = try await transport.send(
      HTTPRequest(url: "http://shop.invalid/x", proxy: "socks5h://me:secret@127.0.0.1:\(proxy.port)"))
    #expect(response.body == Array("through".utf8))
    await transport.shutdown()
  }
}
