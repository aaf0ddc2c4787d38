//! Moments and zones as expressions write them (RFC 3339, `+03:00`).

package enum MomentText {
  /// Milliseconds since 1970 of `2026-03-02T10:00:00.5+03:00`; nil for what is no such moment.
  package static func milliseconds(_ text: String) -> Int64? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes.count <= 40, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[13] == 0x3A,
      bytes[16] == 0x3A, bytes[10] == 0x54 || bytes[10] == 0x20,
      let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
      let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
      (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    var rest = bytes[19...]
    var fraction: Int64 = 0
    if rest.first == 0x2E {
      let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty else { return nil }
      fraction = number(ArraySlice((Array(digits) + [0x30, 0x30]).prefix(3))) ?? 0
      rest = rest.dropFirst(1 + digits.count)
    }
    guard let offset = offsetSeconds(String(decoding: rest, as: UTF8.self)) else { return nil }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset
    return seconds * 1_000 + fraction
  }

  /// How far clocks are ahead of UTC: `Z`, `UTC`, `+03:00`, `-0530`; nil for another text.
  package static func offsetSeconds(_ text: String) -> Int64? {
    if text == "Z" || text == "UTC" { return 0 }
    let bytes = Array(text.utf8)
    guard let sign = bytes.first, sign == 0x2B || sign == 0x2D else { return nil }
    let digits = bytes.dropFirst().filter { $0 != 0x3A }
    guard digits.count == 4, bytes.count == 5 || (bytes.count == 6 && bytes[3] == 0x3A),
      let hours = number(ArraySlice(digits.prefix(2))), let minutes = number(ArraySlice(digits.suffix(2))),
      hours <= 18, minutes < 60
    else { return nil }
    return (hours * 3_600 + minutes * 60) * (sign == 0x2D ? -1 : 1)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }

  /// Days since 1970 of a day of the Gregorian calendar: years begin in March, so that leap days come last.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let ofEra = shifted - era * 400
    let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }
}
