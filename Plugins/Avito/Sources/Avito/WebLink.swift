//! An absolute web address, as far as following redirects and comparing servers needs it (RFC 3986, §5.2).

struct WebLink: Sendable, Hashable {
  let text: String
  /// `scheme://host:port` as written, in lower case: two links to one server.
  let origin: String

  /// Nil for anything but `http://…` and `https://…` with a host.
  init?(_ text: String) {
    let lowered = text.lowercased()
    guard let scheme = ["https://", "http://"].first(where: lowered.hasPrefix) else { return nil }
    // Ended just where libcurl ends it, so that both mean the same server.
    let host = lowered.utf8.dropFirst(scheme.utf8.count).prefix { byte in
      byte != UInt8(ascii: "/") && byte != UInt8(ascii: "?") && byte != UInt8(ascii: "#")
    }
    guard !host.isEmpty else { return nil }
    self.text = text
    origin = scheme + String(decoding: host, as: UTF8.self)
  }

  /// Where a `Location` leads. Nil for relative forms that file servers do not send.
  func following(_ location: String) -> WebLink? {
    let location = location.trimmed
    if location.hasPrefix("//") { return WebLink(String(origin.prefix { $0 != ":" }) + ":" + location) }
    if location.hasPrefix("/") { return WebLink(origin + location) }
    return WebLink(location)
  }
}
