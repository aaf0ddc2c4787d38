import FlowModel
import RuleAttacks
import RuleEngine
import SwitchboardSDK
import Testing

/// Thousands of small random programs, and the attacks with bytes changed: whatever they are, they end within their
/// budget, and what comes after them works.
@Suite struct RuleFuzzTests {
  private static let limits = RuleLimits(
    instructions: 200_000, memoryBytes: 4 << 20, cpuMilliseconds: 20, tableSlots: 8_192)

  private func survive(_ programs: [String]) throws {
    var sources: [RuleSource] = []
    for (index, program) in programs.enumerated() {
      sources.append(RuleSource(name: "f", file: "f.lua", bytes: Array(program.utf8)))
      if index % 50 == 49 { sources.append(RuleAttack.canary.source) }
    }
    sources.append(RuleAttack.canary.source)
    let outcomes = try #require(RuleChunk.run(sources, limits: Self.limits))
    for (source, outcome) in zip(sources, outcomes) {
      if source.name == "canary" {
        #expect(try outcome.result.get() == .text("CANARY-OK"))
        continue
      }
      let text = String(decoding: source.bytes, as: UTF8.self)
      #expect(outcome.cost.cpuNanoseconds < 120_000_000, "\(outcome.cost) \(text)")
      #expect(outcome.cost.peakBytes <= 4 << 20, "\(outcome.cost) \(text)")
    }
  }

  @Test func `three thousand random programs end within their budget`() throws {
    var grammar = LuaGrammar(seed: 20_261_121)
    try survive((0..<3_000).map { _ in grammar.program() })
  }

  @Test func `a thousand attacks with changed bytes end within their budget`() throws {
    var random = SplitMix(seed: 7)
    let attacks = RuleAttack.own + RuleAttack.shared.filter { $0.bytes.count < 2_000 }
    try survive((0..<1_000).map { _ in
      var bytes = attacks[random.below(attacks.count)].bytes
      for _ in 0...random.below(4) where !bytes.isEmpty {
        let place = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.below(256))
        case 1: bytes.remove(at: place)
        default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + random.below(20))], at: place)
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    })
  }
}

/// Programs that are Lua, use the sandbox's functions with odd arguments, and mostly do not make sense.
struct LuaGrammar {
  private var random: SplitMix
  private var depth = 0
  private static let functions =
    RuleNames.members.flatMap { library, names in names.map { "\(library).\($0)" } }.sorted() + [
      "tostring", "tonumber", "type", "pairs", "ipairs", "next", "select", "pcall", "rawlen", "reply", "pass", "print",
    ]

  init(seed: UInt64) { random = SplitMix(seed: seed) }

  mutating func program() -> String {
    "local a, b, c, t = 1, 'Ёж 8 912 345-67-89', 2.5, { 'x', k = {} }\n" + block(4) + "\nreturn tostring(a)"
  }

  private mutating func block(_ size: Int) -> String {
    (0...random.below(size)).map { _ in statement() }.joined(separator: "\n")
  }

  private mutating func pick(_ words: [String]) -> String { words[random.below(words.count)] }

  private mutating func statement() -> String {
    depth += 1
    defer { depth -= 1 }
    let name = pick(["a", "b", "c", "t.k", "t[1]", "t[a]"])
    switch random.below(depth > 4 ? 4 : 11) {
    case 0, 1: return "\(name) = \(expression())"
    case 2: return "pcall(function() return \(call()) end)"
    case 3: return "local d = \(expression())"
    case 4: return "for i = \(number()), \(number()) do\n\(block(2))\nend"
    case 5: return "while \(expression()) do\n\(block(2))\nif a then break end end"
    case 6: return "if \(expression()) then\n\(block(2))\nelse\n\(block(2))\nend"
    case 7: return "local function f(a, ...)\n\(block(2))\nreturn \(expression())\nend\npcall(f, \(expression()))"
    case 8: return "pcall(coroutine.wrap(function()\n\(block(2))\ncoroutine.yield(a)\nend))"
    case 9: return "repeat\n\(block(2))\nuntil \(expression())"
    default: return "setmetatable(t, { __index = function(t, k) return \(expression()) end })"
    }
  }

  private mutating func number() -> String {
    pick(["0", "1", "-1", "3", "100", "1e6", "0.5", "math.huge", "1 << 40", "math.mininteger", "-0.0"])
  }

  private mutating func call() -> String {
    let arguments = (0..<random.below(4)).map { _ in expression() }.joined(separator: ", ")
    return "\(pick(Self.functions))(\(arguments))"
  }

  private mutating func expression() -> String {
    depth += 1
    defer { depth -= 1 }
    switch random.below(depth > 6 ? 5 : 10) {
    case 0, 1: return pick(["a", "b", "c", "t", "nil", "true", "false", "t.k", "{}"])
    case 2: return number()
    case 3: return pick(["''", "'.-'", "'%b()'", "'(a*)*'", "'привет'", "('x'):rep(1000)", "'%d%s'", "'2026-03-02'"])
    case 4: return "#b"
    case 5:
      let sign = pick(["+", "-", "*", "/", "//", "%", "..", "==", "<", "and", "or", "|", "^"])
      return "(\(expression())) \(sign) a"
    case 6: return "{ \(expression()), k = \(expression()) }"
    case 7: return "(function(...) return \(expression()) end)(\(expression()))"
    default: return "select(2, pcall(function() return \(call()) end))"
    }
  }
}
