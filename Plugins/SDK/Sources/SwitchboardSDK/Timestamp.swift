//! A moment of the wall clock, in milliseconds, so that it is stored and compared as one integer.

/// Milliseconds since 1970-01-01T00:00:00Z.
@frozen
public struct Timestamp: Sendable, Hashable, Comparable {
  public var milliseconds: Int64

  @inlinable
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// From whole seconds since 1970, the form Telegram (`date`) and Avito (`created`) use.
  public init(seconds: Int64) {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
    self.milliseconds = overflow ? (seconds < 0 ? .min : .max) : product
  }

  @inlinable
  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

  /// Saturates at the ends of the range instead of trapping.
  public func adding(milliseconds delta: Int64) -> Timestamp {
    let (sum, overflow) = milliseconds.addingReportingOverflow(delta)
    return Timestamp(milliseconds: overflow ? (delta < 0 ? .min : .max) : sum)
  }

  /// `later - earlier` in milliseconds, saturating.
  public func millisecondsSince(_ earlier: Timestamp) -> Int64 {
    let (difference, overflow) = milliseconds.subtractingReportingOverflow(earlier.milliseconds)
    return overflow ? (milliseconds < earlier.milliseconds ? .min : .max) : difference
  }

  public var secondsSince1970: Int64 {
    milliseconds >= 0 ? milliseconds / 1_000 : -((-(milliseconds + 1)) / 1_000) - 1
  }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339 in UTC with milliseconds: `2026-03-02T07:00:00.000Z`. Years outside 0…9999 print as milliseconds.
  public var description: String {
    let seconds = secondsSince1970
    let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let ofDay = seconds - days * 86_400
    guard let civil = CivilDate(daysSince1970: days), (0...9999).contains(civil.year) else {
      return "\(milliseconds)ms"
    }
    func padded(_ number: Int64, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    let date = "\(padded(civil.year, 4))-\(padded(civil.month, 2))-\(padded(civil.day, 2))"
    let time = "\(padded(ofDay / 3_600, 2)):\(padded(ofDay % 3_600 / 60, 2)):\(padded(ofDay % 60, 2))"
    return "\(date)T\(time).\(padded(milliseconds - seconds * 1_000, 3))Z"
  }
}

/// A day of the proleptic Gregorian calendar.
public struct CivilDate: Sendable, Hashable {
  public var year: Int64
  public var month: Int64
  public var day: Int64

  /// Nil when the year would leave ±1,000,000.
  public init?(daysSince1970 days: Int64) {
    guard (-365_000_000...365_000_000).contains(days) else { return nil }
    // Counted from 0000-03-01, so that the leap day is the last day of a year and needs no special case.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    self.day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    self.month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
  }
}
