//! Reads `Retry-After` (RFC 9110, 10.2.3): seconds or a date, and whatever else peers put there.

internal import SwitchboardSDK

enum RetryAfter {
  /// Avito counts per minute, so a minute is enough where it does not say.
  static let defaultMilliseconds: Int64 = 60_000
  static let maximumMilliseconds: Int64 = 3_600_000

  /// At least one second, at most an hour.
  static func milliseconds(_ header: String?, now: Timestamp) -> Int64 {
    guard let text = header?.trimmed, !text.isEmpty else { return defaultMilliseconds }
    if let seconds = Int64(text) {
      let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
      return clamped(overflow ? (seconds < 0 ? 0 : .max) : product)
    }
    // A number too long for 64 bits.
    if text.utf8.allSatisfy({ $0 &- 48 < 10 }) { return maximumMilliseconds }
    guard let date = date(text) else { return defaultMilliseconds }
    return clamped(date.millisecondsSince(now))
  }

  private static func clamped(_ milliseconds: Int64) -> Int64 { min(max(milliseconds, 1_000), maximumMilliseconds) }

  /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that senders may still produce.
  static func date(_ text: String) -> Timestamp? {
    let parts = text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == ":" })
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    guard parts.count == 8, parts[7] == "GMT", let day = Int64(parts[1]), (1...31).contains(day),
      let month = months.firstIndex(of: String(parts[2])), let year = Int64(parts[3]), (1970...9999).contains(year),
      let hour = Int64(parts[4]), (0...23).contains(hour), let minute = Int64(parts[5]), (0...59).contains(minute),
      let second = Int64(parts[6]), (0...60).contains(second)
    else { return nil }
    // Counted from March, so that the leap day ends a year.
    let shifted = Int64(month + 1) <= 2 ? year - 1 : year
    let yearOfEra = shifted % 400
    let dayOfYear = (153 * ((Int64(month + 1) + 9) % 12) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = shifted / 400 * 146_097 + dayOfEra - 719_468
    return Timestamp(seconds: days * 86_400 + hour * 3_600 + minute * 60 + second)
  }
}
