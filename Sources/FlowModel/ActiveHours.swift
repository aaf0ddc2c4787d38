//! `active: { days: mon-sun, hours: "09:00-21:00" }`, in the project's time zone.
package import SwitchboardSDK

package struct ActiveHours: Sendable, Hashable {
  /// Index 0 is Monday. Exactly seven.
  package var days: [Bool]
  /// Minutes since midnight; 1440 is the end of the day. `from > to` runs over midnight and belongs to the day it
  /// starts on.
  package var fromMinute: Int
  package var toMinute: Int

  package init(days: [Bool], fromMinute: Int, toMinute: Int) {
    self.days = days
    self.fromMinute = fromMinute
    self.toMinute = toMinute
  }

  /// Whether a moment falls into the hours. `utcOffsetSeconds` is the zone's offset at that moment.
  package func contains(_ moment: Timestamp, utcOffsetSeconds: Int) -> Bool {
    let local = moment.secondsSince1970 + Int64(utcOffsetSeconds)
    let day = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
    let minute = Int((local - day * 86_400) / 60)
    // 1970-01-01 was a Thursday.
    let weekday = Int(((day + 3) % 7 + 7) % 7)
    let previous = (weekday + 6) % 7
    guard days.count == 7 else { return false }
    if fromMinute < toMinute { return days[weekday] && minute >= fromMinute && minute < toMinute }
    if fromMinute == toMinute { return days[weekday] }
    return (days[weekday] && minute >= fromMinute) || (days[previous] && minute < toMinute)
  }
}
