//! Refuses a request that could mean something else on the wire than its caller meant, before a byte is sent.
internal import CCurl
internal import SwitchboardSDK

enum RequestCheck {
  /// These frame the message or steer the connection; libcurl alone knows what they must say.
  private static let reservedHeaders: Set<String> = [
    "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te", "trailer",
  ]
  private static let proxySchemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]

  /// Throws `.badURL` (nothing was sent) for a bad address, method, header or proxy.
  static func check(_ request: HTTPRequest) throws(HTTPError) {
    guard scheme(of: request.url).map({ $0 == "http" || $0 == "https" }) == true else {
      throw refusal("the address does not begin with http:// or https://")
    }
    guard isPlain(request.url) else { throw refusal("the address holds a space or control character") }
    guard !request.method.isEmpty, request.method.utf8.allSatisfy({ (65...90).contains($0) || $0 == 45 }) else {
      throw refusal("the method is not a word of capital letters")
    }
    for header in request.headers { try check(header) }
    guard let proxy = request.proxy else { return }
    // Without a proxy each address is looked at when it is connected to; here only what is written can be.
    if request.refusesPrivateAddresses, switchboard_url_may_be_public(request.url) == 0 {
      throw refusal("the address does not lead to the public internet")
    }
    guard let scheme = scheme(of: proxy), proxySchemes.contains(scheme), isPlain(proxy) else {
      throw refusal("the proxy is not an http, https, socks4, socks4a, socks5 or socks5h address")
    }
  }

  private static func check(_ header: HTTPHeader) throws(HTTPError) {
    guard !header.name.isEmpty, header.name.utf8.allSatisfy(isTokenByte) else {
      throw refusal("a header's name holds a character that RFC 9110 does not allow")
    }
    guard header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
      throw refusal("the header \(header.name) holds a control character")
    }
    guard !reservedHeaders.contains(header.name.lowercased()) else {
      throw refusal("the header \(header.name) is set by the transport")
    }
  }

  private static func scheme(of address: String) -> String? {
    let bytes = address.utf8
    guard let colon = bytes.firstIndex(of: 58), bytes[colon...].starts(with: "://".utf8) else { return nil }
    let rest = bytes[colon...].dropFirst(3)
    guard let first = rest.first, first != 47, first != 63, first != 35 else { return nil }
    return String(address[..<colon]).lowercased()
  }

  private static func isPlain(_ address: String) -> Bool {
    address.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
  }

  /// RFC 9110 §5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122: true
    case 33, 35...39, 42, 43, 45, 46, 94, 95, 96, 124, 126: true
    default: false
    }
  }

  private static func refusal(_ detail: String) -> HTTPError {
    HTTPError(.badURL, mayHaveBeenSent: false, detail)
  }
}
