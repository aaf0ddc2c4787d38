//! What else people put into a message: several telephones, an address, a link, a number; and its language.

package enum TextExtraction {
  /// Every telephone number, one a line, each once, at most twenty.
  package static func phones(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var found: [[UInt8]] = []
    TextFinding.forEachPhone(bytes) { phone in
      if !found.contains(phone) { found.append(phone) }
      return found.count < 20
    }
    return Array(found.joined(separator: [0x0A]))
  }

  /// The first number, with a dot or comma before its fraction, as decimal text: «2,5 метра» gives 2.5.
  package static func number(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard let start = bytes.firstIndex(where: isDigit) else { return nil }
    var number: [UInt8] = []
    if start > 0, bytes[start - 1] == UInt8(ascii: "-"), start == 1 || bytes[start - 2] == 0x20 {
      number.append(UInt8(ascii: "-"))
    }
    var index = start
    while index < bytes.count, isDigit(bytes[index]), number.count < 18 {
      number.append(bytes[index])
      index += 1
    }
    let isPoint = index + 1 < bytes.count && (bytes[index] == UInt8(ascii: ",") || bytes[index] == UInt8(ascii: "."))
    if isPoint, isDigit(bytes[index + 1]) {
      number.append(UInt8(ascii: "."))
      index += 1
      while index < bytes.count, isDigit(bytes[index]), number.count < 30 {
        number.append(bytes[index])
        index += 1
      }
    }
    return number
  }

  /// The digits alone: «код 12-34» gives 1234.
  package static func digits(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] { bytes.filter(isDigit) }

  /// The first address of electronic mail, in lower case.
  package static func email(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    for at in bytes.indices where bytes[at] == UInt8(ascii: "@") {
      var start = at
      while start > 0, isMailByte(bytes[start - 1]), at - start < 64 { start -= 1 }
      var end = at + 1
      while end < bytes.count, isHostByte(bytes[end]), end - at < 128 { end += 1 }
      while end > at + 1, bytes[end - 1] == UInt8(ascii: ".") || bytes[end - 1] == UInt8(ascii: "-") { end -= 1 }
      let host = bytes[(at + 1)..<end]
      guard start < at, let dot = host.lastIndex(of: UInt8(ascii: ".")), end - dot > 2, dot > at + 1 else { continue }
      return bytes[start..<end].map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    }
    return nil
  }

  /// The first `http://`, `https://` or `www.` address, without the punctuation behind it. 0xC2 begins «, » and the
  /// no-break space, and no letter of an address.
  package static func link(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    for start in bytes.indices where start == 0 || !isHostByte(bytes[start - 1]) {
      let isLink = ["http://", "https://", "www."].contains { prefix in
        bytes.count - start > prefix.utf8.count
          && zip(bytes[start...], prefix.utf8).allSatisfy { ($0 | 0x20) == ($1 | 0x20) }
      }
      guard isLink else { continue }
      var end = start
      while end < bytes.count, bytes[end] > 0x20, bytes[end] != 0xC2, !"\"<>".utf8.contains(bytes[end]) { end += 1 }
      while end > start, ".,!?;:)'".utf8.contains(bytes[end - 1]) { end -= 1 }
      return Array(bytes[start..<end])
    }
    return nil
  }

  /// `ru` or `en` by the letters that most of the text is written with; nil when it has none of either.
  package static func language(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var cyrillic = 0
    var latin = 0
    var scalars = TextScalars(bytes)
    while let scalar = scalars.next() {
      switch scalar {
      case 0x400...0x4FF: cyrillic += 1
      case 0x41...0x5A, 0x61...0x7A: latin += 1
      default: break
      }
    }
    guard cyrillic + latin > 0 else { return nil }
    return Array((cyrillic >= latin ? "ru" : "en").utf8)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }

  private static func isMailByte(_ byte: UInt8) -> Bool {
    isHostByte(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "+")
  }
}
