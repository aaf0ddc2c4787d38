//! Wall-clock times: what a moment is called in a zone, and which moment a written time means.
package import SwitchboardSDK

package enum CivilTime {
  /// Seconds that a zone's clocks are ahead of UTC at a moment.
  package typealias Offset = @Sendable (Timestamp) -> Int

  private static let minuteMilliseconds: Int64 = 60_000
  /// No zone is further from UTC than this (the widest in the database: −12:14:46 to +14:00, −15:13:42 long ago).
  private static let offsetSecondsMax: Int64 = 16 * 3_600

  /// Days from 1970-01-01 to a date of the Gregorian calendar. The month and day may lie outside their bounds.
  static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month > 2 ? year : year - 1
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  static func daysIn(month: Int64, year: Int64) -> Int64 {
    let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
    switch month {
    case 2: return isLeap ? 29 : 28
    case 4, 6, 9, 11: return 30
    default: return 31
    }
  }

  /// The minute that the clocks of a zone show, counted from 1970-01-01T00:00 on their dial.
  static func localMinute(of moment: Timestamp, _ offset: Offset) -> Int64 {
    floorDivide(moment.secondsSince1970 + Int64(offset(moment)), 60)
  }

  /// The moment at which a zone's clocks first show this minute. When they skip it (they are put forward over it): the
  /// moment they are put forward.
  package static func moment(ofLocalMinute minute: Int64, _ offset: Offset) -> Timestamp {
    let (product, overflow) = minute.multipliedReportingOverflow(by: minuteMilliseconds)
    guard !overflow else { return Timestamp(milliseconds: minute < 0 ? .min : .max) }
    let dial = Timestamp(milliseconds: product)
    // Before this the dial showed less, after that more, whatever the zone.
    var low = dial.adding(milliseconds: -offsetSecondsMax * 1_000).milliseconds / minuteMilliseconds
    var high = dial.adding(milliseconds: offsetSecondsMax * 1_000).milliseconds / minuteMilliseconds
    let early = offset(Timestamp(milliseconds: low * minuteMilliseconds))
    let late = offset(Timestamp(milliseconds: high * minuteMilliseconds))
    for candidate in [early, late].sorted(by: >) {
      // The greater offset is the earlier of two moments that show the same.
      let at = dial.adding(milliseconds: -Int64(candidate) * 1_000)
      if localMinute(of: at, offset) == minute { return at }
    }
    guard early != late else { return dial.adding(milliseconds: -Int64(early) * 1_000) }
    // Skipped: the change lies between the two. The first moment whose dial is past the minute.
    while low + 1 < high {
      let middle = (low + high) / 2
      if localMinute(of: Timestamp(milliseconds: middle * minuteMilliseconds), offset) > minute {
        high = middle
      } else {
        low = middle
      }
    }
    return Timestamp(milliseconds: high * minuteMilliseconds)
  }

  static func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
    let quotient = number / divisor
    return number % divisor < 0 ? quotient - 1 : quotient
  }

  // MARK: Written times

  /// `2026-03-02T10:00`, with seconds and an offset (`Z`, `+03:00`) or without one: then by the zone's clocks; a date
  /// alone is its midnight. `09:00` is the next time that the clocks show it, at least a minute from now. Nil for
  /// anything else.
  package static func moment(written text: String, after now: Timestamp, _ offset: Offset) -> Timestamp? {
    guard text.utf8.count <= 40 else { return nil }
    var scan = Scan(Array(text.utf8))
    if let hour = scan.digits(2), scan.take(":"), let minute = scan.digits(2), scan.isAtEnd {
      guard (0...23).contains(hour), (0...59).contains(minute) else { return nil }
      return next(minuteOfDay: hour * 60 + minute, after: now, offset)
    }
    scan = Scan(Array(text.utf8))
    guard let year = scan.digits(4), scan.take("-"), let month = scan.digits(2), scan.take("-"),
      let day = scan.digits(2), (1...12).contains(month), (1...daysIn(month: month, year: year)).contains(day)
    else { return nil }
    let midnight = days(year: year, month: month, day: day) * 1_440
    if scan.isAtEnd { return moment(ofLocalMinute: midnight, offset) }
    guard scan.take("T") || scan.take(" "), let hour = scan.digits(2), scan.take(":"), let minute = scan.digits(2),
      (0...23).contains(hour), (0...59).contains(minute)
    else { return nil }
    var milliseconds: Int64 = 0
    if scan.take(":") {
      guard let seconds = scan.digits(2), (0...59).contains(seconds) else { return nil }
      milliseconds = seconds * 1_000
      if scan.take("."), let fraction = scan.fraction() { milliseconds += fraction }
    }
    let dial = midnight + hour * 60 + minute
    if scan.isAtEnd { return moment(ofLocalMinute: dial, offset).adding(milliseconds: milliseconds) }
    guard let minutes = scan.zone(), scan.isAtEnd else { return nil }
    return Timestamp(milliseconds: (dial - minutes) * minuteMilliseconds + milliseconds)
  }

  private static func next(minuteOfDay: Int64, after now: Timestamp, _ offset: Offset) -> Timestamp {
    let today = floorDivide(localMinute(of: now, offset), 1_440)
    for day in today...(today + 2) {
      let moment = moment(ofLocalMinute: day * 1_440 + minuteOfDay, offset)
      if moment > now { return moment }
    }
    return now
  }

  private struct Scan {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { at == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard at < bytes.count, UInt32(bytes[at]) == character.value else { return false }
      at += 1
      return true
    }

    mutating func digits(_ count: Int) -> Int64? {
      guard at + count <= bytes.count else { return nil }
      var number: Int64 = 0
      for byte in bytes[at..<at + count] {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        number = number * 10 + Int64(byte - UInt8(ascii: "0"))
      }
      at += count
      return number
    }

    /// Milliseconds of up to nine digits behind the point.
    mutating func fraction() -> Int64? {
      var milliseconds: Int64 = 0
      var unit: Int64 = 100
      var taken = 0
      while taken < 9, let digit = digits(1) {
        milliseconds += digit * unit
        unit /= 10
        taken += 1
      }
      return taken > 0 ? milliseconds : nil
    }

    /// Minutes ahead of UTC.
    mutating func zone() -> Int64? {
      if take("Z") { return 0 }
      let sign: Int64 = take("+") ? 1 : take("-") ? -1 : 0
      guard sign != 0, let hours = digits(2), take(":"), let minutes = digits(2), hours <= 16, minutes <= 59 else {
        return nil
      }
      return sign * (hours * 60 + minutes)
    }
  }
}
