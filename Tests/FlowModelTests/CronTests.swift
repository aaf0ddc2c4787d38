import FlowModel
import SwitchboardSDK
import Testing

/// Calendars by the clocks of zones that change them, without the system's database: each zone here is a rule.
@Suite struct CronTests {
  /// Forward at 02:00 on 29 March 2026 (01:00 UTC), back at 03:00 on 25 October (01:00 UTC): Central Europe.
  static let berlin: CivilTime.Offset = { moment in
    let forward = at("2026-03-29T01:00Z")
    let back = at("2026-10-25T01:00Z")
    return moment >= forward && moment < back ? 7_200 : 3_600
  }
  /// Half an hour forward and back: Lord Howe Island. Forward at 02:00 on 4 October 2026, back at 02:00 on 5 April.
  static let lordHowe: CivilTime.Offset = { moment in
    moment >= at("2026-04-04T15:00Z") && moment < at("2026-10-03T15:30Z") ? 37_800 : 39_600
  }
  static let moscow: CivilTime.Offset = { _ in 10_800 }

  private static func at(_ text: String) -> Timestamp {
    CivilTime.moment(written: text, after: Timestamp(milliseconds: 0), { _ in 0 }) ?? Timestamp(milliseconds: -1)
  }

  /// The next times in UTC, to the minute.
  private func next(
    _ text: String, after start: String, _ count: Int = 3, _ offset: CivilTime.Offset = moscow
  ) throws -> [String] {
    let cron = try CronParser.parse(text)
    var moment = Self.at(start)
    var found: [String] = []
    while found.count < count, let next = cron.next(after: moment, offset) {
      #expect(next > moment)
      found.append(String(next.description.prefix(16)))
      moment = next
    }
    return found
  }

  @Test func `fields, names, lists, ranges and steps mean what cron means by them`() throws {
    // 2026-03-02 is a Monday.
    #expect(
      try next("0 9 * * mon-fri", after: "2026-03-06T05:00Z")
        == ["2026-03-06T06:00", "2026-03-09T06:00", "2026-03-10T06:00"])
    #expect(
      try next("*/20 8,20 * * *", after: "2026-03-02T05:30Z", 4)
        == ["2026-03-02T05:40", "2026-03-02T17:00", "2026-03-02T17:20", "2026-03-02T17:40"])
    #expect(
      try next("5/25 0 1 JAN,jul *", after: "2026-03-02T00:00Z", 3)
        == ["2026-06-30T21:05", "2026-06-30T21:30", "2026-06-30T21:55"])
    #expect(try next("0 0 * * 7", after: "2026-03-02T00:00Z", 1) == ["2026-03-07T21:00"])
    #expect(try next("0 0 * * sat-sun", after: "2026-03-02T00:00Z", 2) == ["2026-03-06T21:00", "2026-03-07T21:00"])
    #expect(try next("@daily", after: "2026-03-02T00:00Z", 2) == ["2026-03-02T21:00", "2026-03-03T21:00"])
    #expect(try next("@HOURLY", after: "2026-03-02T00:00Z", 1) == ["2026-03-02T01:00"])
  }

  @Test func `with both days restricted, either is enough; with one, that one`() throws {
    #expect(
      try next("0 0 13 * fri", after: "2026-03-02T00:00Z", 3)
        == ["2026-03-05T21:00", "2026-03-12T21:00", "2026-03-19T21:00"])
    #expect(try next("0 0 31 * *", after: "2026-03-31T00:00Z", 2) == ["2026-05-30T21:00", "2026-07-30T21:00"])
  }

  @Test func `29 February comes in leap years, also over a century without one`() throws {
    #expect(try next("0 12 29 feb *", after: "2026-03-01T00:00Z", 2) == ["2028-02-29T09:00", "2032-02-29T09:00"])
    #expect(try next("0 12 29 2 *", after: "2096-03-01T00:00Z", 1) == ["2104-02-29T09:00"])
  }

  @Test func `times that the clocks skip come once, when the clocks are put forward`() throws {
    // 02:30 does not exist on 29 March: 01:00 UTC, the moment of the change.
    #expect(
      try next("30 2 * * *", after: "2026-03-28T00:00Z", 3, Self.berlin)
        == ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"])
    // All of the hour together are one.
    #expect(
      try next("*/10 2 29 3 *", after: "2026-03-28T12:00Z", 2, Self.berlin)
        == ["2026-03-29T01:00", "2027-03-29T01:00"])
    // 03:00 is the moment of the change itself.
    #expect(try next("0,30 2,3 29 3 *", after: "2026-03-29T00:59Z", 2, Self.berlin)
      == ["2026-03-29T01:00", "2026-03-29T01:30"])
    #expect(try next("15 2 4 10 *", after: "2026-10-03T00:00Z", 1, Self.lordHowe) == ["2026-10-03T15:30"])
  }

  @Test func `times that the clocks show twice come the first time only`() throws {
    #expect(
      try next("30 2 * * *", after: "2026-10-24T12:00Z", 2, Self.berlin) == ["2026-10-25T00:30", "2026-10-26T01:30"])
    #expect(
      try next("45 1 * * *", after: "2026-04-04T00:00Z", 2, Self.lordHowe) == ["2026-04-04T14:45", "2026-04-05T15:15"])
    // Begun within the second showing: it has been.
    #expect(try next("30 2 * * *", after: "2026-10-25T01:10Z", 1, Self.berlin) == ["2026-10-26T01:30"])
  }

  @Test func `every hour means every hour that passes`() throws {
    #expect(
      try next("*/30 * * * *", after: "2026-10-25T00:00Z", 6, Self.berlin)
        == [
          "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T02:00", "2026-10-25T02:30",
          "2026-10-25T03:00",
        ])
    #expect(
      try next("15 * 29 3 *", after: "2026-03-29T00:00Z", 3, Self.berlin)
        == ["2026-03-29T00:15", "2026-03-29T01:15", "2026-03-29T02:15"])
  }

  @Test(arguments: [
    ("0 25 * * *", 2..<4), ("60 9 * * *", 0..<2), ("0 9 * * mon-fry", 12..<15), ("0 9 0 * *", 4..<5),
    ("0 9 * 13 *", 6..<8), ("5-1 9 * * *", 0..<3), ("*/0 9 * * *", 2..<3), ("0 9 * *", 0..<7), ("0 0 9 * * *", 10..<11),
    ("@dayly", 0..<6), ("1,,2 9 * * *", 2..<3), ("a 9 * * *", 0..<1), ("0 0 30 2 *", 4..<6), ("", 0..<1),
    ("1-2-3 9 * * *", 0..<5), ("٣ 9 * * *", 0..<1), ("99999 9 * * *", 0..<5), ("*/5/5 9 * * *", 0..<5),
  ])
  func `what is wrong is told with its place`(text: String, place: Range<Int>) {
    #expect {
      _ = try CronParser.parse(text)
    } throws: { error in
      (error as? ExpressionError)?.range == place
    }
  }

  @Test func `written times: with an offset, by the zone's clocks, a day, and the next time of day`() {
    let now = Self.at("2026-03-02T05:00Z")
    func read(_ text: String) -> String? {
      CivilTime.moment(written: text, after: now, Self.moscow).map { String($0.description.dropLast(5)) }
    }
    #expect(read("2026-03-02T10:00+03:00") == "2026-03-02T07:00:00")
    #expect(read("2026-03-02 10:00:30.5Z") == "2026-03-02T10:00:30")
    #expect(read("2026-03-02T10:00") == "2026-03-02T07:00:00")
    #expect(read("2026-03-03") == "2026-03-02T21:00:00")
    #expect(read("09:00") == "2026-03-02T06:00:00")
    #expect(read("08:00") == "2026-03-03T05:00:00")
    for wrong in ["", "9:00", "24:00", "2026-02-30", "2026-03-02T25:00", "2026-03-02T10:00+3", "tomorrow", "09:00 x"] {
      #expect(read(wrong) == nil)
    }
  }
}
