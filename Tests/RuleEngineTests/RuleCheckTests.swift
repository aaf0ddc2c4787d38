import RuleEngine
import Testing

@Suite struct RuleCheckTests {
  private func problems(_ source: String) -> [RuleProblem] {
    RuleEngine.check(file: "r.lua", source: Array(source.utf8))
  }

  @Test func `a sound rule has no problems`() {
    let source = """
      --- Says hello. <close> in a comment is fine.
      local words <const> = { "привет", text = 1 }
      local function greet(name) return "Привет, " .. name end
      return rule {
        description = [[Hello <close>]],
        on_message = function(message, conv, ctx)
          for index, word in ipairs(words) do
            if text.contains(message.text, word) then return reply(greet(conv.name or "") .. index):tag("hello") end
          end
          repeat local done = true until done
          while false do goto out end
          ::out::
          return pass()
        end,
      }
      """
    #expect(problems(source) == [])
  }

  @Test(arguments: [
    ("return rule {\n  on_message = function( return end }", 2, "expected"),
    ("return 5", nil, "the file must end with: return rule"),
    ("return rule { description = 'x' }", 1, "rule needs on_message"),
    ("return rule { on_mesage = function() end }", 1, "unknown field 'on_mesage' in rule; did you mean 'on_message'?"),
    ("local x <close> = nil\nreturn rule { on_message = pass }", 1, "<close> is not allowed in rules"),
    ("while true do end", 1, "over the budget of"),
  ] as [(String, Int?, String)])
  func `a file that gives no rule is told where and why`(source: String, line: Int?, message: String) {
    let found = problems(source)
    #expect(found.count == 1)
    #expect(found.first?.line == line)
    #expect(found.first?.message.contains(message) == true, "\(found)")
  }

  @Test func `all slips inside functions are told at once, with hints`() {
    let source = """
      return rule { on_message = function(msg, conv, ctx)
        total = 1
        function helper() end
        local a = msg.txt
        local b = strng.upper(a)
        local c = text.has_word_(a, {})
        local d = conv.state.anything
        return io.read(b, c, d, ctx.nowe)
      end }
      """
    let found = problems(source)
    #expect(found.map(\.line) == [2, 3, 4, 5, 6, 8, 8])
    #expect(found.map(\.message) == [
      "write to global 'total'", "write to global 'helper'", "unknown field 'msg.txt'", "unknown global 'strng'",
      "unknown function 'text.has_word_'", "unknown global 'io'", "unknown field 'ctx.nowe'",
    ])
    #expect(found[3].hint == "did you mean 'string'?")
  }

  @Test func `a file over 256 KiB is refused`() {
    let source = "return rule { on_message = pass } --" + String(repeating: "x", count: 256 * 1024)
    #expect(problems(source).first?.message.contains("over 262144") == true)
  }
}
