import CLua
import FlowModel
import RuleEngine
import SwitchboardSDK
import Testing

/// Our replacements of library functions against the system's own.
@Suite struct LuaLibraryTests {
  /// What stock Lua makes of a chunk, as text; nil for an error.
  private func stock(_ source: String) -> String? {
    guard let lua = luaL_newstate() else { return nil }
    defer { lua_close(lua) }
    luaL_openlibs(lua)
    guard luaL_loadstring(lua, source) == 0, lua_pcallk(lua, 0, 1, 0, 0, nil) == 0 else { return nil }
    var length = 0
    guard let bytes = lua_tolstring(lua, -1, &length) else { return nil }
    return String(decoding: UnsafeRawBufferPointer(start: bytes, count: length), as: UTF8.self)
  }

  private func ours(_ sources: [String]) throws -> [String?] {
    let chunks = sources.map { RuleSource(name: "c", file: "c.lua", bytes: Array($0.utf8)) }
    return try #require(RuleChunk.run(chunks)).map { try? $0.result.get().textValue }
  }

  /// Results of a call as one text, errors aside.
  private func shown(_ call: String) -> String {
    """
    local function show(...)
      local out = {}
      for i = 1, select('#', ...) do out[i] = tostring((select(i, ...))) end
      return table.concat(out, '|')
    end
    return show(\(call))
    """
  }

  @Test func `thousands of pattern calls give what stock Lua gives`() throws {
    var random = SplitMix(seed: 20_260_302)
    let pieces = [
      "a", "b", ".", "%a", "%d", "%s", "%w", "[ab]", "[^a]", "[a-c%d]", "(a)", "(.-)", "()", "%1", "a*", "b+", ".-",
      "a?", "%b()", "%f[%w]", "[%]]", "[]]", "$", "^", "%%", "(", ")", "[a-]", "%S+", "(%a+)", "[^%s]*",
    ]
    let subjects = ["", "a", "aab", "hello world", "(a(b)c)", "a1 b2  c3", "abcabc", "x]y[z", "50% off", "aaa bbb ()"]
    var calls: [String] = []
    for _ in 0..<3_000 {
      let pattern = (0...random.below(4)).map { _ in pieces[random.below(pieces.count)] }.joined()
      let subject = subjects[random.below(subjects.count)]
      switch random.below(5) {
      case 0: calls.append("string.find('\(subject)', '\(pattern)', \(Int(random.below(7)) - 3))")
      case 1: calls.append("string.match('\(subject)', '\(pattern)')")
      case 2: calls.append("string.gsub('\(subject)', '\(pattern)', '<%0>', \(random.below(4)))")
      case 3: calls.append("string.gsub('\(subject)', '\(pattern)', function(x) return x ~= 'a' and x .. '!' end)")
      default:
        calls.append("(function() local o = {} for a, b in string.gmatch('\(subject)', '\(pattern)') do "
          + "o[#o + 1] = tostring(a) .. tostring(b) end return table.concat(o, ',') end)()")
      }
    }
    try compare(calls, mayRefuseMore: true)
  }

  @Test func `format, table and utf8 calls give what stock Lua gives`() throws {
    var calls = [
      "table.unpack({ 1, 2, 3 }, 2)", "table.unpack({}, 1, 3)", "select('#', table.unpack({ n = 3 }, 1, 3))",
      "table.concat({ 1, 2.5, 'x' }, '-')", "table.concat({}, 'x')", "table.concat({ 1, 2, 3 }, ',', 2, 3)",
      "table.concat({ {} })", "table.pack(1, nil, 3).n", "('x'):rep(3, ',')", "('x'):rep(0)", "('x'):rep(-1)",
      "table.concat(table.move({ 1, 2, 3 }, 1, 3, 2), ',')", "table.concat(table.move({ 1, 2, 3 }, 2, 3, 1), ',')",
      "table.concat(table.move({ 1, 2, 3 }, 1, 3, 1, {}), ',')", "'10' + 5", "'0x10' * '2'", "-'3'", "'a' + 1",
      "10 .. 20", "utf8.len('абв')", "utf8.len('\\xff')", "utf8.len('абв', 3)", "utf8.len('абв', -2)",
      "utf8.codepoint('абв', 1, -1)", "utf8.offset('абв', 2)", "utf8.offset('абв', -1)", "utf8.offset('абв', 5)",
      "utf8.offset('абв', 0, 2)", "utf8.char(1103, 65)", "utf8.codepoint('\\u{7FFFFFFF}', 1, 1, true)",
      "utf8.len('\\u{D800}')", "utf8.len('\\u{D800}', 1, -1, true)",
      "(function() local o = '' for p, c in utf8.codes('aбв') do o = o .. p .. ':' .. c end return o end)()",
    ]
    for spec in ["%d", "%5d", "%-5d|", "%05d", "%+d", "%x", "%X", "%#x", "%o", "%c", "%i"] {
      calls.append("string.format('\(spec)', 77)")
    }
    for spec in ["%f", "%.3f", "%10.2f", "%e", "%g", "%a", "%s", "%5s", "%q", "%d"] {
      calls.append("string.format('\(spec)', 3.5)")
      calls.append("string.format('\(spec)', 2.0)")
    }
    for spec in ["%s", "%10s", "%-10s|", "%.2s", "%q", "%d", "%y", "%", "%10.123f", "%s %s"] {
      calls.append("string.format('\(spec)', 'a\\nb\"\\0001')")
    }
    for insertion in ["1, 'x'", "4, 'x'", "3, 'x'", "'x'", "5, 'x'", "0, 'x'"] {
      calls.append("(function() local t = { 1, 2, 3 } table.insert(t, \(insertion)) return table.concat(t, ',') end)()")
    }
    for position in ["", ", 1", ", 3", ", 4", ", 5", ", 0"] {
      calls.append("(function() local t = { 1, 2, 3 } local r = table.remove(t\(position)) "
        + "return tostring(r) .. '/' .. table.concat(t, ',') end)()")
    }
    var random = SplitMix(seed: 5)
    for size in 0..<40 {
      let numbers = (0..<size).map { _ in String(random.below(50)) }.joined(separator: ", ")
      for order in ["", ", function(a, b) return a > b end"] {
        calls.append("(function() local t = { \(numbers) } table.sort(t\(order)) return table.concat(t, ',') end)()")
      }
    }
    try compare(calls, mayRefuseMore: false)
  }

  private func compare(_ calls: [String], mayRefuseMore: Bool) throws {
    let sources = calls.map(shown)
    let mine = try ours(sources)
    var compared = 0
    for (call, pair) in zip(calls, zip(sources.map(stock), mine)) {
      // Patterns are compiled before they are matched: one that is malformed behind a mismatch is refused earlier.
      if mayRefuseMore, pair.1 == nil { continue }
      compared += 1
      #expect(pair.0 == pair.1, "\(call)")
    }
    #expect(compared > calls.count / 2)
  }
}

struct SplitMix {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((z ^ (z >> 31)) % UInt64(bound))
  }
}
