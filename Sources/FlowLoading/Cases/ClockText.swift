//! `2026-03-02T10:00:00+03:00`: moments as people write them in cases (RFC 3339; without a zone the project's holds).
package import SwitchboardSDK

package struct ClockText: Sendable, Hashable {
  /// As the clock on the wall shows it, in milliseconds since 1970-01-01 00:00 of the same zone.
  private let local: Int64
  private let offsetSeconds: Int?

  /// Nil when the text is no moment.
  package init?(_ text: String) {
    var rest = text[...]
    func number(_ digits: Int) -> Int64? {
      let part = rest.prefix(digits)
      guard part.utf8.count == digits, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      rest = rest.dropFirst(digits)
      return Int64(part)
    }
    func sign(_ signs: Character...) -> Bool {
      guard let first = rest.first, signs.contains(first) else { return false }
      rest = rest.dropFirst()
      return true
    }
    guard let year = number(4), sign("-"), let month = number(2), sign("-"), let day = number(2),
      let days = Self.daysSince1970(year: year, month: month, day: day)
    else { return nil }
    var milliseconds = days * 86_400_000
    var offset: Int?
    if !rest.isEmpty {
      guard sign("T", "t", " "), let hour = number(2), sign(":"), let minute = number(2), hour < 24, minute < 60 else {
        return nil
      }
      milliseconds += hour * 3_600_000 + minute * 60_000
      if sign(":") {
        guard let second = number(2), second < 60 else { return nil }
        milliseconds += second * 1_000
        if sign(".") {
          guard let thousandths = number(3) else { return nil }
          milliseconds += thousandths
        }
      }
      if sign("Z", "z") {
        offset = 0
      } else if let first = rest.first, first == "+" || first == "-" {
        rest = rest.dropFirst()
        guard let hours = number(2), sign(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        offset = Int(hours * 3_600 + minutes * 60) * (first == "-" ? -1 : 1)
      }
    }
    guard rest.isEmpty else { return nil }
    local = milliseconds
    offsetSeconds = offset
  }

  /// - Parameter zone: the offset of the project's zone at a moment, in seconds.
  package func moment(in zone: (Timestamp) -> Int) -> Timestamp {
    if let offsetSeconds { return Timestamp(milliseconds: local - Int64(offsetSeconds) * 1_000) }
    // The offset at the moment that the clock shows; asked twice, since the first guess may lie beyond a change.
    let guess = Timestamp(milliseconds: local - Int64(zone(Timestamp(milliseconds: local))) * 1_000)
    return Timestamp(milliseconds: local - Int64(zone(guess)) * 1_000)
  }

  /// Days of the proleptic Gregorian calendar; nil for a day that is in none of its months.
  private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64? {
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    // The year is taken to begin in March, so that the leap day comes last.
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * 146_097 + dayOfEra - 719_468
    guard let civil = CivilDate(daysSince1970: days), civil.month == month, civil.day == day else { return nil }
    return days
  }
}
