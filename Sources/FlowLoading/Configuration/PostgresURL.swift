//! What can be told of a database's address before anybody connects: its form. Its password goes where secrets go.

enum PostgresURL {
  /// Nil when the form is right; never quotes the address, which may hold a password.
  static func problem(of text: String) -> String? {
    let bytes = Array(text.utf8)
    guard let scheme = ["postgres://", "postgresql://"].first(where: text.hasPrefix) else { return "no postgres://" }
    if bytes.contains(where: { $0 <= 32 || $0 == 127 }) { return "it holds a space or a control sign" }
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "%") {
      let isEscape = index + 2 < bytes.count && isHexadecimal(bytes[index + 1]) && isHexadecimal(bytes[index + 2])
      if !isEscape { return "a '%' in it must be followed by two hexadecimal digits" }
    }
    let place = authority(of: text, after: scheme.utf8.count)
    if place.filter({ $0 == "@" }).count > 1 { return "an '@' in the name or password must be written %40" }
    let host = place.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    for one in host.split(separator: ",") where !one.hasSuffix("]") {
      guard let colon = one.lastIndex(of: ":") else { continue }
      let port = Int(one[one.index(after: colon)...])
      if port.map({ (1...65_535).contains($0) }) != true { return "its port must be a number from 1 to 65535" }
    }
    return nil
  }

  /// The password as it is written and as it is meant; empty when there is none.
  static func secrets(of text: String) -> [String] {
    guard let scheme = ["postgres://", "postgresql://"].first(where: text.hasPrefix) else { return [] }
    let place = authority(of: text, after: scheme.utf8.count)
    guard let at = place.lastIndex(of: "@"), let colon = place[..<at].firstIndex(of: ":") else { return [] }
    let written = String(place[place.index(after: colon)..<at])
    guard !written.isEmpty else { return [] }
    let meant = decoded(written)
    return meant == written ? [written] : [written, meant]
  }

  private static func authority(of text: String, after count: Int) -> Substring {
    let rest = text.utf8.dropFirst(count)
    let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
    return text[rest.startIndex..<end]
  }

  private static func decoded(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var answer: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let value = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
      {
        answer.append(value)
        index += 3
      } else {
        answer.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: answer, as: UTF8.self)
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
  }
}
