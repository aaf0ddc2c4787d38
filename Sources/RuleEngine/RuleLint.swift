//! What can be said about a rule from its tokens: global writes, unknown globals, unknown functions and fields.
//! It follows block scopes, but no values: `local m = msg; m.txt` is seen only when the rule runs.

struct RuleLint {
  private let tokens: [RuleToken]
  private let file: String
  private var scopes: [Set<String>] = [[]]
  private var openers: [String] = []
  /// Names of the parameters of `on_message`, and the fields each has.
  private var fields: [String: [String]] = [:]
  private var pendingLoopNames: [String] = []
  private(set) var problems: [RuleProblem] = []

  init(_ source: RuleSource) {
    tokens = RuleScanner(source.bytes).tokens()
    file = source.file
  }

  static func problems(in source: RuleSource) -> [RuleProblem] {
    var lint = RuleLint(source)
    lint.walk()
    return lint.problems
  }

  private func text(_ index: Int) -> String { tokens.indices.contains(index) ? tokens[index].text : "" }

  private func isName(_ index: Int) -> Bool {
    tokens.indices.contains(index) && tokens[index].kind == .name && !RuleNames.keywords.contains(tokens[index].text)
  }

  private mutating func walk() {
    var index = 0
    while index < tokens.count {
      let token = tokens[index]
      if token.kind == .name, RuleNames.keywords.contains(token.text) {
        index = keyword(at: index)
        continue
      }
      if token.kind == .name { use(at: index) }
      if token.kind == .symbol { bracket(token.text) }
      index += 1
    }
  }

  private mutating func bracket(_ symbol: String) {
    let brackets = ["{", "(", "["]
    if brackets.contains(symbol) { openers.append(symbol) }
    guard ["}", ")", "]"].contains(symbol), let last = openers.last, brackets.contains(last) else { return }
    openers.removeLast()
  }

  private mutating func open(_ word: String, _ names: [String] = []) {
    openers.append(word)
    scopes.append(Set(names))
  }

  private mutating func close() {
    if !openers.isEmpty { openers.removeLast() }
    if scopes.count > 1 { scopes.removeLast() }
  }

  /// Handles a keyword; the answer is where to go on.
  private mutating func keyword(at index: Int) -> Int {
    switch tokens[index].text {
    case "local": return local(at: index)
    case "function": return function(at: index, isLocal: false)
    case "for":
      var at = index + 1
      pendingLoopNames = []
      while isName(at) || text(at) == "," {
        if isName(at) { pendingLoopNames.append(text(at)) }
        at += 1
      }
      return at
    case "do":
      open("do", pendingLoopNames)
      pendingLoopNames = []
    case "then": open("then")
    case "elseif": close()
    case "else":
      close()
      open("else")
    case "repeat": open("repeat")
    case "end": close()
    case "until":
      // The condition still sees the locals of the block.
      let names = scopes.last ?? []
      close()
      scopes[scopes.count - 1].formUnion(names)
    case "goto": return index + 2
    default: break
    }
    return index + 1
  }

  private mutating func local(at index: Int) -> Int {
    if text(index + 1) == "function" { return function(at: index + 1, isLocal: true) }
    var at = index + 1
    while isName(at) {
      scopes[scopes.count - 1].insert(text(at))
      at += 1
      if text(at) == "<" { at += 3 }
      guard text(at) == "," else { break }
      at += 1
    }
    return at
  }

  private mutating func function(at index: Int, isLocal: Bool) -> Int {
    var at = index + 1
    if isName(at) {
      if isLocal {
        scopes[scopes.count - 1].insert(text(at))
      } else if text(at + 1) == "(", !isDeclared(text(at)) {
        reportWrite(at)
      }
    }
    let isHandler = text(index - 1) == "=" && text(index - 2) == "on_message"
    var names: [String] = []
    var hasSelf = false
    while at < tokens.count, text(at) != "(" {
      if text(at) == ":" { hasSelf = true }
      at += 1
    }
    while at < tokens.count, text(at) != ")" {
      if isName(at) { names.append(text(at)) }
      at += 1
    }
    if isHandler { for (name, known) in zip(names, RuleNames.parameters) { fields[name] = known } }
    open("function", hasSelf ? names + ["self"] : names)
    return at + 1
  }

  private func isDeclared(_ name: String) -> Bool { scopes.contains { $0.contains(name) } }

  private mutating func use(at index: Int) {
    let name = text(index), before = text(index - 1), after = text(index + 1)
    if before == "." || before == ":" || (before == "::" && after == "::") { return }
    let isKey = openers.last == "{" && after == "=" && (before == "{" || before == "," || before == ";")
    if isKey { return }
    if isDeclared(name) {
      if let known = fields[name], after == ".", isName(index + 2), !known.contains(text(index + 2)) {
        report(index + 2, "unknown field '\(name).\(text(index + 2))'", text(index + 2), known)
      }
      return
    }
    if isAssigned(index) { return reportWrite(index) }
    guard RuleNames.globals.contains(name) else {
      return report(index, "unknown global '\(name)'", name, RuleNames.globals.sorted())
    }
    if let known = RuleNames.members[name], after == ".", isName(index + 2), !known.contains(text(index + 2)) {
      report(index + 2, "unknown function '\(name).\(text(index + 2))'", text(index + 2), known.sorted())
    }
  }

  /// `x = …` or `x, y = …` as a statement.
  private func isAssigned(_ index: Int) -> Bool {
    if let last = openers.last, ["(", "{", "["].contains(last) { return false }
    var at = index + 1
    while text(at) == ",", isName(at + 1) { at += 2 }
    return text(at) == "="
  }

  private mutating func reportWrite(_ index: Int) {
    let name = text(index)
    let message = "write to global '\(name)'", hint = "write 'local \(name)'"
    problems.append(RuleProblem(file: file, line: tokens[index].line, message: message, hint: hint))
  }

  private mutating func report(_ index: Int, _ message: String, _ name: String, _ known: [String]) {
    let hint = RuleNames.suggestion(for: name, among: known).map { "did you mean '\($0)'?" }
    problems.append(RuleProblem(file: file, line: tokens[index].line, message: message, hint: hint))
  }
}
