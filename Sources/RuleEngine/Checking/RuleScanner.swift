//! Lua's tokens (manual §3.1), enough to see names, places and attributes without Lua's compiler.

struct RuleToken: Sendable, Hashable {
  enum Kind: Sendable, Hashable { case name, literal, symbol }
  /// Whether a literal is a text, not a number.
  var isText = false
  var kind: Kind
  /// Names, keywords and symbols as written; empty for strings and numbers.
  var text: String
  var line: Int
  /// In the file, in bytes.
  var offset: Int
}

struct RuleScanner {
  private let bytes: [UInt8]
  private var offset = 0
  private var line = 1

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func tokens() -> [RuleToken] {
    var scanner = self
    var tokens: [RuleToken] = []
    while let token = scanner.next() { tokens.append(token) }
    return tokens
  }

  func closeAttribute() -> RuleToken? {
    let tokens = tokens()
    for index in tokens.indices.dropFirst().dropLast() where tokens[index].text == "close" {
      if tokens[index - 1].text == "<", tokens[index + 1].text == ">" { return tokens[index] }
    }
    return nil
  }

  /// The columns of a token, in Unicode scalars from 1.
  func columns(of token: RuleToken) -> Range<Int> {
    let lineStart = bytes[..<min(token.offset, bytes.count)].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let before = bytes[lineStart..<min(token.offset, bytes.count)].count { $0 & 0xC0 != 0x80 }
    return (before + 1)..<(before + 1 + max(1, token.text.unicodeScalars.count))
  }

  private func peek(_ ahead: Int = 0) -> UInt8 { offset + ahead < bytes.count ? bytes[offset + ahead] : 0 }

  private mutating func advance() {
    if peek() == 0x0A { line += 1 }
    offset += 1
  }

  private mutating func next() -> RuleToken? {
    skipBlanksAndComments()
    guard offset < bytes.count else { return nil }
    let start = offset, startLine = line
    let byte = peek()
    if Self.isNameByte(byte), !Self.isDigit(byte) {
      while Self.isNameByte(peek()) { offset += 1 }
      return token(.name, start, startLine)
    }
    if Self.isDigit(byte) || byte == UInt8(ascii: ".") && Self.isDigit(peek(1)) {
      skipNumber()
      return RuleToken(kind: .literal, text: "", line: startLine, offset: start)
    }
    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
      skipString(byte)
      return RuleToken(isText: true, kind: .literal, text: "", line: startLine, offset: start)
    }
    if let level = longBracketLevel() {
      skipLongBracket(level)
      return RuleToken(isText: true, kind: .literal, text: "", line: startLine, offset: start)
    }
    for symbol in Self.longSymbols where bytes[offset...].starts(with: symbol.utf8) {
      offset += symbol.utf8.count
      return RuleToken(kind: .symbol, text: symbol, line: startLine, offset: start)
    }
    advance()
    return token(.symbol, start, startLine)
  }

  private func token(_ kind: RuleToken.Kind, _ start: Int, _ line: Int) -> RuleToken {
    RuleToken(kind: kind, text: String(decoding: bytes[start..<offset], as: UTF8.self), line: line, offset: start)
  }

  private mutating func skipBlanksAndComments() {
    while offset < bytes.count {
      if peek() == UInt8(ascii: "-"), peek(1) == UInt8(ascii: "-") {
        offset += 2
        if let level = longBracketLevel() {
          skipLongBracket(level)
        } else {
          while offset < bytes.count, peek() != 0x0A, peek() != 0x0D { offset += 1 }
        }
      } else if peek() == 0x20 || (0x09...0x0D).contains(peek()) {
        advance()
      } else {
        return
      }
    }
  }

  private mutating func skipNumber() {
    let isHexadecimal = peek() == UInt8(ascii: "0") && peek(1) | 0x20 == UInt8(ascii: "x")
    let exponent = isHexadecimal ? UInt8(ascii: "p") : UInt8(ascii: "e")
    while Self.isNameByte(peek()) || peek() == UInt8(ascii: ".") {
      let isExponent = peek() | 0x20 == exponent
      offset += 1
      if isExponent, peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { offset += 1 }
    }
  }

  private mutating func skipString(_ quote: UInt8) {
    offset += 1
    while offset < bytes.count, peek() != quote, peek() != 0x0A, peek() != 0x0D {
      if peek() == UInt8(ascii: "\\") { skipEscape() } else { offset += 1 }
    }
    offset += 1
  }

  private mutating func skipEscape() {
    offset += 1
    if peek() == UInt8(ascii: "z") {
      offset += 1
      while peek() == 0x20 || (0x09...0x0D).contains(peek()) { advance() }
    } else if (peek() == 0x0D && peek(1) == 0x0A) || (peek() == 0x0A && peek(1) == 0x0D) {
      advance()
      advance()
    } else if offset < bytes.count {
      advance()
    }
  }

  /// The number of `=` when a long bracket opens here.
  private func longBracketLevel() -> Int? {
    guard peek() == UInt8(ascii: "[") else { return nil }
    var level = 0
    while peek(1 + level) == UInt8(ascii: "=") { level += 1 }
    return peek(1 + level) == UInt8(ascii: "[") ? level : nil
  }

  private mutating func skipLongBracket(_ level: Int) {
    offset += level + 2
    let close = [UInt8(ascii: "]")] + Array(repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
    while offset < bytes.count, !bytes[offset...].starts(with: close) { advance() }
    offset += close.count
  }

  private static let longSymbols = ["...", "..", "==", "~=", "<=", ">=", "<<", ">>", "//", "::"]

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte == 0x5F || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
  }
}
