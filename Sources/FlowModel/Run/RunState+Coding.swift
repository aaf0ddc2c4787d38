//! `RunState` as JSON. Absent members read as their empty form, so that a later version can add members.
internal import SwitchboardSDK

extension RunState {
  package var encoded: [UInt8] {
    var members = strand.members(newest: sequence)
    if !vars.isEmpty { members["vars"] = .map(vars) }
    if !results.isEmpty { members["results"] = .map(results) }
    if sequence > 0 { members["sequence"] = .int(Int64(sequence)) }
    if stepCount > 0 { members["steps"] = .int(Int64(stepCount)) }
    if let autoReply {
      members["auto"] = [
        "text": .text(autoReply.text), "since": .int(autoReply.since.milliseconds),
        "due": .int(autoReply.dueAt.milliseconds),
      ]
    }
    if !armed.isEmpty { members["armed"] = .map(armed.mapValues { .int($0.milliseconds) }) }
    return JSON.bytes(.map(members))
  }

  /// Nil when the bytes are no run state: the journal is damaged or was written by a later version.
  package init?(encoded: [UInt8]) {
    guard let value = try? JSON.parse(encoded) else { return nil }
    let sequence = value["sequence"].storedCount
    guard let strand = Strand(value: value, newest: sequence) else { return nil }
    var autoReply: DueAutoReply?
    if let text = value["auto"]["text"].textValue, let since = value["auto"]["since"].intValue,
      let due = value["auto"]["due"].intValue
    {
      autoReply = DueAutoReply(
        text: text, since: Timestamp(milliseconds: since), dueAt: Timestamp(milliseconds: due))
    }
    self.init(
      vars: value["vars"].mapValue ?? [:], results: value["results"].mapValue ?? [:], sequence: sequence,
      autoReply: autoReply)
    self.strand = strand
    stepCount = value["steps"].storedCount
    armed = (value["armed"].mapValue ?? [:]).compactMapValues { $0.intValue.map(Timestamp.init(milliseconds:)) }
  }
}
