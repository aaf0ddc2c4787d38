//! Words and their stems.

package enum TextWords {
  /// The words as written, one a line.
  package static func lines(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var lines: [UInt8] = []
    lines.reserveCapacity(bytes.count)
    forEach(in: bytes) { word in
      if !lines.isEmpty { lines.append(0x0A) }
      lines.append(contentsOf: word)
    }
    return lines
  }

  /// ` stem stem stem `, with a space before and after each: a phrase of whole words is then a part of the text.
  package static func stems(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var stems: [UInt8] = [0x20]
    let folded = TextFolding.folded(bytes)
    stems.reserveCapacity(folded.count + 2)
    folded.withUnsafeBufferPointer { folded in
      forEach(in: folded) { word in
        RussianStemmer.appendStem(of: word, to: &stems)
        stems.append(0x20)
      }
    }
    return stems
  }

  /// The stem of one word.
  package static func stem(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    let folded = TextFolding.folded(bytes)
    var stem: [UInt8] = []
    folded.withUnsafeBufferPointer { RussianStemmer.appendStem(of: $0[...], to: &stem) }
    return stem
  }

  /// Runs of letters and digits; a hyphen or apostrophe between letters belongs to the word.
  private static func forEach(
    in bytes: UnsafeBufferPointer<UInt8>, _ body: (Slice<UnsafeBufferPointer<UInt8>>) -> Void
  ) {
    var scalars = TextScalars(bytes)
    var start: Int?
    var end = 0
    var previous: UInt32 = 0
    while true {
      let offset = scalars.offset
      let scalar = scalars.next()
      if let scalar, TextScalarKind.isWord(scalar) {
        if start == nil { start = offset }
        end = scalars.offset
        previous = scalar
        continue
      }
      if let scalar, isJoiner(scalar), start != nil, end == offset, !TextScalarKind.isDigit(previous) {
        var ahead = scalars
        if let next = ahead.next(), TextScalarKind.isWord(next), !TextScalarKind.isDigit(next) { continue }
      }
      if let first = start { body(bytes[first..<end]) }
      start = nil
      if scalar == nil { return }
    }
  }

  private static func isJoiner(_ scalar: UInt32) -> Bool {
    scalar == 0x2D || scalar == 0x27 || scalar == 0x2019 || scalar == 0x2010 || scalar == 0x2011
  }
}
