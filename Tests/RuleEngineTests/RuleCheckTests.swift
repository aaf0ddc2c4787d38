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
      "unknown function 'text.has_word_'", "'io' does not exist in rules", "unknown field 'ctx.nowe'",
    ])
    #expect(found[3].hint == "did you mean 'string'?")
    #expect(found.map(\.code) == [
      .globalWrite, .globalWrite, .unknownField, .unknownGlobal, .unknownFunction, .forbidden, .unknownField,
    ])
    #expect(found[0].columns == 3..<8)
    #expect(found[2].columns == 17..<20)
  }

  @Test(arguments: [
    ("return conv.isAnswered", "unknown field 'conv.isAnswered'", "did you mean 'is_answered'?"),
    ("return reply(msg.sender.nane)", "unknown field 'msg.sender.nane'", "did you mean 'name'?"),
    ("return reply(ctx.local_time.week_day)", "unknown field 'ctx.local_time.week_day'", "did you mean 'weekday'?"),
    ("return time.betwen(1, 2, 3)", "unknown function 'time.betwen'", "did you mean 'between'?"),
    ("return math.flor(1)", "unknown function 'math.flor'", "did you mean 'floor'?"),
    ("return reply('a', 'b')", "'reply' takes 1 argument, but here are 2", "write reply(text)"),
    ("return text.has_any('a') and pass()", "'text.has_any' takes 2 arguments, but here are 1",
      "write text.has_any(s, parts)"),
    ("return reply(string.rep('a'))", "'string.rep' takes 2 to 3 arguments, but here are 1", nil),
    ("reply('a') return pass()", "the decision is made, but not returned", "write 'return reply(…)'"),
    ("if msg.text == '' then drop() end return pass()", "the decision is made, but not returned",
      "write 'return drop(…)'"),
    ("return os.time()", "'os' does not exist in rules", "ctx.now and ctx.local_time tell the time"),
    ("return _G", "rules have no table of globals", nil),
  ] as [(String, String, String?)])
  func `a slip is told with what is meant`(body: String, message: String, hint: String?) {
    let found = problems("return rule { on_message = function(msg, conv, ctx)\n  \(body)\nend }")
    #expect(found.map(\.message) == [message])
    #expect(found.first?.hint == hint)
    #expect(found.first?.line == 2 && found.first?.columns != nil)
  }

  @Test(arguments: [
    "return reply(text.fold(msg.text), nil == nil and 'x')", "local a = { reply('x') } return a[1]",
    "return text.has_any(msg.text, (function(a, b) return { a, b } end)(1, 2)) and drop() or pass()",
    "local function two() return 'a', 'b' end return text.has_any(two()) and drop() or pass()",
    "return string.rep(table.unpack({ 'a', 2 })) and pass()", "local d = reply 'x' return d:tag('y'):set('a', 1)",
    "local list = { pass = 1, reply = 2 } return reply(list.reply + list.pass)",
    "return ctx.project.anything and pass() or drop 'x'", "return reply(msg.attachments[1].label or '')",
  ])
  func `what is right is left alone, but for wrong numbers of arguments`(body: String) {
    let found = problems("return rule { on_message = function(msg, conv, ctx)\n  \(body)\nend }")
    let isWrong = body.contains("'x')\"") || body.hasPrefix("return reply(text.fold")
    #expect(found.map(\.code) == (isWrong ? [.argumentCount] : []), "\(found)")
  }

  @Test func `a file over 256 KiB is refused`() {
    let source = "return rule { on_message = pass } --" + String(repeating: "x", count: 256 * 1024)
    #expect(problems(source).first?.message.contains("over 262144") == true)
  }
}
