//! The names a rule may use, as the sandbox offers them (CLua/state.c); a test keeps both lists equal.

package enum RuleNames {
  package static let globals: Set<String> = [
    "rule", "reply", "route", "pass", "block", "drop", "text", "string", "table", "math", "utf8", "coroutine", "print",
    "pairs", "ipairs", "next", "select", "tostring", "tonumber", "type", "error", "assert", "pcall", "xpcall",
    "setmetatable", "getmetatable", "rawequal", "rawget", "rawlen", "_VERSION", "_ENV",
  ]
  package static let members: [String: Set<String>] = [
    "text": [
      "has_any", "has_word", "contains", "fold", "lower", "upper", "trim", "words", "stem", "find_phone", "find_price",
      "length",
    ],
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
  /// Fields of the three parameters of `on_message`.
  static let parameters: [[String]] = [
    ["id", "text", "from", "kind", "sender", "chat", "attachments", "reply_to", "channel"],
    ["key", "name", "item", "state"],
    ["now", "random", "local_time", "project"],
  ]
  static let keywords: Set<String> = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
    "not", "or", "repeat", "return", "then", "true", "until", "while",
  ]

  /// The nearest name: one letter off in a short name, two in a long one.
  static func suggestion(for name: String, among names: some Sequence<String>) -> String? {
    let ranked = names.map { ($0, distance(Array(name.utf8), Array($0.utf8))) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
    guard let (best, edits) = ranked.first, edits <= (name.utf8.count < 6 ? 1 : 2) else { return nil }
    return best
  }

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
