//! Attacks of our own, so that a checkout without the corpus is attacked too. Grouped by what they go for.

extension RuleAttack {
  package static let canary = RuleAttack(
    "canary", .canary,
    """
    local ok = string.rep("ab", 3) == "ababab" and #("x"):upper() == 1 and math.floor(2.5) == 2
      and table.concat({ 1, 2, 3 }, ",") == "1,2,3" and select("#", 1, nil) == 2 and tostring(nil) == "nil"
      and pcall(error, "x") == false and ("a-b"):find("-", 1, true) == 2 and text.fold("ЁЖ") == "еж"
      and not getmetatable("")
    return ok and "CANARY-OK" or "CANARY-DEAD"
    """)

  package static let own: [RuleAttack] = escapes + poisons + loops + longCalls + memory + depths + answers + honest

  private static let escapes: [RuleAttack] = [
    RuleAttack("no-libraries", .rejected, "return io.open('/etc/passwd') and 'ESCAPED'"),
    RuleAttack("no-exit", .rejected, "os.exit(1) return 'ESCAPED'"),
    RuleAttack("no-loader", .rejected, "return load('return 1')() and 'ESCAPED'"),
    RuleAttack("no-bytecode", .rejected, "return string.dump(function() end) and 'ESCAPED'"),
    RuleAttack("no-require", .rejected, "return require('os') and 'ESCAPED'"),
    RuleAttack("no-debug", .rejected, "debug.sethook() return 'ESCAPED'"),
    RuleAttack(
      "metatable-of-text", .harmless,
      "local m = getmetatable('') return (m == false or m == nil) and 'SAFE' or 'ESCAPED ' .. type(m)"),
    RuleAttack(
      "addresses", .harmless,
      """
      local seen = tostring({}) .. tostring(print) .. string.format('%s', function() end)
        .. tostring(coroutine.create(print))
      return seen:find('0x') and 'ESCAPED ' .. seen or 'SAFE'
      """),
    RuleAttack("pointer-format", .rejected, "return 'ESCAPED ' .. string.format('%p', {})"),
    RuleAttack("binary-chunk-by-text", .rejected, "\u{1B}Lua\u{54}"),
  ]

  private static let poisons: [RuleAttack] = [
    RuleAttack("library-write", .rejected, "string.upper = function() return 'ESCAPED' end return ('x'):upper()"),
    RuleAttack("library-rawset", .rejected, "rawset(table, 'concat', nil) return 'ESCAPED'"),
    RuleAttack("global-kept", .harmless, "leak = (leak or 0) + 1 return leak == 1 and 'SAFE' or 'ESCAPED'"),
    RuleAttack("collectgarbage", .rejected, "collectgarbage('stop') return 'ESCAPED'"),
    RuleAttack(
      "finalizer", .rejected, "setmetatable({}, { __gc = function() while true do end end }) return 'ESCAPED'"),
    RuleAttack(
      "closer", .rejected, "setmetatable({}, { __close = function() while true do end end }) return 'ESCAPED'"),
  ]

  private static let loops: [RuleAttack] = [
    RuleAttack("loop", .stopped, "while true do end"),
    RuleAttack("loop-goto", .stopped, "::again:: goto again"),
    RuleAttack("loop-in-pcall", .stopped, "while true do pcall(function() while true do end end) end"),
    RuleAttack(
      "loop-in-handler", .stopped, "xpcall(error, function() while true do end end) return 'SLOW'"),
    RuleAttack(
      "loop-in-coroutines", .stopped,
      "while true do coroutine.wrap(function() for i = 1, 50 do local x = i end end)() end"),
    RuleAttack(
      "loop-in-metamethod", .stopped,
      "local t = setmetatable({}, { __index = function(t, k) return t[k + 1] end }) return t[1]"),
    RuleAttack("tail-calls", .stopped, "local function f() return f() end return f()"),
    RuleAttack(
      "loop-in-iterator", .stopped, "for x in function() return 1 end do end"),
    RuleAttack(
      "loop-in-sort", .stopped,
      "local t = {} for i = 1, 200 do t[i] = i end table.sort(t, function() while true do end end)"),
    RuleAttack(
      "loop-in-gsub", .stopped, "return (('x'):rep(1000):gsub('x', function() while true do end end))"),
  ]

  private static let longCalls: [RuleAttack] = [
    RuleAttack("backtrack", .stopped, "return ('a'):rep(3000):find(('a-'):rep(9) .. 'b') and 'SAFE' or 'SLOW'"),
    RuleAttack("backtrack-option", .stopped, "return ('a'):rep(28):match(('a?'):rep(28) .. ('a'):rep(28)) and 'SAFE'"),
    RuleAttack(
      "plain-find", .stopped,
      "local s, w = ('a'):rep(3000000), ('a'):rep(1500000) .. 'b' s:find(w, 1, true) return 'SLOW'"),
    RuleAttack("balance", .stopped, "return ('('):rep(300000):find('%b()') and 'SAFE' or 'SLOW'"),
    RuleAttack("far-move", .stopped, "table.move({}, 1, 1 << 40, 2) return 'SLOW'"),
    RuleAttack(
      "lying-length", .stopped,
      "table.insert(setmetatable({}, { __len = function() return 1 << 40 end }), 1, 0) return 'SLOW'"),
    RuleAttack("endless-rep", .stopped, "return #(''):rep(1 << 40) == 0 and 'SAFE'"),
    RuleAttack("far-unpack", .rejected, "return 'ESCAPED' .. select('#', table.unpack({}, 1, 1 << 30))"),
    RuleAttack(
      "colliding-keys", .stopped, "local t = {} for i = 1, 70000 do t[i * 65535] = true end return 'SLOW'"),
    RuleAttack(
      "close-words", .stopped,
      """
      local words, list = {}, {}
      for i = 1, 4000 do words[i] = 'словослово' .. i end
      for i = 1, 4000 do list[i] = 'иноеслово' .. i end
      local s = table.concat(words, ' ')
      while true do text.has_close(s, list, 2) end
      """),
    RuleAttack("split-storm", .stopped, "local s = ('a,'):rep(200000) while true do text.split(s, ',') end"),
    RuleAttack(
      "fold-storm", .stopped, "local s = ('Ё '):rep(40000) while true do text.words(s) end"),
    RuleAttack("huge-fold", .rejected, "return 'ESCAPED' .. #text.fold(('Ё'):rep(100000))"),
    RuleAttack(
      "date-list", .stopped,
      """
      local days = {}
      for i = 1, 100000 do days[i] = '01-01' end
      while true do time.is_date({ year = 2026, month = 3, day = 2 }, days) end
      """),
  ]

  private static let memory: [RuleAttack] = [
    RuleAttack("doubling", .memcap, "local s = 'x' while true do s = s .. s end"),
    RuleAttack("huge-rep", .memcap, "return #('x'):rep(1 << 33)"),
    RuleAttack("growing-table", .memcap, "local t = {} for i = 1, math.huge do t[i] = i end"),
    RuleAttack("closures", .memcap, "local t = {} for i = 1, math.huge do t[i] = function() return i end end"),
    RuleAttack("coroutines", .memcap, "local t = {} for i = 1, math.huge do t[i] = coroutine.create(print) end"),
    RuleAttack("gsub-growth", .memcap, "local s = ('x'):rep(3000) return #s:gsub('x', s):gsub('x', s)"),
    RuleAttack("format-width", .rejected, "return #string.format('%99999d', 1)"),
    RuleAttack("fill-growth", .memcap, "local v = ('x'):rep(1 << 20) return #text.fill(('{a}'):rep(64), { a = v })"),
  ]

  private static let depths: [RuleAttack] = [
    RuleAttack("recursion", .rejected, "local function f() return 1 + f() end return f()"),
    RuleAttack("gsub-recursion", .rejected, "local function f(x) return (x:gsub('.', f)) end return f('aa')"),
    RuleAttack(
      "pattern-depth", .stopped,
      "return ('x'):rep(300000):match(('(x)'):rep(31) .. '.-$') and 'SAFE' or 'SLOW'"),
    RuleAttack(
      "nested-resume", .rejected,
      "local function f() return coroutine.wrap(f)() end return f()"),
    RuleAttack("deep-brackets", .rejected, "return " + String(repeating: "(", count: 300) + "1"),
    RuleAttack("deep-tables", .rejected, "return " + String(repeating: "{", count: 3_000)),
    RuleAttack(
      "error-in-tostring", .rejected,
      "local t = setmetatable({}, { __tostring = function() error(1) end }) return tostring(t)"),
  ]

  private static let answers: [RuleAttack] = [
    RuleAttack("cycle", .rejected, "local t = { action = 'x' } t.tags = t return t"),
    RuleAttack("no-number", .rejected, "return { action = 'x', values = { n = 0/0 } }"),
    RuleAttack(
      "many-tags", .rejected,
      "local t = {} for i = 1, 21 do t[i] = 'x' end return { action = 'x', tags = t }"),
    RuleAttack("function-out", .rejected, "return { action = 'x', values = { f = print } }"),
    RuleAttack("error-table", .rejected, "error({ 'ESCAPED' })"),
    RuleAttack("error-huge", .rejected, "error(('\\n\\27[31m'):rep(100000))"),
    RuleAttack("print-flood", .stopped, "while true do print(('x'):rep(1000)) end"),
    RuleAttack("yield-out", .rejected, "coroutine.yield('ESCAPED') return 'ESCAPED'"),
  ]

  private static let honest: [RuleAttack] = [
    RuleAttack(
      "honest-words", .harmless,
      "return text.has_word('Как с доставкой?', 'доставка') and text.find_phone('8 912 345-67-89') and 'SAFE' or 'no'"),
    RuleAttack(
      "honest-generator", .harmless,
      "local n = 0 for i in coroutine.wrap(function() for i = 1, 9 do coroutine.yield(i) end end) do n = n + i end "
        + "return n == 45 and 'SAFE' or 'no'"),
    RuleAttack(
      "honest-pcall", .harmless,
      "local ok, e = pcall(error, { code = 5 }) return not ok and e.code == 5 and 'SAFE' or 'no'"),
    RuleAttack(
      "honest-time", .harmless,
      "return time.at(1772434800).date == '2026-03-02' and time.parse('2026-03-02T10:00:00+03:00') == 1772434800 "
        + "and 'SAFE' or 'no'"),
  ]
}
