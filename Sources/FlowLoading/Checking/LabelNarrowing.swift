//! Which triggers' events can get past a condition, as far as that can be told without running it.
internal import FlowModel
internal import SwitchboardSDK

enum LabelNarrowing {
  typealias Split = (whenTrue: Set<Int>, whenFalse: Set<Int>)

  /// Indices into `triggers`. What the condition does not decide stays in both halves.
  static func split(_ reaching: Set<Int>, by condition: Expression, _ triggers: [Trigger]) -> Split {
    switch condition {
    case .literal(let value): return value.isTruthy ? (reaching, []) : ([], reaching)
    case .not(let operand):
      let inner = split(reaching, by: operand, triggers)
      return (inner.whenFalse, inner.whenTrue)
    case .binary(.and, let left, let right):
      let first = split(reaching, by: left, triggers)
      let second = split(first.whenTrue, by: right, triggers)
      return (second.whenTrue, first.whenFalse.union(second.whenFalse))
    case .binary(.or, let left, let right):
      let first = split(reaching, by: left, triggers)
      let second = split(first.whenFalse, by: right, triggers)
      return (first.whenTrue.union(second.whenTrue), second.whenFalse)
    case .binary(.equal, let left, let right): return compare(reaching, left, [right], triggers)
    case .binary(.notEqual, let left, let right):
      let inner = compare(reaching, left, [right], triggers)
      return (inner.whenFalse, inner.whenTrue)
    case .binary(.in, let left, .list(let elements)): return compare(reaching, left, elements, triggers)
    default: return (reaching, reaching)
    }
  }

  private static func compare(
    _ reaching: Set<Int>, _ left: Expression, _ rights: [Expression], _ triggers: [Trigger]
  ) -> Split {
    var path = left
    var others = rights
    if case .literal = left, rights.count == 1 { (path, others) = (rights[0], [left]) }
    let words = others.compactMap { other -> String? in
      guard case .literal(.text(let word)) = other else { return nil }
      return word
    }
    guard words.count == others.count else { return (reaching, reaching) }
    let matching: Set<Int>
    switch path {
    case .path(["event", "from"]): matching = reaching.filter { words.contains(triggers[$0].label) }
    case .path(["event", "connection"]):
      let known = reaching.filter { triggers[$0].connection != nil }
      guard known.count == reaching.count else { return (reaching, reaching) }
      matching = reaching.filter { words.contains(triggers[$0].connection ?? "") }
    default: return (reaching, reaching)
    }
    return (matching, reaching.subtracting(matching))
  }
}

extension Trigger {
  var connection: String? {
    switch source {
    case .events(let connection, _, _): connection
    case .command(let connection, _), .callback(let connection, _): connection
    case .topic(let connection, _): connection
    case .every, .cron: nil
    }
  }
}
