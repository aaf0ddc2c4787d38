import FlowModel
import Foundation
import SwitchboardSDK
import Testing

/// Foundation has an `Expression` too.
private typealias Formula = FlowModel.Expression

/// A scope in Moscow's winter: three hours ahead.
private struct Moscow: ExpressionScope {
  var root: Value = [
    "text": "Заказ №12: доставка в Тверь, 1 200 ₽, +7 912 345-67-89",
    "at": "2026-03-01T22:30:15.250Z", "list": ["б", "а", "б"],
  ]
  func value(at path: [String]) -> Value { root.member(at: path) }
  func utcOffsetSeconds(at moment: Timestamp) -> Int { 10_800 }
}

@Suite struct FunctionTests {
  private func value(_ source: String) throws -> Value {
    try ExpressionParser.parse(source).expression.evaluate(in: Moscow())
  }

  @Test(
    arguments: [
      ("text.fold('ЁЛКА')", "елка"), ("text.stem('доставкой') == text.stem('доставка')", true),
      ("text.words('Да, ёлка')", ["Да", "ёлка"]), ("text.phone(text)", "+79123456789"), ("text.price(text)", 1_200),
      ("text.phone('нет')", nil), ("text.price('нет')", nil), ("split('а, б, в', ', ')", ["а", "б", "в"]),
      ("split('а', '')", ["а"]), ("split('', ',')", [""]), ("split(',а,', ',')", ["", "а", ""]),
      ("join(['а', 1, null], '-')", "а-1-"), ("join(list)", "б, а, б"), ("join([], ', ')", ""),
      ("replace('аба', 'а', 'вв')", "ввбвв"), ("replace('аба', '', 'в')", "аба"), ("cut('ёлка', 2)", "ёл"),
      ("cut('ёлка', -1)", ""), ("cut('ёлка', 9)", "ёлка"), ("unique(list)", ["б", "а"]), ("sum([1, 2.5, 'x'])", 3.5),
      ("sum([])", 0), ("abs(-3)", 3), ("abs(2.5)", 2.5), ("abs('x')", nil),
    ] as [(String, Value)])
  func `texts and lists are taken apart and put together`(source: String, expected: Value) throws {
    #expect(try value(source) == expected)
  }

  @Test(
    arguments: [
      ("time.hour(at)", 1), ("time.hour(at, 'UTC')", 22), ("time.hour(at, '-05:00')", 17), ("time.minute(at)", 30),
      ("time.minute(at, '+05:30')", 0), ("time.weekday(at)", "mon"), ("time.weekday(at, 'UTC')", "sun"),
      ("time.date(at)", "2026-03-02"), ("time.date(at, 'UTC')", "2026-03-01"),
      ("time.in_hours(at, '22:00-06:00')", true), ("time.in_hours(at, '09:00-21:00')", false),
      ("time.in_hours(at, '22:00-24:00', 'UTC')", true), ("time.in_hours(at, '22-24')", false),
      ("time.seconds(at, '2026-03-02T01:31:15+03:00')", 59), ("time.hour('yesterday')", nil),
      ("time.hour(at, 'Mars')", nil), ("time.hour(null)", nil), ("time.in_hours(null, '00:00-24:00')", false),
      ("time.date('1969-12-31T23:59:59Z', 'UTC')", "1969-12-31"), ("time.hour('1969-12-31T23:59:59Z', 'UTC')", 23),
      ("time.date('2024-02-29T12:00:00Z', 'UTC')", "2024-02-29"),
    ] as [(String, Value)])
  func `moments are read in the project's zone, or in the one that is named`(
    source: String, expected: Value
  ) throws {
    #expect(try value(source) == expected)
  }

  @Test func `what would grow over a message's limit is nothing`() {
    let long = Formula.literal(.text(String(repeating: "а,", count: 30_000)))
    let much = Formula.literal(.text(String(repeating: "б", count: 1_000)))
    let scope = Moscow()
    #expect(Formula.call("replace", [long, .literal("а"), much]).evaluate(in: scope).isNull)
    #expect(Formula.call("join", [.call("split", [long, .literal(",")]), much]).evaluate(in: scope).isNull)
  }

  @Test func `every function bears nothing at all, too few arguments and the wrong ones`() {
    let odd: [Value] = [.null, .bool(true), .int(.min), .double(.nan), .text(""), .list([.null]), .map(["a": .null])]
    for function in FunctionLibrary.all {
      _ = function.apply([])
      for first in odd { for second in odd { _ = function.apply([first, second, second]) } }
    }
  }

  private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "docs/flow-language.md")

  /// With `SWITCHBOARD_REWRITE_GOLDEN=1` the table is written anew.
  @Test func `the manual lists the functions as they are`() throws {
    var text = try String(contentsOf: Self.page, encoding: .utf8)
    let start = try #require(text.range(of: "| function | gives |"))
    let end = try #require(text[start.lowerBound...].range(of: "\n\n"))
    if ProcessInfo.processInfo.environment["SWITCHBOARD_REWRITE_GOLDEN"] != nil {
      text.replaceSubrange(start.lowerBound..<end.lowerBound, with: FunctionLibrary.table)
      try text.write(to: Self.page, atomically: true, encoding: .utf8)
    }
    #expect(text.contains(FunctionLibrary.table + "\n\n"))
  }
}
