//! Addresses that came from outside lead to the public internet or nowhere.
import CCurl
import HTTPTransport
import SwitchboardSDK
import Testing

@Suite struct PrivateAddressTests {
  private static func guarded(_ url: String, proxy: String? = nil) -> HTTPRequest {
    var request = HTTPRequest(url: url, proxy: proxy)
    request.refusesPrivateAddresses = true
    return request
  }

  @Test(arguments: [
    "127.0.0.1", "localhost", "img.localhost", "127.1", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "0",
  ])
  func `a guarded request reaches no server on this machine`(host: String) async throws {
    let server = try RawServer { connection in
      while connection.request() != nil { connection.answer("secret") }
    }
    let transport = try CurlTransport()
    // A connection that an ordinary request has left open must not be taken either.
    _ = try await transport.send(HTTPRequest(url: server.url))
    let connectionsBefore = server.counts.connections
    await #expect {
      try await transport.send(Self.guarded("http://\(host):\(server.port)/"))
    } throws: { error in
      let error = error as? HTTPError
      return error?.code == .badURL && error?.mayHaveBeenSent == false
    }
    #expect(server.counts == RawServer.Counts(connections: connectionsBefore, requests: 1))
    await transport.shutdown()
  }

  @Test(arguments: ["http://10.0.0.1/", "http://169.254.169.254/latest", "http://printer/", "http://db.internal/"])
  func `through a proxy a local address is refused as far as it shows`(url: String) async throws {
    let proxy = try RawServer { connection in while connection.request() != nil { connection.answer("") } }
    let transport = try CurlTransport()
    await #expect(throws: HTTPError.self) { try await transport.send(Self.guarded(url, proxy: proxy.url)) }
    #expect(proxy.counts.connections == 0)
    _ = try await transport.send(Self.guarded("http://img.example/", proxy: proxy.url))
    #expect(proxy.counts.requests == 1)
    await transport.shutdown()
  }

  @Test(arguments: [
    ("8.8.8.8", true), ("172.15.255.255", true), ("172.32.0.1", true), ("2a02:6b8::1", true),
    ("64:ff9b::808:808", true), ("2002:808:808::1", true), ("0.0.0.0", false), ("10.1.2.3", false),
    ("100.64.0.1", false), ("127.255.255.254", false), ("169.254.169.254", false), ("172.16.0.1", false),
    ("172.31.255.255", false), ("192.168.0.1", false), ("192.0.2.1", false), ("224.0.0.1", false),
    ("255.255.255.255", false), ("::", false), ("::1", false), ("::ffff:10.0.0.1", false), ("fe80::1", false),
    ("fd00::1", false), ("ff02::1", false), ("64:ff9b::a00:1", false), ("2002:a00:1::1", false),
    ("2001:db8::1", false),
  ])
  func `networks of special purpose are not public`(address: String, isPublic: Bool) {
    let host = address.contains(":") ? "[\(address)]" : address
    #expect(switchboard_url_may_be_public("http://\(host)/") == (isPublic ? 1 : 0))
  }
}
