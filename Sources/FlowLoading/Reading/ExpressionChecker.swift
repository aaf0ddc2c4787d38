//! Checks an expression against what is known when the flow is loaded: paths, functions, types.
internal import FlowModel
internal import SwitchboardSDK

struct ExpressionChecker {
  struct Problem {
    var code: DiagnosticCode
    var range: Range<Int>
    var message: String
    var hint: String?
    var severity = Diagnostic.Severity.error
  }
  let roots: [String: ScopeShape]
  /// What `event.from` may say.
  let labels: Set<String>
  private(set) var problems: [Problem] = []

  init(roots: [String: ScopeShape], labels: Set<String>) {
    self.roots = roots
    self.labels = labels
  }

  @discardableResult
  mutating func check(_ node: ExpressionNode) -> ValueType {
    switch node.kind {
    case .literal(let value): return ValueType(of: value)
    case .list(let elements):
      for element in elements { check(element) }
      return .list
    case .path(let path): return check(path: path, node.range)
    case .not(let operand):
      check(operand)
      return .bool
    case .negate(let operand):
      expect(operand, .number, "'-'")
      return .number
    case .membership(let left, let right, _):
      check(left)
      let type = check(right)
      if type == .number || type == .bool {
        add(.expressionType, right.range, "'in' looks into a list, a mapping or a text, not into \(type.noun)")
      }
      return .bool
    case .call(let name, let arguments): return check(call: name, arguments, node.range)
    case .binary(let operation, let left, let right): return check(operation, left, right, node.range)
    }
  }

  private mutating func add(_ code: DiagnosticCode, _ range: Range<Int>, _ message: String, hint: String? = nil) {
    problems.append(Problem(code: code, range: range, message: message, hint: hint))
  }

  private mutating func expect(_ node: ExpressionNode, _ wanted: ValueType, _ whose: String) {
    let type = check(node)
    if !type.fits(wanted) {
      add(.expressionType, node.range, "\(whose) takes \(wanted.noun), this is \(type.noun)")
    }
  }

  private mutating func check(
    _ operation: BinaryOperator, _ left: ExpressionNode, _ right: ExpressionNode, _ range: Range<Int>
  ) -> ValueType {
    switch operation {
    case .or, .and:
      let first = check(left)
      let second = check(right)
      return first == second ? first : first == .nothing ? second : second == .nothing ? first : .any
    case .equal, .notEqual:
      let first = check(left)
      let second = check(right)
      if !first.fits(second), !second.fits(first) {
        add(.expressionType, range, "\(first.noun) never equals \(second.noun)")
      }
      checkLabel(left, right)
      checkLabel(right, left)
      return .bool
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      let first = check(left)
      let second = check(right)
      for (type, node) in [(first, left), (second, right)] where type == .list || type == .map || type == .bool {
        add(.expressionType, node.range, "'\(operation.rawValue)' compares numbers or texts, this is \(type.noun)")
      }
      if !first.fits(second), !second.fits(first) {
        add(.expressionType, range, "\(first.noun) cannot be compared with \(second.noun)")
      }
      return .bool
    case .in, .matches:
      expect(left, .text, "'\(operation.rawValue)'")
      expect(right, .text, "'\(operation.rawValue)'")
      return .bool
    case .add:
      let first = check(left)
      let second = check(right)
      if first == .text, second == .text { return .text }
      if first == .list, second == .list { return .list }
      let known = [first, second].filter { $0 != .any && $0 != .nothing }
      if let odd = known.first(where: { ![.number, .text, .list].contains($0) }) {
        add(.expressionType, range, "'+' does not take \(odd.noun)")
      } else if known.count == 2, first != second {
        add(.expressionType, range, "'+' cannot join \(first.noun) and \(second.noun)", hint: "string(…) makes a text")
      }
      return known.first ?? .any
    case .subtract, .multiply, .divide, .remainder:
      expect(left, .number, "'\(operation.rawValue)'")
      expect(right, .number, "'\(operation.rawValue)'")
      return .number
    }
  }

  private mutating func checkLabel(_ path: ExpressionNode, _ literal: ExpressionNode) {
    guard case .path(["event", "from"]) = path.kind, case .literal(.text(let label)) = literal.kind,
      // A flow that only others call listens to whatever those do.
      !labels.isEmpty, !labels.contains(label)
    else { return }
    let hint = Suggestion.hint(for: label, among: labels) ?? "'listen' has: \(labels.sorted().joined(separator: ", "))"
    add(.unknownLabel, literal.range, "'listen' has no '\(label)'", hint: hint)
  }

  private mutating func check(call name: String, _ arguments: [ExpressionNode], _ range: Range<Int>) -> ValueType {
    guard let function = FunctionLibrary.named(name) else {
      for argument in arguments { check(argument) }
      let known = FunctionLibrary.all.map(\.name)
      let suffix = known.first { $0.hasSuffix("." + name) }.map { "did you mean '\($0)'?" }
      add(
        .unknownFunction, range.lowerBound..<range.lowerBound + name.unicodeScalars.count, "unknown function '\(name)'",
        hint: suffix ?? Suggestion.hint(for: name, among: known) ?? "anything longer belongs into a rule")
      return .any
    }
    let most = function.isVariadic ? Int.max : function.parameters.count
    let least = function.parameters.count - function.optionalCount
    if arguments.count < least || arguments.count > most {
      let wanted = function.isVariadic ? "at least \(least)" : least == most ? "\(least)" : "\(least) to \(most)"
      add(.argumentCount, range, "\(name) takes \(wanted) arguments, not \(arguments.count)")
    }
    for (index, argument) in arguments.enumerated() {
      guard let wanted = index < function.parameters.count ? function.parameters[index] : function.parameters.last
      else {
        continue
      }
      // `min` and `max` also look into a list.
      if function.isVariadic, wanted == .number { check(argument) } else { expect(argument, wanted, name) }
    }
    return function.result
  }

  mutating func check(path: [String], _ range: Range<Int>) -> ValueType {
    guard let root = path.first else { return .any }
    guard var shape = roots[root] else {
      let hint =
        Suggestion.hint(for: root, among: roots.keys) ?? "known are: \(roots.keys.sorted().joined(separator: ", "))"
      add(.unknownPath, range, "unknown path '\(path.joined(separator: "."))'", hint: hint)
      return .any
    }
    for (index, name) in path.enumerated().dropFirst() {
      switch shape {
      case .open: return .any
      case .leaf(.list) where Int(name) != nil: return .any
      case .leaf(.any): return .any
      case .leaf(let type):
        let before = path.prefix(index).joined(separator: ".")
        add(.unknownPath, range, "'\(before)' is \(type.noun) and has no '\(name)'")
        return .any
      case .members(let members):
        guard let next = members[name] else {
          report(unknown: name, of: Array(path.prefix(index)), members, range)
          return .any
        }
        shape = next
      }
    }
    switch shape {
    case .leaf(let type): return type
    case .members: return .map
    case .open: return .any
    }
  }

  private mutating func report(
    unknown name: String, of parent: [String], _ members: [String: ScopeShape], _ range: Range<Int>
  ) {
    let parentText = parent.joined(separator: ".")
    let code: DiagnosticCode =
      parent == ["vars"] ? .unknownVariable : parent == ["project"] ? .unknownSetting : .unknownPath
    var hint = Suggestion.nearest(to: name, among: members.keys).map { "did you mean '\(parentText).\($0)'?" }
    if let dash = name.firstIndex(of: "-"), members[String(name[..<dash])] != nil {
      hint = "put spaces around the minus"
    }
    if hint == nil { hint = "'\(parentText)' has: \(members.keys.sorted().joined(separator: ", "))" }
    add(code, range, "'\(parentText)' has no '\(name)'", hint: members.isEmpty ? "nothing is declared there" : hint)
  }
}
