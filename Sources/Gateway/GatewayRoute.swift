//! Path to meaning. Bytes, not a router: two routes need no tree, and this runs for every webhook.

package enum GatewayRoute: Sendable, Hashable {
  case webhook(WebhookAddress)
  case health
  case metrics
  case unknown

  /// The path with or without a query; anything malformed is `.unknown`.
  package static func parse(_ target: String) -> GatewayRoute {
    let path = target.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
    if path.elementsEqual("/health".utf8) { return .health }
    if path.elementsEqual("/metrics".utf8) { return .metrics }
    let segments = path.split(separator: UInt8(ascii: "/"), maxSplits: 6, omittingEmptySubsequences: false)
    if let call = call(segments, query: target.utf8.dropFirst(path.count)) { return .webhook(call) }
    guard segments.count >= 4, segments[0].isEmpty, segments[1].elementsEqual("api".utf8),
      segments[2].elementsEqual("webhooks".utf8),
      let word = String(segments[3]), let family = WebhookAddress.Family(rawValue: word)
    else { return .unknown }
    switch segments.count {
    case 4 where family.mayBeOpen:
      return .webhook(WebhookAddress(family: family, connection: ""))
    case 5 where family.mayBeOpen:
      guard let connection = decoded(segments[4]) else { return .unknown }
      return .webhook(WebhookAddress(family: family, connection: connection))
    case 6:
      guard let connection = decoded(segments[4]), let secret = decoded(segments[5]) else { return .unknown }
      return .webhook(WebhookAddress(family: family, connection: connection, secret: secret))
    default:
      return .unknown
    }
  }

  /// `/hooks/{project}/{name}`, also with `/{secret}`, and `/api/flows/{project}/{name}`.
  private static func call(
    _ segments: [Substring.UTF8View], query: Substring.UTF8View
  ) -> WebhookAddress? {
    guard segments.count >= 4, segments[0].isEmpty else { return nil }
    let question = query.first == UInt8(ascii: "?") ? String(query.dropFirst()) ?? "" : ""
    if segments[1].elementsEqual("hooks".utf8), segments.count <= 5 {
      guard let project = decoded(segments[2]), let name = decoded(segments[3]) else { return nil }
      let secret = segments.count == 5 ? decoded(segments[4]) : nil
      guard segments.count == 4 || secret != nil else { return nil }
      return WebhookAddress(family: .hooks, connection: project, secret: secret, name: name, query: question)
    }
    guard segments.count == 5, segments[1].elementsEqual("api".utf8), segments[2].elementsEqual("flows".utf8),
      let project = decoded(segments[3]), let name = decoded(segments[4])
    else { return nil }
    return WebhookAddress(family: .flows, connection: project, name: name, query: question)
  }

  /// Percent-decoding of one segment. Nil when it is empty, malformed, not UTF-8 or holds control characters.
  private static func decoded(_ segment: Substring.UTF8View) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(segment.count)
    var rest = segment.makeIterator()
    while let byte = rest.next() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.next().flatMap(hexDigit), let low = rest.next().flatMap(hexDigit) else { return nil }
      bytes.append(high << 4 | low)
    }
    guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
