//! The names a rule may use: those of the API's table and of Lua's own libraries as the sandbox offers them
//! (CLua/state.c); a test keeps both equal.

package enum RuleNames {
  package static let globals: Set<String> = own.union([
    "string", "table", "math", "utf8", "coroutine", "pairs", "ipairs", "next", "select", "tostring", "tonumber", "type",
    "error", "assert", "pcall", "xpcall", "setmetatable", "getmetatable", "rawequal", "rawget", "rawlen", "_VERSION",
    "_ENV",
  ])
  private static let own = Set(
    (RuleAPI.decisions + RuleAPI.globals).map(\.name) + RuleAPI.libraries.map(\.name))
  package static let members: [String: Set<String>] = stock.merging(
    RuleAPI.libraries.map { ($0.name, Set($0.functions.map(\.name))) }, uniquingKeysWith: { $1 })
  private static let stock: [String: Set<String>] = [
    "string": [
      "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match", "rep", "reverse", "sub", "upper",
    ],
    "table": ["concat", "insert", "move", "pack", "remove", "sort", "unpack"],
    "utf8": ["char", "charpattern", "codepoint", "codes", "len", "offset"],
    "coroutine": ["create", "isyieldable", "resume", "running", "status", "wrap", "yield"],
    "math": [
      "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max", "maxinteger",
      "min", "mininteger", "modf", "pi", "rad", "random", "sin", "sqrt", "tan", "tointeger", "type", "ult",
    ],
  ]
  /// Lua has them, rules do not.
  static let absent: Set<String> = [
    "io", "os", "debug", "package", "require", "load", "loadstring", "loadfile", "dofile", "collectgarbage", "rawset",
    "_G",
  ]
  static let handlers = Set(RuleAPI.handlers.map(\.name))
  /// Fields of an object by its path (`msg.sender`); nil when it may have any, or is none that we know.
  static func fields(of path: String) -> [String]? {
    if path == "ctx.local_time" { return RuleAPI.timeFields.map(\.name) }
    return RuleAPI.objects.first { $0.path == path && !$0.isOpen }?.fields.map(\.name)
  }
  /// The three parameters of a handler, in their order.
  static let parameters = ["msg", "conv", "ctx"]

  static func argumentCounts(_ function: String) -> ClosedRange<Int>? {
    RuleAPI.functions[function]?.argumentCounts ?? RuleAPI.stockArguments[function]
  }

  static let keywords: Set<String> = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
    "not", "or", "repeat", "return", "then", "true", "until", "while",
  ]

  /// The nearest name: one letter off in a short name, two in a long one; `isAnswered` is `is_answered`.
  static func suggestion(for name: String, among names: some Sequence<String>) -> String? {
    let wanted = plain(name)
    let ranked = names.map { ($0, plain($0) == wanted ? 0 : distance(Array(name.utf8), Array($0.utf8))) }
      .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
    guard let (best, edits) = ranked.first, edits <= (name.utf8.count < 6 ? 1 : 2), edits < best.utf8.count else {
      return nil
    }
    return best
  }

  private static func plain(_ name: String) -> String { name.lowercased().filter { $0 != "_" } }

  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    guard left.count < 40 else { return 99 }
    var row = Array(0...right.count)
    for (i, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let change = diagonal + (letter == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[right.count]
  }
}
