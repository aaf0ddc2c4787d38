//! `state:`, a value of the project: got, set, counted or deleted.
internal import FlowModel
internal import SwitchboardSDK

extension FlowReader {
  private static let stateWords = ["get", "set", "increment", "delete"]
  private static let timeToLiveMillisecondsMax: Int64 = 3_650 * 86_400_000

  mutating func stateAccess(_ node: YAMLNode) -> StepBody? {
    guard let fields = log.fields(node, "'state'", known: Self.stateWords + ["value", "by", "ttl"]) else { return nil }
    let words = Self.stateWords.filter(fields.has)
    guard let word = words.first, words.count == 1 else {
      log.add(
        words.isEmpty ? .missingKey : .conflictingKeys, words.last.map(fields.keySpan) ?? node.span,
        "'state' does one of: \(Self.stateWords.joined(separator: ", "))")
      return nil
    }
    let wanted = ["set": ["value", "ttl"], "increment": ["by", "ttl"]][word] ?? []
    for key in ["value", "by", "ttl"] where fields.has(key) && !wanted.contains(key) {
      log.add(.conflictingKeys, fields.keySpan(key), "'\(word)' takes no '\(key)'")
    }
    let key = fields[word].flatMap { template($0, "'\(word)'") }
    let ttl = fields["ttl"].flatMap { timeToLive($0) }
    let operation: StateAccess.Operation?
    switch word {
    case "get": operation = .get
    case "delete": operation = .delete
    case "set":
      if !fields.has("value") {
        log.add(.missingKey, fields.keySpan("set"), "'set' needs 'value'")
      }
      operation = fields["value"].flatMap { computed($0, "'value'") }.map { .set($0) }
    default:
      let by = fields["by"].map { computed($0, "'by'") } ?? .literal(1)
      operation = by.map { .increment(by: $0) }
    }
    guard let key, let operation else { return nil }
    return .state(StateAccess(operation: operation, key: key, timeToLiveMilliseconds: ttl))
  }

  private mutating func timeToLive(_ node: YAMLNode) -> Int64? {
    guard let milliseconds = log.duration(node, "'ttl'"),
      log.within(
        milliseconds, node, "'ttl'", minimum: 1_000, maximum: Self.timeToLiveMillisecondsMax, unit: " ms")
    else { return nil }
    return milliseconds
  }
}
