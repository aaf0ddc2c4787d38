import FlowModel
import SwitchboardSDK
import Testing

/// An expression printed is read as the same expression again, and reads as a person would write it.
@Suite struct ExpressionTextTests {
  @Test(arguments: [
    "a or b and not c", "(a or b) and c", "not (a and b)", "not a == b", "1 + 2 * 3", "(1 + 2) * 3", "1 - (2 - 3)",
    "1 - 2 - 3", "-(1 + 2)", "text.has_any(message.text, [\"x\", \"y\"])",
    "message.text in [\"a\\\"b\", \"c\\\\d\\n\"]",
    "x matches \"при*\"", "a.b.c >= 1.5", "null", "true or false", "len([]) == 0",
  ])
  func `it says what it said`(text: String) throws {
    let expression = try ExpressionParser.parse(text).expression
    #expect(expression.text == text)
    #expect(try ExpressionParser.parse(expression.text).expression == expression)
  }

  @Test func `parentheses that change nothing are left out`() throws {
    #expect(try ExpressionParser.parse("((a) or ((b and c)))").expression.text == "a or b and c")
  }
}
