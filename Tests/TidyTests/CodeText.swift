//! A Swift file with comments and the insides of string literals blanked out, so that a rule looks for code and
//! is not misled by prose. An approximation by hand: a parser would be a dependency larger than the engine.

struct CodeText {
  /// As many lines as the file has, of the same lengths in characters.
  let lines: [String]

  init(_ source: [String]) {
    var scanner = Scanner()
    lines = source.map { scanner.blank($0) }
  }

  private struct Scanner {
    var commentDepth = 0
    /// The number of `#` of an open multi-line literal; nil outside.
    var openHashes: Int?

    mutating func blank(_ line: String) -> String {
      let characters = Array(line)
      var code: [Character] = []
      var index = 0
      while index < characters.count {
        if commentDepth > 0 {
          index += comment(characters, index)
        } else if let hashes = openHashes {
          if Self.isQuote(characters, index, count: 3, hashesAfter: hashes) {
            openHashes = nil
            index += 3 + hashes
          } else {
            index += 1
          }
        } else if Self.has(characters, index, "//") {
          break
        } else if Self.has(characters, index, "/*") {
          commentDepth = 1
          index += 2
        } else if let length = literal(characters, index) {
          index += length
          code += "\"\""
        } else {
          code.append(characters[index])
          index += 1
        }
      }
      return String(code)
    }

    private mutating func comment(_ line: [Character], _ index: Int) -> Int {
      if Self.has(line, index, "*/") {
        commentDepth -= 1
        return 2
      }
      if Self.has(line, index, "/*") {
        commentDepth += 1
        return 2
      }
      return 1
    }

    /// The length of the literal that starts here, to its end or, when it goes on, to the line's.
    private mutating func literal(_ line: [Character], _ start: Int) -> Int? {
      var index = start
      while index < line.count, line[index] == "#" { index += 1 }
      let hashes = index - start
      guard index < line.count, line[index] == "\"" else { return nil }
      if Self.isQuote(line, index, count: 3, hashesAfter: 0) {
        index += 3
        while index < line.count {
          if Self.isQuote(line, index, count: 3, hashesAfter: hashes) { return index + 3 + hashes - start }
          index += 1
        }
        openHashes = hashes
        return line.count - start
      }
      index += 1
      while index < line.count {
        if line[index] == "\\", hashes == 0 {
          index += 2
        } else if Self.isQuote(line, index, count: 1, hashesAfter: hashes) {
          return index + 1 + hashes - start
        } else {
          index += 1
        }
      }
      return line.count - start
    }

    private static func isQuote(_ line: [Character], _ index: Int, count: Int, hashesAfter: Int) -> Bool {
      guard index + count + hashesAfter <= line.count else { return false }
      return line[index..<index + count].allSatisfy { $0 == "\"" }
        && line[(index + count)..<index + count + hashesAfter].allSatisfy { $0 == "#" }
    }

    private static func has(_ line: [Character], _ index: Int, _ word: String) -> Bool {
      line[index...].starts(with: word)
    }
  }
}
