//! `Strand` as members of a JSON object: the run's own beside the rest of its state, a branch's in its frame.
internal import SwitchboardSDK

extension Strand {
  func members(newest: Int) -> [String: Value] {
    var members: [String: Value] = ["at": .int(Int64(position))]
    if attempt > 0 { members["attempt"] = .int(Int64(attempt)) }
    if let call { members["call"] = call.value(newest: newest) }
    if !frames.isEmpty { members["frames"] = .list(frames.map { $0.value(newest: newest) }) }
    return members
  }

  init?(value: Value, newest: Int) {
    guard let position = value["at"].intValue.flatMap({ Int(exactly: $0) }) else { return nil }
    var call: CallProgress?
    if !value["call"].isNull {
      guard let progress = CallProgress(value: value["call"], newest: newest) else { return nil }
      call = progress
    }
    var frames: [Frame] = []
    for stored in value["frames"].listValue ?? [] {
      guard let frame = Frame(value: stored, newest: newest) else { return nil }
      frames.append(frame)
    }
    self.init(position: position, attempt: value["attempt"].storedCount, call: call, frames: frames)
  }
}

extension Frame {
  fileprivate func value(newest: Int) -> Value {
    var members: [String: Value] = ["at": .int(Int64(position))]
    if attempt > 0 { members["attempt"] = .int(Int64(attempt)) }
    if let deadline { members["until"] = .int(deadline.milliseconds) }
    switch content {
    case .plain: break
    case .attempt: members["kind"] = "try"
    case .handler(let error):
      members["kind"] = "catch"
      members["error"] = error
    case .each(let round):
      members["kind"] = "each"
      members["items"] = .list(round.items)
      members["index"] = .int(Int64(round.index))
      if !round.results.isEmpty { members["results"] = .list(round.results) }
    case .flow(let scope):
      members["kind"] = "flow"
      members["flow"] = .text(scope.flow)
      if !scope.vars.isEmpty { members["vars"] = .map(scope.vars) }
      if !scope.results.isEmpty { members["results"] = .map(scope.results) }
    case .parallel(let branches):
      members["kind"] = "parallel"
      members["branches"] = .list(branches.map { $0.value(newest: newest) })
    }
    return .map(members)
  }

  fileprivate init?(value: Value, newest: Int) {
    guard let position = value["at"].intValue.flatMap({ Int(exactly: $0) }) else { return nil }
    let content: Content
    switch value["kind"].textValue {
    case nil: content = .plain
    case "try": content = .attempt
    case "catch": content = .handler(value["error"])
    case "each":
      let items = value["items"].listValue ?? []
      let index = value["index"].storedCount
      guard items.indices.contains(index) else { return nil }
      content = .each(Round(items: items, index: index, results: value["results"].listValue ?? []))
    case "flow":
      content = .flow(
        CalledScope(
          flow: value["flow"].textValue ?? "", vars: value["vars"].mapValue ?? [:],
          results: value["results"].mapValue ?? [:]))
    case "parallel":
      var branches: [RunBranch] = []
      for stored in value["branches"].listValue ?? [] {
        guard let branch = RunBranch(value: stored, newest: newest) else { return nil }
        branches.append(branch)
      }
      content = .parallel(branches)
    default: return nil
    }
    self.init(
      position: position, attempt: value["attempt"].storedCount,
      deadline: value["until"].intValue.map(Timestamp.init(milliseconds:)), content: content)
  }
}

extension RunBranch {
  fileprivate func value(newest: Int) -> Value {
    var members = strand.members(newest: newest)
    if let wakeAt { members["wake"] = .int(wakeAt.milliseconds) }
    if let end { members["end"] = end.value }
    return .map(members)
  }

  fileprivate init?(value: Value, newest: Int) {
    guard let strand = Strand(value: value, newest: newest) else { return nil }
    var end: BranchEnd?
    if !value["end"].isNull {
      guard let known = BranchEnd(value: value["end"]) else { return nil }
      end = known
    }
    self.init(strand: strand, end: end, wakeAt: value["wake"].intValue.map(Timestamp.init(milliseconds:)))
  }
}

extension BranchEnd {
  fileprivate var value: Value {
    switch self {
    case .done: ["how": "done"]
    case .stopped: ["how": "stopped"]
    case .dropped(let reason): ["how": "dropped", "text": .text(reason)]
    case .dead(let reason): ["how": "dead", "text": .text(reason)]
    case .parked(let reason): ["how": "parked", "text": .text(reason)]
    case .failed(let fault):
      ["how": "failed", "text": .text(fault.text), "code": .text(fault.code), "step": .text(fault.step)]
    }
  }

  fileprivate init?(value: Value) {
    let text = value["text"].textValue ?? ""
    switch value["how"].textValue {
    case "done": self = .done
    case "stopped": self = .stopped
    case "dropped": self = .dropped(text)
    case "dead": self = .dead(text)
    case "parked": self = .parked(text)
    case "failed":
      self = .failed(Fault(code: value["code"].textValue ?? "", text: text, step: value["step"].textValue ?? ""))
    default: return nil
    }
  }
}

extension Value {
  /// A count that is left out when it is zero.
  var storedCount: Int { intValue.flatMap { Int(exactly: $0) } ?? 0 }
}

extension CallProgress {
  /// `newest`: the run's newest sequence, which a call has that does not say otherwise.
  fileprivate func value(newest: Int) -> Value {
    var members: [String: Value] = [:]
    if sequence != newest { members["sequence"] = .int(Int64(sequence)) }
    if reopenings > 0 { members["reopenings"] = .int(Int64(reopenings)) }
    if begun > 0 { members["begun"] = .int(Int64(begun)) }
    switch phase {
    case .open: members["phase"] = "open"
    case .intro: members["phase"] = "intro"
    case .pin(let messageID):
      members["phase"] = "pin"
      members["message"] = .text(messageID)
    case .part(let index):
      members["phase"] = "part"
      members["part"] = .int(Int64(index))
    case .notice(let text, let then):
      members["phase"] = "notice"
      members["text"] = .text(text)
      switch then {
      case .part(let index): members["part"] = .int(Int64(index))
      case .giveUp(let reason, let index):
        members["reason"] = .text(reason)
        members["part"] = .int(Int64(index))
      }
    }
    return .map(members)
  }

  fileprivate init?(value: Value, newest: Int) {
    let part = value["part"].intValue.flatMap { Int(exactly: $0) }
    let reopenings = value["reopenings"].storedCount
    switch value["phase"].textValue {
    case "open": self.init(phase: .open, reopenings: reopenings)
    case "intro": self.init(phase: .intro, reopenings: reopenings)
    case "pin":
      guard let message = value["message"].textValue else { return nil }
      self.init(phase: .pin(messageID: message), reopenings: reopenings)
    case "part":
      guard let part else { return nil }
      self.init(phase: .part(part), reopenings: reopenings)
    case "notice":
      guard let text = value["text"].textValue else { return nil }
      if let reason = value["reason"].textValue {
        self.init(phase: .notice(text, then: .giveUp(reason, part: part ?? 0)), reopenings: reopenings)
      } else if let part {
        self.init(phase: .notice(text, then: .part(part)), reopenings: reopenings)
      } else {
        return nil
      }
    default: return nil
    }
    begun = value["begun"].storedCount
    sequence = value["sequence"].intValue.flatMap { Int(exactly: $0) } ?? newest
  }
}
