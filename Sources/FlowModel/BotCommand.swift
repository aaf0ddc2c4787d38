//! `/code`, `/code@our_bot`, `/code with arguments`.

package struct BotCommand: Sendable, Hashable {
  /// Without the slash and the bot's name, in lower case.
  package var name: String
  package var arguments: String

  /// Nil when the text is no command.
  package init?(_ text: String) {
    guard text.utf8.first == UInt8(ascii: "/") else { return nil }
    let head = text.dropFirst().prefix { !$0.isWhitespace }
    let name = head.prefix { $0 != "@" }
    guard !name.isEmpty, name.utf8.allSatisfy({ BotCommand.isNameByte($0) }) else { return nil }
    self.name = name.lowercased()
    self.arguments = String(text.dropFirst(1 + head.count).drop { $0.isWhitespace })
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}

extension CallbackPattern {
  /// The texts in the holes, by name; nil when the data does not fit. A hole takes as little as it can.
  package func match(_ data: String) -> [String: String]? {
    var holes: [String: String] = [:]
    var rest = Substring(data)
    var open: String?
    for part in parts {
      switch part {
      case .hole(let name): open = name
      case .literal(let literal):
        guard let name = open else {
          guard rest.hasPrefix(literal) else { return nil }
          rest = rest.dropFirst(literal.count)
          continue
        }
        guard let end = CallbackPattern.position(of: literal, in: rest) else { return nil }
        holes[name] = String(rest[..<end])
        rest = rest[end...].dropFirst(literal.count)
        open = nil
      }
    }
    if let name = open {
      holes[name] = String(rest)
      return holes
    }
    return rest.isEmpty ? holes : nil
  }

  private static func position(of literal: String, in text: Substring) -> Substring.Index? {
    text.indices.first { text[$0...].hasPrefix(literal) }
  }
}
