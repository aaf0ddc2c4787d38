//! Text as people compare it: letter case, ё/е and word endings aside. One piece for expressions and rules.

/// Helpers that know Unicode and Russian. All work on whole words or parts of text as their names say.
package enum TextMatching {
  /// Lower case, ё as е, runs of white space as one space: the form in which all comparisons are made.
  package static func folded(_ text: String) -> String { transformed(text, TextFolding.folded) }

  /// Whether any of the (not yet folded) words or phrases occurs in the text as a part.
  package static func hasAny(_ text: String, _ words: [String]) -> Bool {
    let haystack = bytes(of: text, TextFolding.folded)
    return words.contains { word in
      let needle = bytes(of: word, TextFolding.folded)
      return !needle.isEmpty && TextSearch.contains(haystack, needle)
    }
  }

  /// Whether any of the words or phrases occurs as whole words, endings aside: «доставка» is found in «о доставке».
  package static func hasWord(_ text: String, _ words: [String]) -> Bool {
    let haystack = bytes(of: text, TextWords.stems)
    return words.contains { word in
      let needle = bytes(of: word, TextWords.stems)
      return needle.count > 1 && TextSearch.contains(haystack, needle)
    }
  }

  package static func lowercased(_ text: String) -> String { transformed(text, TextFolding.lowercased) }
  package static func uppercased(_ text: String) -> String { transformed(text, TextFolding.uppercased) }
  /// Without white space at both ends.
  package static func trimmed(_ text: String) -> String { transformed(text, TextFolding.trimmed) }

  /// The words as they are written: letters, digits and inner hyphens.
  package static func words(_ text: String) -> [String] {
    bytes(of: text, TextWords.lines).split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The part of a Russian word that its forms share; other words folded.
  package static func stem(_ word: String) -> String { transformed(word, TextWords.stem) }

  /// The first telephone number in international form (`+79123456789`), or nil.
  package static func phone(in text: String) -> String? {
    copied(text) { TextFinding.phone($0) }.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The first amount of money («5 тыс», «1 200 ₽»), as a decimal number without blanks; nil when there is none.
  package static func price(in text: String) -> String? {
    copied(text) { TextFinding.price($0) }.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func copied<Result>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    var text = text
    return text.withUTF8(body)
  }

  private static func bytes(of text: String, _ change: (UnsafeBufferPointer<UInt8>) -> [UInt8]) -> [UInt8] {
    copied(text, change)
  }

  private static func transformed(_ text: String, _ change: (UnsafeBufferPointer<UInt8>) -> [UInt8]) -> String {
    String(decoding: copied(text, change), as: UTF8.self)
  }
}
