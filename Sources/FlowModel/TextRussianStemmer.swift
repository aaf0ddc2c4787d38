//! The Russian stemmer of the Snowball family, written from the description of the algorithm
//! (snowballstem.org/algorithms/russian/stemmer.html): remove the ending of an inflected word.

enum RussianStemmer {
  /// Longer words are kept whole: none is that long, and the work stays bounded.
  private static let lettersMax = 40

  /// Appends the stem of a folded word; a word with other letters than а…я is appended as it is.
  static func appendStem(of word: Slice<UnsafeBufferPointer<UInt8>>, to result: inout [UInt8]) {
    guard word.count <= lettersMax * 2, var letters = letters(of: word) else {
      result.append(contentsOf: word)
      return
    }
    shorten(&letters)
    for letter in letters { result.append(scalar: 0x430 + UInt32(letter)) }
  }

  /// Letters as 0 (а) … 31 (я).
  private static func letters(of word: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8]? {
    var scalars = TextScalars(UnsafeBufferPointer(rebasing: word))
    var letters: [UInt8] = []
    letters.reserveCapacity(word.count / 2)
    while let scalar = scalars.next() {
      guard (0x430...0x44F).contains(scalar) else { return nil }
      letters.append(UInt8(truncatingIfNeeded: scalar - 0x430))
    }
    return letters
  }

  private static func shorten(_ word: inout [UInt8]) {
    guard let vowel = word.firstIndex(where: isVowel) else { return }
    let region = vowel + 1
    let second = secondRegion(word)
    if !remove(perfectiveGerund, from: &word, region) {
      _ = remove(reflexive, from: &word, region)
      if remove(adjective, from: &word, region) {
        _ = remove(participle, from: &word, region)
      } else if !remove(verb, from: &word, region) {
        _ = remove(noun, from: &word, region)
      }
    }
    if word.count > region, word.last == code("и") { word.removeLast() }
    _ = remove(derivational, from: &word, max(region, second))
    if remove(superlative, from: &word, region) {
      undouble(&word, region)
    } else if word.count > region, word.last == code("ь") {
      word.removeLast()
    } else {
      undouble(&word, region)
    }
  }

  private static func undouble(_ word: inout [UInt8], _ region: Int) {
    let letter = code("н")
    if word.count >= region + 2, word.last == letter, word[word.count - 2] == letter { word.removeLast() }
  }

  /// The start of R2: twice the place after a consonant that follows a vowel.
  private static func secondRegion(_ word: [UInt8]) -> Int {
    var index = 0
    for _ in 0..<2 {
      while index < word.count, !isVowel(word[index]) { index += 1 }
      while index < word.count, isVowel(word[index]) { index += 1 }
      index += 1
    }
    return min(index, word.count)
  }

  private static func isVowel(_ letter: UInt8) -> Bool { vowelMask >> UInt32(letter) & 1 == 1 }

  private struct Ending {
    var letters: [UInt8]
    /// Only after а or я, which stays.
    var needsAOrYa: Bool
  }

  /// Removes the longest ending that lies in the region.
  private static func remove(_ endings: [Ending], from word: inout [UInt8], _ region: Int) -> Bool {
    for ending in endings where word.count - ending.letters.count >= region && endsWith(word, ending.letters) {
      let rest = word.count - ending.letters.count
      if ending.needsAOrYa {
        guard rest > region || rest == region && region > 0, rest - 1 >= region else { continue }
        guard word[rest - 1] == code("а") || word[rest - 1] == code("я") else { continue }
      }
      word.removeLast(ending.letters.count)
      return true
    }
    return false
  }

  private static func endsWith(_ word: [UInt8], _ ending: [UInt8]) -> Bool {
    var at = word.count - 1
    for letter in ending.reversed() {
      if word[at] != letter { return false }
      at -= 1
    }
    return true
  }

  private static func code(_ letter: Unicode.Scalar) -> UInt8 { UInt8(truncatingIfNeeded: letter.value &- 0x430) }

  private static func endings(afterAOrYa: String = "", _ plain: String) -> [Ending] {
    func split(_ text: String, _ needsAOrYa: Bool) -> [Ending] {
      text.split(separator: " ").map { Ending(letters: $0.unicodeScalars.map(code), needsAOrYa: needsAOrYa) }
    }
    let all = split(afterAOrYa, true) + split(plain, false)
    return all.sorted { $0.letters.count > $1.letters.count }
  }

  private static let vowelMask = "аеиоуыэюя".unicodeScalars.reduce(UInt32(0)) { $0 | 1 << UInt32(code($1)) }
  private static let perfectiveGerund = endings(afterAOrYa: "в вши вшись", "ив ивши ившись ыв ывши ывшись")
  private static let reflexive = endings("ся сь")
  private static let adjective = endings(
    "ее ие ые ое ими ыми ей ий ый ой ем им ым ом его ого ему ому их ых ую юю ая яя ою ею")
  private static let participle = endings(afterAOrYa: "ем нн вш ющ щ", "ивш ывш ующ")
  private static let verb = endings(
    afterAOrYa: "ла на ете йте ли й л ем н ло но ет ют ны ть ешь нно",
    "ила ыла ена ейте уйте ите или ыли ей уй ил ыл им ым ен ило ыло ено ят ует уют ит ыт ены ить ыть ишь ую ю")
  private static let noun = endings(
    "а ев ов ие ье е иями ями ами еи ии и ией ей ой ий й иям ям ием ем ам ом о у ах иях ях ы ь ию ью ю ия ья я")
  private static let derivational = endings("ост ость")
  private static let superlative = endings("ейш ейше")
}
