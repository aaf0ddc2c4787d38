//! Functions on moments. A moment is a text such as `event.occurred_at`; a zone is `UTC` or an offset such as `+03:00`,
//! and where it is left out, the project's own zone.
internal import SwitchboardSDK

extension FunctionLibrary {
  static let moments: [LibraryFunction] = [
    zoned("time.hour", .number, "the hour, 0 to 23") { local, _ in .int(local.secondOfDay / 3_600) },
    zoned("time.minute", .number, "the minute, 0 to 59") { local, _ in .int(local.secondOfDay % 3_600 / 60) },
    zoned("time.weekday", .text, "`mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`") { local, _ in
      .text(local.weekday)
    },
    zoned("time.date", .text, "the day, as `2026-03-02`") { local, _ in .text(local.date) },
    LibraryFunction(
      name: "time.in_hours", parameters: [.text, .text, .text], optionalCount: 1, result: .bool,
      summary: "whether the moment lies in hours such as `09:00-21:00`; `22:00-06:00` runs over midnight",
      zoneParameter: 2
    ) { arguments in
      guard let local = LocalMoment(arguments.value(0), offset: arguments.value(2)),
        let hours = DayHours(arguments.value(1).displayText)
      else { return .bool(false) }
      return .bool(hours.contains(minute: local.secondOfDay / 60))
    },
    LibraryFunction(
      name: "time.seconds", parameters: [.text, .text], result: .number, summary: "seconds from the first to the second"
    ) { arguments in
      guard let first = MomentText.milliseconds(arguments.value(0).displayText),
        let second = MomentText.milliseconds(arguments.value(1).displayText)
      else { return .null }
      let (difference, overflow) = second.subtractingReportingOverflow(first)
      return overflow ? .null : .int(difference / 1_000)
    },
  ]

  private static func zoned(
    _ name: String, _ result: ValueType, _ summary: String,
    _ answer: @escaping @Sendable (LocalMoment, [Value]) -> Value
  ) -> LibraryFunction {
    LibraryFunction(
      name: name, parameters: [.text, .text], optionalCount: 1, result: result, summary: summary, zoneParameter: 1
    ) { arguments in
      LocalMoment(arguments.value(0), offset: arguments.value(1)).map { answer($0, arguments) } ?? .null
    }
  }
}

/// A moment as clocks on the wall show it.
private struct LocalMoment {
  private let seconds: Int64

  /// `offset` is in seconds; what is no number gives no moment.
  init?(_ moment: Value, offset: Value) {
    guard let milliseconds = MomentText.milliseconds(moment.displayText), let ahead = offset.intValue,
      (-86_400...86_400).contains(ahead)
    else { return nil }
    let whole = milliseconds >= 0 ? milliseconds / 1_000 : (milliseconds - 999) / 1_000
    let (local, overflow) = whole.addingReportingOverflow(ahead)
    guard !overflow else { return nil }
    seconds = local
  }

  private var day: Int64 { seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400 }
  var secondOfDay: Int64 { seconds - day * 86_400 }

  /// 1970-01-01 was a Thursday.
  var weekday: String {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    return names[Int(((day + 3) % 7 + 7) % 7)]
  }

  var date: String { String(Timestamp(milliseconds: day * 86_400_000).description.prefix { $0 != "T" }) }
}

/// `22:00-06:00`, in minutes.
private struct DayHours {
  private let from: Int64
  private let to: Int64

  init?(_ text: String) {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(Self.minute)
    guard ends.count == 2, let from = ends[0], let to = ends[1] else { return nil }
    self.from = from
    self.to = to
  }

  private static func minute(_ text: Substring) -> Int64? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let hour = Int64(parts[0]), let minute = Int64(parts[1]), (0..<60).contains(minute),
      (0...23).contains(hour) || (hour == 24 && minute == 0)
    else { return nil }
    return hour * 60 + minute
  }

  func contains(minute: Int64) -> Bool {
    if from == to { return true }
    return from < to ? minute >= from && minute < to : minute >= from || minute < to
  }
}
