//! What can be said about a rule from its tokens: global writes, unknown names and fields, wrong numbers of arguments,
//! decisions that are made and not returned. It follows block scopes, but no values: `local m = msg; m.txt` is seen
//! only when the rule runs.

struct RuleLint {
  private let scanner: RuleScanner
  let tokens: [RuleToken]
  private let file: String
  private var scopes: [Set<String>] = [[]]
  private var openers: [String] = []
  /// Names of a handler's parameters, and the object that each is: `message` may be `msg`.
  private var objects: [String: String] = [:]
  private var pendingLoopNames: [String] = []
  private(set) var problems: [RuleProblem] = []

  init(_ source: RuleSource) {
    scanner = RuleScanner(source.bytes)
    tokens = scanner.tokens()
    file = source.file
  }

  static func problems(in source: RuleSource) -> [RuleProblem] {
    var lint = RuleLint(source)
    lint.walk()
    return lint.problems
  }

  func text(_ index: Int) -> String { tokens.indices.contains(index) ? tokens[index].text : "" }

  func isName(_ index: Int) -> Bool {
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
    let isHandler = text(index - 1) == "=" && RuleNames.handlers.contains(text(index - 2))
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
    if isHandler { for (name, object) in zip(names, RuleNames.parameters) { objects[name] = object } }
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
      if let object = objects[name] { useFields(of: object, at: index) }
      return
    }
    if isAssigned(index) { return reportWrite(index) }
    guard RuleNames.globals.contains(name) else {
      if RuleNames.absent.contains(name) {
        let place = name == "_G" ? "rules have no table of globals" : "'\(name)' does not exist in rules"
        return add(.forbidden, index, place, hint: Self.instead[name])
      }
      return report(.unknownGlobal, index, "unknown global '\(name)'", RuleNames.globals)
    }
    if let known = RuleNames.members[name], after == ".", isName(index + 2) {
      let member = text(index + 2)
      guard known.contains(member) else {
        return report(.unknownFunction, index + 2, "unknown function '\(name).\(member)'", known)
      }
      countArguments(of: "\(name).\(member)", at: index + 2)
    } else {
      countArguments(of: name, at: index)
    }
    if RuleAPI.decisions.contains(where: { $0.name == name }), isCall(index + 1), beginsStatement(index) {
      add(.decisionUnused, index, "the decision is made, but not returned", hint: "write 'return \(name)(…)'")
    }
  }

  private static let instead: [String: String] = [
    "os": "ctx.now and ctx.local_time tell the time", "io": "print writes to the run log",
    "require": "a rule is one file", "load": "write the code itself", "rawset": "write t[key] = value",
  ]

  /// Follows `msg.sender.name` as far as objects are known.
  private mutating func useFields(of object: String, at index: Int) {
    var path = object
    var at = index
    while let known = RuleNames.fields(of: path), [".", ":"].contains(text(at + 1)), isName(at + 2) {
      let field = text(at + 2)
      guard known.contains(field) else {
        return report(.unknownField, at + 2, "unknown field '\(path).\(field)'", known)
      }
      path += ".\(field)"
      at += 2
    }
  }

  private mutating func countArguments(of function: String, at index: Int) {
    guard let wanted = RuleNames.argumentCounts(function), let given = arguments(at: index + 1) else { return }
    if given.count > wanted.upperBound || (given.count < wanted.lowerBound && !given.isOpen) {
      let range =
        wanted.lowerBound == wanted.upperBound ? "\(wanted.lowerBound)" : "\(wanted.lowerBound) to \(wanted.upperBound)"
      let signature = RuleAPI.functions[function].map {
        $0.shown(in: function.contains(".") ? String(function.prefix { $0 != "." }) : nil)
      }
      let noun = range == "1" ? "argument" : "arguments"
      add(
        .argumentCount, index, "'\(function)' takes \(range) \(noun), but here are \(given.count)",
        hint: signature.map { "write \($0)" })
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
    add(.globalWrite, index, "write to global '\(text(index))'", hint: "write 'local \(text(index))'")
  }

  private mutating func report(
    _ code: RuleProblem.Code, _ index: Int, _ message: String, _ known: some Sequence<String>
  ) {
    let hint = RuleNames.suggestion(for: text(index), among: known).map { "did you mean '\($0)'?" }
    add(code, index, message, hint: hint)
  }

  private mutating func add(_ code: RuleProblem.Code, _ index: Int, _ message: String, hint: String?) {
    let token = tokens[index]
    problems.append(
      RuleProblem(
        code, file: file, line: token.line, columns: scanner.columns(of: token), message: message, hint: hint))
  }
}
