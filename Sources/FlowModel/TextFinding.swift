//! Telephone numbers and amounts of money as people write them in Russian chats.

package enum TextFinding {
  /// The first number that is written like a telephone number: `+` and 10 to 15 digits, eleven digits from 7 or 8,
  /// or ten from 9. Spaces, dots, hyphens and brackets may stand between digits, at most three in a row.
  package static func phone(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var first: [UInt8]?
    forEachPhone(bytes) { phone in
      first = phone
      return false
    }
    return first
  }

  /// Goes through the numbers as long as the answer is true.
  static func forEachPhone(_ bytes: UnsafeBufferPointer<UInt8>, _ body: ([UInt8]) -> Bool) {
    var index = 0
    while index < bytes.count {
      let startsNumber = isDigit(bytes[index]) || bytes[index] == UInt8(ascii: "+")
      guard startsNumber, index == 0 || !isDigit(bytes[index - 1]) else {
        index += 1
        continue
      }
      let (digits, end) = phoneDigits(bytes, from: index)
      if let number = international(digits, hasPlus: bytes[index] == UInt8(ascii: "+")), !body(number) { return }
      index = max(end, index + 1)
    }
  }

  private static func phoneDigits(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> ([UInt8], Int) {
    var digits: [UInt8] = []
    var index = bytes[start] == UInt8(ascii: "+") ? start + 1 : start
    var end = index
    while index < bytes.count, index - end <= 3 {
      if isDigit(bytes[index]) {
        digits.append(bytes[index])
        end = index + 1
      } else if !isPhoneSeparator(bytes[index]) {
        break
      }
      index += 1
    }
    return (digits, end)
  }

  private static func international(_ digits: [UInt8], hasPlus: Bool) -> [UInt8]? {
    let plus = UInt8(ascii: "+")
    let seven = UInt8(ascii: "7")
    if hasPlus { return (10...15).contains(digits.count) ? [plus] + digits : nil }
    if digits.count == 11, digits[0] == UInt8(ascii: "8") || digits[0] == seven { return [plus, seven] + digits[1...] }
    if digits.count == 10, digits[0] == UInt8(ascii: "9") { return [plus, seven] + digits }
    return nil
  }

  /// The first number that is followed by a unit of money (₽, р, руб…, rub, т.р., тыс, к, млн), as decimal text.
  package static func price(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    let folded = TextFolding.folded(bytes)
    return folded.withUnsafeBufferPointer { folded in
      var index = 0
      while index < folded.count {
        guard isDigit(folded[index]), index == 0 || !isDigit(folded[index - 1]) else {
          index += 1
          continue
        }
        let (amount, end) = amount(folded, from: index)
        if let zeros = unit(folded, after: end), amount.whole.count + zeros <= 15 {
          return decimal(amount.whole, amount.fraction, zeros: zeros)
        }
        index = max(end, index + 1)
      }
      return nil
    }
  }

  /// Digits with blanks between groups of three, then perhaps a comma or dot and one or two more.
  private static func amount(
    _ bytes: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> (amount: (whole: [UInt8], fraction: [UInt8]), end: Int) {
    var whole: [UInt8] = []
    var fraction: [UInt8] = []
    var index = start
    while index < bytes.count, isDigit(bytes[index]) {
      whole.append(bytes[index])
      index += 1
      if index < bytes.count, bytes[index] == 0x20, digitCount(bytes, from: index + 1) == 3 { index += 1 }
    }
    if index < bytes.count, bytes[index] == UInt8(ascii: ",") || bytes[index] == UInt8(ascii: ".") {
      let count = digitCount(bytes, from: index + 1)
      if count == 1 || count == 2 {
        fraction = Array(bytes[(index + 1)..<(index + 1 + count)])
        index += 1 + count
      } else if count == 3 {
        whole += bytes[(index + 1)..<(index + 4)]
        index += 4
      }
    }
    return ((whole, fraction), index)
  }

  private static func digitCount(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var index = start
    while index < bytes.count, isDigit(bytes[index]) { index += 1 }
    return index - start
  }

  /// How many zeros the unit after `end` adds; nil when there is no unit.
  private static func unit(_ bytes: UnsafeBufferPointer<UInt8>, after end: Int) -> Int? {
    var index = end
    if index < bytes.count, bytes[index] == 0x20 { index += 1 }
    for (name, zeros) in units where bytes[index...].starts(with: name) {
      var scalars = TextScalars(UnsafeBufferPointer(rebasing: bytes[(index + name.count)...]))
      // «5 комнат» is no «5к»: the unit must end there, but «рублей» may go on after «руб».
      let mayGoOn = name.count > 3
      if mayGoOn || !TextScalarKind.isWord(scalars.next() ?? 0x20) { return zeros }
    }
    return nil
  }

  private static let units: [(name: [UInt8], zeros: Int)] = [
    ("миллион", 6), ("млн", 6), ("тыс", 3), ("т.р", 3), ("т р", 3), ("тр", 3), ("руб", 0), ("rub", 0), ("₽", 0),
    ("к", 3), ("k", 3), ("р", 0),
  ].map { (Array($0.0.utf8), $0.1) }

  private static func decimal(_ whole: [UInt8], _ fraction: [UInt8], zeros: Int) -> [UInt8] {
    var digits = whole
    var rest = fraction[...]
    for _ in 0..<zeros { digits.append(rest.popFirst() ?? UInt8(ascii: "0")) }
    while rest.last == UInt8(ascii: "0") { rest.removeLast() }
    let significant = digits.drop { $0 == UInt8(ascii: "0") }
    return (significant.isEmpty ? [UInt8(ascii: "0")] : Array(significant)) + (rest.isEmpty ? [] : [0x2E] + rest)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private static func isPhoneSeparator(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")")
      || byte == UInt8(ascii: ".")
  }
}
