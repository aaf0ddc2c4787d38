//! SB08xx: rules in Lua.

extension Explanation {
  private static func rule(_ body: String) -> String {
    "return rule {\n  on_message = function(msg, conv, ctx)\n    \(body)\n  end,\n}"
  }

  static let rules: [Explanation] = [
    Explanation(
      .ruleSyntax, .rule,
      "Lua cannot read the file: a bracket, an 'end' or a comma is missing, most often just before.",
      bad: "return rule {\n  on_message = function(msg, conv, ctx\n    return pass()\n  end,\n}",
      mended: rule("return pass()")),
    Explanation(
      .ruleUnknownGlobal, .rule,
      "The name stands for nothing: it is neither declared with 'local' nor part of what rules may use.",
      bad: rule("return replay(\"Да\")"), mended: rule("return reply(\"Да\")")),
    Explanation(
      .ruleUnknownField, .rule,
      "'msg', 'conv' and 'ctx' have fixed fields; a field that does not exist would fail on the first message.",
      bad: rule("return reply(msg.txt)"), mended: rule("return reply(msg.text)")),
    Explanation(
      .ruleUnknownFunction, .rule, "The library has no such function; docs/rules/reference.md lists them all.",
      bad: rule("if text.has_an(msg.text, { \"цена\" }) then return block() end return pass()"),
      mended: rule("if text.has_any(msg.text, { \"цена\" }) then return block() end return pass()")),
    Explanation(
      .ruleGlobalWrite, .rule,
      "Rules have no globals, so that nothing of one message is left for the next; 'conv.state' remembers.",
      bad: rule("count = 1\n    return pass()"), mended: rule("local count = 1\n    return reply(count)")),
    Explanation(
      .ruleArgumentCount, .rule,
      "The function takes another number of arguments, so the call cannot mean what it says.",
      bad: rule("if text.has_any(msg.text) then return block() end return pass()"),
      mended: rule("if text.has_any(msg.text, { \"спам\" }) then return block() end return pass()")),
    Explanation(
      .ruleForbidden, .rule,
      "Rules reach no files, no programs, no clock and no other code, and leave nothing that runs later.",
      bad: rule("if os.time() > 0 then return pass() end return drop()"),
      mended: rule("if ctx.now > 0 then return pass() end return drop()")),
    Explanation(
      .ruleMissing, .rule, "The file is to end with 'return rule { … }', and the rule needs a handler.",
      bad: "return { on_message = function() return pass() end }", mended: rule("return pass()")),
    Explanation(
      .ruleDecisionUnused, .rule,
      "A decision counts only when it is returned; this one is made and forgotten, and the rule goes on.",
      bad: rule("if msg.text == \"\" then drop(\"пусто\") end\n    return pass()"),
      mended: rule("if msg.text == \"\" then return drop(\"пусто\") end\n    return pass()")),
    Explanation(
      .ruleFails, .rule, "The file is run once when it is loaded, within the budget of a call, and it failed.",
      bad: "local words = nil\nlocal first = words[1]\n" + rule("return reply(first)"),
      mended: "local words = { \"Да\" }\nlocal first = words[1]\n" + rule("return reply(first)")),
    Explanation(
      .ruleUnreadable, .rule, cause: "A rule file is UTF-8 text of at most 256 KiB.",
      bad: Example("--- (a file in another encoding)", bytes: Array("-- \u{FF}".utf8.dropLast()) + [0xFF]),
      mended: Example(rule("return pass()"))),
  ]
}
