//! `did you mean 'relay'?`

package enum Suggestion {
  /// The nearest of the known words, at most two edits away (one for short words).
  package static func nearest(to word: String, among known: some Sequence<String>) -> String? {
    guard word.utf8.count <= 64 else { return nil }
    let lower = Array(word.lowercased().unicodeScalars)
    let reach = lower.count <= 3 ? 1 : 2
    var best: (word: String, distance: Int)?
    for candidate in known.sorted() where candidate != word {
      let distance = distance(lower, Array(candidate.lowercased().unicodeScalars))
      if distance <= reach, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
  }

  package static func hint(for word: String, among known: some Sequence<String>) -> String? {
    if let strange = lookalike(word) { return strange }
    return nearest(to: word, among: known).map { "did you mean '\($0)'?" }
  }

  /// A Cyrillic letter amid Latin ones, which nobody sees.
  private static func lookalike(_ word: String) -> String? {
    let hasLatin = word.unicodeScalars.contains { ("a"..."z").contains($0) || ("A"..."Z").contains($0) }
    guard hasLatin, let letter = word.unicodeScalars.first(where: { (0x400...0x4FF).contains($0.value) }) else {
      return nil
    }
    return "contains the Cyrillic letter U+\(SourceCheck.hexadecimal(letter.value))"
  }

  /// Optimal string alignment: a swap of neighbours is one edit.
  private static func distance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
    guard abs(first.count - second.count) <= 2 else { return 3 }
    var before: [Int] = []
    var previous = Array(0...second.count)
    for row in 0..<first.count {
      var current = [row + 1]
      for column in 0..<second.count {
        var cost = min(previous[column + 1], current[column]) + 1
        cost = min(cost, previous[column] + (first[row] == second[column] ? 0 : 1))
        if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
          cost = min(cost, before[column - 1] + 1)
        }
        current.append(cost)
      }
      before = previous
      previous = current
    }
    return previous[second.count]
  }
}
