import FlowModel
import SwitchboardSDK
import Testing

private struct Scope: ExpressionScope {
  var root: Value
  func value(at path: [String]) -> Value { root.member(at: path) }
}

@Suite struct ExpressionTests {
  private let scope = Scope(root: [
    "message": ["text": "Ещё продаёте ёлку?"], "rules": ["reply": nil, "action": "pass", "tags": ["a", "b"]],
    "vars": ["greeting": "Спасибо!", "n": 7, "big": .int(.max), "id": -1_001_234_567_890_123_456],
    "project": ["stop_words": ["елку", "спам"]],
  ])

  private func value(_ source: String) throws -> Value {
    try ExpressionParser.parse(source).expression.evaluate(in: scope)
  }

  @Test(
    arguments: [
      ("rules.reply or vars.greeting", "Спасибо!"), ("rules.action and vars.n", 7), ("rules.reply and 1", nil),
      ("not rules.reply", true), ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("7 / 2", 3.5), ("6 / 2", 3), ("-7 % 4", -3),
      ("2 - 3 - 4", -5), ("1 == 1.0", true), ("1 < 1.5 and 2 >= 2.0", true), ("'a' + \"b\"", "ab"),
      ("rules.tags[1]", "b"), ("rules.tags.0", "a"), ("'b' in rules.tags", true), ("'c' not in rules.tags", true),
      ("'прод' in message.text", true), ("message.text matches '*ЕЛКУ?'", true), ("message.text matches 'елку'", false),
      ("vars.id == -1001234567890123456", true), ("[1, 'a', vars.n]", [1, "a", 7]), ("true != false", true),
      ("'а' < 'б'", true), ("null == rules.reply", true), ("not 1 == 2", true),
    ] as [(String, Value)])
  func `an expression comes to its value`(source: String, expected: Value) throws {
    #expect(try value(source) == expected)
  }

  @Test(arguments: [
    "vars.big + 1", "vars.big * 2", "-vars.big - 2", "1 / 0", "1.5 / 0", "1 % 0", "message.text - 1", "no.such.path",
    "-message.text", "rules.tags * 2", "number('x')", "number('nan')", "first(1)", "round('x')",
  ])
  func `nonsense comes to nothing, never to a trap`(source: String) throws {
    #expect(try value(source).isNull)
  }

  @Test func `the most negative number divides and remains without a trap`() throws {
    let low = Expression.literal(.int(.min))
    let minusOne = Expression.literal(-1)
    #expect(Expression.binary(.divide, low, minusOne).evaluate(in: scope).isNull)
    #expect(Expression.binary(.remainder, low, minusOne).evaluate(in: scope) == 0)
    #expect(Expression.negate(low).evaluate(in: scope).isNull)
  }

  @Test func `a whole number is never rounded on its way into a comparison`() throws {
    let precise = Expression.literal(.int(9_007_199_254_740_993))
    let double = Expression.literal(.double(9_007_199_254_740_992))
    #expect(Expression.binary(.equal, precise, double).evaluate(in: scope) == false)
    #expect(Expression.binary(.greater, precise, double).evaluate(in: scope) == true)
    #expect(Expression.binary(.less, precise, .literal(.double(.infinity))).evaluate(in: scope) == true)
    #expect(Expression.binary(.less, precise, .literal(.double(.nan))).evaluate(in: scope) == false)
  }

  @Test(
    arguments: [
      ("len('ёж')", 2), ("count(rules.tags)", 2), ("lower('ЁЖ')", "ёж"), ("upper('ёж')", "ЁЖ"), ("trim('  a ')", "a"),
      ("contains(message.text, 'прод')", true), ("starts_with('abc', 'ab')", true), ("ends_with('abc', 'bc')", true),
      ("text.has_any(message.text, project.stop_words)", true), ("text.has_any('чисто', project.stop_words)", false),
      ("first(rules.tags)", "a"), ("last(rules.tags)", "b"), ("default(rules.reply, 'x')", "x"), ("min(3, 1, 2)", 1),
      ("max(1, 2.5)", 2.5), ("round(2.5)", 3), ("round(2.345, 2)", 2.35), ("number(' 12 ')", 12), ("string(12)", "12"),
      ("string(1.0)", "1"),
    ] as [(String, Value)])
  func `the library's functions do what they say`(source: String, expected: Value) throws {
    #expect(try value(source) == expected)
  }

  @Test(arguments: [
    ("", 0), ("1 +", 3), ("a = 1", 2), ("a == 'x", 5), ("(1", 2), ("1 2", 2), ("a < b < c", 6), ("75s", 0),
    ("a.", 2), ("f(1,", 4), ("99999999999999999999", 0), ("«a»", 0), ("'\\q'", 1), ("a && b", 2), ("and", 0),
  ])
  func `what is no expression is refused at its place`(source: String, offset: Int) {
    let error = #expect(throws: ExpressionError.self) { try ExpressionParser.parse(source) }
    #expect(error?.range.lowerBound == offset)
  }

  @Test(arguments: ["(", "[", "not ", "- ", "f(", "1 + ", "a.", "a["])
  func `deep and long sources end in an error, not in the stack`(piece: String) {
    #expect(throws: ExpressionError.self) { try ExpressionParser.parse(String(repeating: piece, count: 1_000)) }
    #expect(throws: ExpressionError.self) { try ExpressionParser.parse(String(repeating: piece, count: 5_000)) }
  }

  @Test func `a long chain of operators is evaluated within its stack`() throws {
    let chain = String(repeating: "1+", count: 2_000) + "1"
    #expect(try value(chain) == 2_001)
  }

  @Test(arguments: [("Привет", "Привет"), ("{vars.greeting} {{x}}", "Спасибо! {x}"), ("{no.path}!", "!"), ("", "")])
  func `holes are filled and doubled braces stay`(source: String, expected: String) throws {
    #expect(try TemplateParser.parse(source).template.rendered(in: scope) == expected)
  }
}
