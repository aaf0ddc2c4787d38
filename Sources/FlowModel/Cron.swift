//! `cron: "0 9 * * mon-fri"`: five fields, and when they next come true by the clocks of a zone.
package import SwitchboardSDK

/// Minute, hour, day of the month, month, day of the week. When both days are restricted, either is enough, as cron
/// has always had it.
///
/// When clocks are put forward, times that they skip come true once, at the moment of the change. When clocks are put
/// back, a time that they show twice comes true the first time only; but an expression with every hour (`*/15 * * * *`)
/// counts minutes as they pass and misses none.
package struct Cron: Sendable, Hashable {
  /// As written.
  package let text: String
  /// Bit n stands for value n.
  let minutes: UInt64
  let hours: UInt64
  let days: UInt64
  let months: UInt64
  /// Bit 0 is Sunday.
  let weekdays: UInt64
  let hasAnyDay: Bool
  let hasAnyWeekday: Bool
  let hasEveryHour: Bool

  /// The first moment after another at which the expression comes true. Nil when that is never (30 February).
  package func next(after moment: Timestamp, _ offset: CivilTime.Offset) -> Timestamp? {
    if hasEveryHour { return nextByElapsedTime(after: moment, offset) }
    var minute = CivilTime.localMinute(of: moment, offset) + 1
    // Twice at most the same moment: several skipped times come true together, and a dial that was put back shows
    // minutes that have had their turn.
    for _ in 0..<2_000 {
      guard let found = nextLocalMinute(from: minute) else { return nil }
      let at = CivilTime.moment(ofLocalMinute: found, offset)
      if at > moment { return at }
      minute = found + 1
    }
    return nil
  }

  /// Where every hour counts, the dial may run back and forth: the moments are looked through as they pass, an hour at
  /// a time.
  private func nextByElapsedTime(after moment: Timestamp, _ offset: CivilTime.Offset) -> Timestamp? {
    let step: Int64 = 60_000
    var at = Timestamp(milliseconds: (CivilTime.floorDivide(moment.milliseconds, step) + 1) * step)
    for _ in 0..<200_000 {
      let minute = CivilTime.localMinute(of: at, offset)
      if fits(localMinute: minute) { return at }
      // To the next fitting minute of the dial, but never past a possible change of the clocks.
      guard let found = nextLocalMinute(from: minute + 1) else { return nil }
      let quarter = 15 - CivilTime.floorDivide(at.milliseconds, step) % 15
      let isSteady = offset(at) == offset(at.adding(milliseconds: 86_400_000))
      at = at.adding(milliseconds: min(found - minute, isSteady ? 1_440 : max(quarter, 1)) * step)
    }
    return nil
  }

  private func fits(localMinute minute: Int64) -> Bool {
    let day = CivilTime.floorDivide(minute, 1_440)
    let ofDay = minute - day * 1_440
    return has(minutes, ofDay % 60) && has(hours, ofDay / 60) && fits(day: day)
  }

  private func has(_ set: UInt64, _ value: Int64) -> Bool { set >> UInt64(max(0, min(value, 63))) & 1 == 1 }

  private func fits(day: Int64) -> Bool {
    guard let date = CivilDate(daysSince1970: day), has(months, date.month) else { return false }
    let isDay = has(days, date.day)
    // 1970-01-01 was a Thursday.
    let isWeekday = has(weekdays, ((day + 4) % 7 + 7) % 7)
    if hasAnyDay { return isWeekday }
    if hasAnyWeekday { return isDay }
    return isDay || isWeekday
  }

  /// The first minute of the dial from one on. 29 February may be eight years away.
  private func nextLocalMinute(from minute: Int64) -> Int64? {
    let first = CivilTime.floorDivide(minute, 1_440)
    for day in first...(first + 366 * 9) where fits(day: day) {
      let start = day == first ? minute - day * 1_440 : 0
      for hour in (start / 60)..<24 where has(hours, hour) {
        let from = hour == start / 60 ? start % 60 : 0
        if let found = (from..<60).first(where: { has(minutes, $0) }) { return day * 1_440 + hour * 60 + found }
      }
    }
    return nil
  }
}
