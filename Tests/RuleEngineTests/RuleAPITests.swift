import FlowModel
import RuleEngine
import SwitchboardSDK
import Synchronization
import Testing

@Suite struct RuleAPITests {
  @Test func `the contract's example answers, routes with a tag, and passes`() async throws {
    let rig = try RuleRig()
    let body = """
      if text.has_any(msg.text, { "самовывоз" }) then return reply("Забрать можно сегодня.") end
      if conv.item and conv.item.price > 100000 then return route("vip"):tag("дорого"):tag("b") end
      return pass()
      """
    let reply = try await rig.answer(body, .sample(text: "Есть САМОВЫВОЗ?"))
    #expect(reply.action == "reply" && reply.reply == "Забрать можно сегодня." && reply.leavesState)
    let route = try await rig.answer(body)
    #expect(route.action == "route" && route.route == "vip" && route.tags == ["дорого", "b"])
    var cheap = RuleCall.sample()
    cheap.conversation = ["key": "k", "name": "n"]
    #expect(try await rig.answer(body, cheap).action == "pass")
  }

  @Test(arguments: [
    ("return block('спам')", "block", "спам"), ("return drop('пусто')", "drop", "пусто"),
    ("return { action = 'hold', reason = 'ночь', tags = { 'x' } }", "hold", "ночь"),
  ])
  func `decisions carry their reason`(body: String, action: String, reason: String) async throws {
    let decision = try await RuleRig().answer(body)
    #expect(decision.action == action)
    #expect(decision.reason == reason)
  }

  @Test func `every field of message, conversation and context reads as it was given`() async throws {
    let decision = try await RuleRig().answer("""
      local t = ctx.local_time
      return reply(table.concat({ msg.id, msg.from, msg.kind, msg.sender.name, msg.chat.kind, #msg.attachments,
        msg.attachments[1].label, tostring(msg.reply_to), msg.channel, conv.key, conv.item.title, conv.item.price,
        ctx.now, t.weekday, t.iso, ctx.project.stop_words[2], ctx.project.greeting }, "|"))
      """)
    let expected = "m1|customer|message|Анна Петрова|private|1|Фото|nil|avito-main|avito-main:u2i-1|Диван|150000|"
      + "1772434800|1|2026-03-02T10:00:00+03:00|казино|Здравствуйте!"
    #expect(decision.reply == expected)
  }

  @Test(arguments: [
    ("return reply(msg.txt)", "unknown field 'msg.txt'; did you mean 'text'?"),
    ("return reply(conv.item.prise)", "unknown field 'conv.item.prise'; did you mean 'price'?"),
    ("return reply(ctx.nov)", "unknown field 'ctx.nov'; did you mean 'now'?"),
    ("return replay('x')", "unknown global 'replay'; did you mean 'reply'?"),
    ("return reply(text.has_an('x', {}))", "unknown function 'text.has_an'; did you mean 'has_any'?"),
    ("count = 1", "write to global 'count': rules have no globals, write 'local count'"),
    ("string.x = 1", "libraries are read-only"),
    ("msg.text = 'x'", "'msg.text' cannot be changed; only conv.state keeps values"),
    ("return os.time()", "'os' does not exist in rules"),
  ])
  func `a slip is an error with its line and a suggestion`(body: String, detail: String) async throws {
    let failure = try await RuleRig().failure(body)
    #expect(failure == RuleFailure(code: .failed, rule: "reply", line: 2, detail: detail))
  }

  @Test(arguments: [
    ("", "the rule returned nothing; end it with: return pass()"),
    ("return pass", "the rule returned a function; write pass(), not pass"),
    ("return 'x'", "the rule returned a string, not a decision like reply(\"…\")"),
    ("return { action = 'x', dealy = 1 }", "unknown field 'dealy' in the decision"),
    ("return { action = 'x', values = { 'y' } }", "'values' of the decision must have names"),
    ("return { action = 'x', values = { y = {} } }",
      "a value of the decision is a text, number, true or false under a name"),
  ])
  func `what is no decision is refused`(body: String, detail: String) async throws {
    let failure = try await RuleRig().failure(body)
    #expect(failure.code == .badResult)
    #expect(failure.detail == detail)
  }

  @Test(arguments: [
    ("conv.state.f = print return pass()", "conv.state holds a function"),
    ("conv.state.x = 0/0 return pass()", "a number of conv.state is not finite"),
    ("conv.state = { 1, 2 } return pass()", "conv.state must have named members"),
    ("conv.state.x = ('x'):rep(20000) return pass()", "conv.state takes 20008 bytes, over 16384"),
    ("for i = 1, 501 do conv.state['k' .. i] = i end return pass()", "conv.state has over 500 values"),
    ("conv.state.a = {b={c={d={e={f={g={h={}}}}}}}} return pass()",
      "conv.state is nested over 8 levels (or holds itself)"),
    ("local t = {} t.t = t conv.state.t = t return pass()", "conv.state is nested over 8 levels (or holds itself)"),
    ("conv.state.x = { 1, a = 2 } return pass()", "a table of conv.state mixes a list and named members"),
  ])
  func `state over its limits fails with a code of its own`(body: String, detail: String) async throws {
    let failure = try await RuleRig().failure(body)
    #expect(failure.code == .state)
    #expect(failure.detail == detail)
  }

  @Test func `state at its limits is kept`() async throws {
    let rig = try RuleRig()
    let many = try await rig.answer("for i = 1, 499 do conv.state['k' .. i] = i end return pass()")
    #expect(many.state?.mapValue?.count == 499)
    let deep = try await rig.answer("conv.state.a = {b={c={d={e={f={g={}}}}}}} return pass()")
    #expect(deep.state != nil)
    let long = try await rig.answer("conv.state.x = ('x'):rep(16376) return pass()")
    #expect(long.state?.mapValue?["x"]?.textValue?.count == 16_376)
  }

  @Test func `a decision carries named values, twenty at most`() async throws {
    let rig = try RuleRig()
    let decision = try await rig.answer(
      "return route('call'):set('phone', '+7'):set('n', 2):set('n', 3):set('ok', true)")
    #expect(decision.values == ["phone": "+7", "n": 3, "ok": true])
    #expect(decision.value["values"]["phone"] == "+7")
    let table = try await rig.answer("return { action = 'hold', values = { x = 1.5 } }")
    #expect(table.values == ["x": 1.5])
    let many = "local d = pass() for i = 1, 21 do d:set('k' .. i, i) end return d"
    #expect(try await rig.failure(many).detail == "a decision may have 20 values")
    #expect(try await rig.failure("return pass():set('x', {})").detail.contains("text, number, true or false"))
  }

  @Test(arguments: [
    ("edit", "edit"), ("callback", "callback c1"), ("message", "message"), ("delete", "message"),
    ("service", "message"), ("никакой", "message"), ("on_message_and_a_very_long_kind", "message"),
  ])
  func `an event goes to the handler of its kind, or to on_message`(kind: String, expected: String) async throws {
    let rig = try RuleRig()
    try rig.write("reply", """
      return rule {
        on_message = function() return reply("message") end,
        on_edit = function() return reply("edit") end,
        on_callback = function(msg) return reply("callback " .. msg.callback.data) end,
      }
      """)
    #expect(rig.load() == [])
    var call = RuleCall.sample()
    var message = try #require(call.message.mapValue)
    message["kind"] = .text(kind)
    message["callback"] = ["id": "1", "data": "c1", "message_id": nil]
    call.message = .map(message)
    #expect(try await rig.engine.judge(call).reply == expected)
  }

  @Test func `a rule without a handler for an event passes`() async throws {
    let rig = try RuleRig()
    try rig.write("reply", "return rule { on_callback = function() return drop() end }")
    #expect(rig.load() == [])
    #expect(try await rig.engine.judge(.sample()).action == "pass")
  }

  @Test func `state is kept when it changed and only then`() async throws {
    let rig = try RuleRig()
    let count = "conv.state.asked = (conv.state.asked or 0) + 1 return pass()"
    #expect(try await rig.answer(count).state == ["asked": 1])
    #expect(try await rig.answer(count, .sample(state: ["asked": 1, "name": "x"])).state == ["asked": 2, "name": "x"])
    #expect(try await rig.answer("local _ = conv.state.asked return pass()", .sample(state: ["asked": 1])).leavesState)
  }

  @Test func `random numbers repeat with the event's seed and differ with another`() async throws {
    let rig = try RuleRig()
    let body = "return reply(ctx.random(1000000) .. ' ' .. math.random(1000000) .. ' ' .. ctx.random())"
    let first = try await rig.answer(body)
    #expect(try await rig.answer(body) == first)
    #expect(try await rig.answer(body, .sample(seed: 8)).reply != first.reply)
  }

  @Test func `print goes to the run's log, cut at a hundred lines`() async throws {
    let rig = try RuleRig()
    _ = try await rig.answer("for i = 1, 150 do print('line', i) end return pass()")
    let log = try #require(rig.printed.logs.withLock { $0.first })
    #expect(log.lines.count == 100 && log.lines[0] == "line\t1" && log.droppedLines == 50)
  }

  @Test func `nothing of one message is left for the next`() async throws {
    let rig = try RuleRig()
    try rig.write("reply", """
      local kept, count, words = nil, 0, {}
      local function seen() words[#words + 1] = count; return #words end
      return rule { on_message = function(msg)
        count = count + 1
        if kept or count > 1 or seen() > 1 then return reply(kept.text) end
        kept = msg
        return pass()
      end }
      """)
    #expect(rig.load() == [])
    for _ in 0..<3 { #expect(try await rig.engine.judge(.sample()).action == "pass") }
  }

  @Test func `a rule that changes its own environment changes it for one message`() async throws {
    let rig = try RuleRig()
    try rig.write("reply", """
      local outer = _ENV
      local _ENV = setmetatable({}, { __index = outer })
      return rule { on_message = function()
        count = (rawget(_ENV, "count") or 0) + 1
        return reply("calls: " .. count)
      end }
      """)
    rig.load()
    for _ in 0..<2 { #expect(try await rig.engine.judge(.sample()).reply == "calls: 1") }
  }
}
