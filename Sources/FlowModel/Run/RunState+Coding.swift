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
    if let wait { members["wait"] = wait.value }
    if waits > 0 { members["waits"] = .int(Int64(waits)) }
    if wokenBy > 0 { members["woken_by"] = .int(wokenBy) }
    if emitted > 0 { members["emitted"] = .int(Int64(emitted)) }
    if let emission { members["emission"] = emission.value }
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
    wait = PendingWait(value: value["wait"])
    waits = value["waits"].storedCount
    wokenBy = value["woken_by"].intValue ?? 0
    emitted = value["emitted"].storedCount
    emission = Emission(value: value["emission"])
    armed = (value["armed"].mapValue ?? [:]).compactMapValues { $0.intValue.map(Timestamp.init(milliseconds:)) }
  }
}

extension PendingWait {
  fileprivate var value: Value {
    var members: [String: Value] = ["since": .int(since.milliseconds), "event": .bool(awaitsEvent)]
    members["came"] = event
    return .map(members)
  }

  fileprivate init?(value: Value) {
    guard let since = value["since"].intValue else { return nil }
    self.init(since: Timestamp(milliseconds: since), awaitsEvent: value["event"].boolValue ?? false)
    if !value["came"].isNull { event = value["came"] }
  }
}

extension Emission {
  fileprivate var value: Value {
    [
      "topic": .text(topic), "data": data, "depth": .int(Int64(depth)), "flow": .text(flow), "run": .int(run),
      "number": .int(Int64(number)),
    ]
  }

  fileprivate init?(value: Value) {
    guard let topic = value["topic"].textValue, let flow = value["flow"].textValue, let run = value["run"].intValue,
      let depth = value["depth"].intValue.flatMap({ Int(exactly: $0) }),
      let number = value["number"].intValue.flatMap({ Int(exactly: $0) })
    else { return nil }
    self.init(topic: topic, data: value["data"], depth: depth, flow: flow, run: run, number: number)
  }
}
