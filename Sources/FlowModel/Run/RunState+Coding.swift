//! `RunState` as JSON. Absent members read as their empty form, so that a later version can add members.
internal import SwitchboardSDK

extension RunState {
  package var encoded: [UInt8] {
    var members: [String: Value] = ["at": .int(Int64(position))]
    if !vars.isEmpty { members["vars"] = .map(vars) }
    if !results.isEmpty { members["results"] = .map(results) }
    if attempt > 0 { members["attempt"] = .int(Int64(attempt)) }
    if sequence > 0 { members["sequence"] = .int(Int64(sequence)) }
    if let call { members["call"] = call.value }
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
    guard let value = try? JSON.parse(encoded), let position = value["at"].intValue, let at = Int(exactly: position)
    else {
      return nil
    }
    var call: CallProgress?
    if !value["call"].isNull {
      guard let progress = CallProgress(value: value["call"]) else { return nil }
      call = progress
    }
    var autoReply: DueAutoReply?
    if let text = value["auto"]["text"].textValue, let since = value["auto"]["since"].intValue,
      let due = value["auto"]["due"].intValue
    {
      autoReply = DueAutoReply(
        text: text, since: Timestamp(milliseconds: since), dueAt: Timestamp(milliseconds: due))
    }
    self.init(
      position: at, vars: value["vars"].mapValue ?? [:], results: value["results"].mapValue ?? [:],
      attempt: value["attempt"].intValue.flatMap { Int(exactly: $0) } ?? 0,
      sequence: value["sequence"].intValue.flatMap { Int(exactly: $0) } ?? 0, call: call, autoReply: autoReply)
    armed = (value["armed"].mapValue ?? [:]).compactMapValues { $0.intValue.map(Timestamp.init(milliseconds:)) }
  }
}

extension CallProgress {
  fileprivate var value: Value {
    var members: [String: Value] = [:]
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

  fileprivate init?(value: Value) {
    let part = value["part"].intValue.flatMap { Int(exactly: $0) }
    let reopenings = value["reopenings"].intValue.flatMap { Int(exactly: $0) } ?? 0
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
    begun = value["begun"].intValue.flatMap { Int(exactly: $0) } ?? 0
  }
}
