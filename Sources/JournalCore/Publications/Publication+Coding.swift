//! Publications as JSON: what stands in the journal, and what `--json` and `/health` print.
internal import FlowModel
package import SwitchboardSDK

extension Publication {
  package var value: Value {
    var members: [String: Value] = [
      "project": .text(project), "number": .int(number), "hash": .text(hash), "at": .int(at.milliseconds),
      "by": .text(by), "origin": .text(origin.rawValue), "settings": .text(settings),
      "parts": .list(
        parts.map {
          [
            "kind": .text($0.kind.rawValue), "name": .text($0.name), "version": .text($0.version),
            "file": .text($0.file),
          ]
        }),
      "holds": .map(holds.mapValues { ["from": .text($0.from), "to": .text($0.to)] }),
      "changes": .list(
        changes.map {
          [
            "part": .text($0.part), "from": $0.from.map(Value.text) ?? .null, "to": $0.to.map(Value.text) ?? .null,
            "running": $0.running.map { .text($0.rawValue) } ?? .null,
          ]
        }),
    ]
    if let work { members["work"] = work.value }
    return .map(members)
  }

  /// Nil when the value is no publication: the journal is damaged or was written by a later version.
  package init?(value: Value) {
    guard let project = value["project"].textValue, let number = value["number"].intValue,
      let at = value["at"].intValue, let origin = value["origin"].textValue.flatMap(Origin.init)
    else { return nil }
    var parts: [Part] = []
    for part in value["parts"].listValue ?? [] {
      guard let kind = part["kind"].textValue.flatMap(Part.Kind.init), let name = part["name"].textValue,
        let version = part["version"].textValue
      else { return nil }
      parts.append(Part(kind: kind, name: name, version: version, file: part["file"].textValue ?? ""))
    }
    var holds: [String: Hold] = [:]
    for (part, hold) in value["holds"].mapValue ?? [:] {
      guard let from = hold["from"].textValue, let to = hold["to"].textValue else { return nil }
      holds[part] = Hold(from: from, to: to)
    }
    let changes = (value["changes"].listValue ?? []).map {
      Change(
        part: $0["part"].textValue ?? "", from: $0["from"].textValue, to: $0["to"].textValue,
        running: $0["running"].textValue.flatMap(RunningPolicy.init))
    }
    self.init(
      project: project, number: number, at: Timestamp(milliseconds: at), by: value["by"].textValue ?? "",
      origin: origin, parts: parts, holds: holds, changes: changes, settings: value["settings"].textValue ?? "",
      work: value["work"].isNull ? nil : Work(value: value["work"]))
  }
}

extension Publication.Work {
  fileprivate var value: Value {
    [
      "adopted": .int(Int64(adopted)), "cancelled": .int(Int64(cancelled)), "pinned": .int(Int64(pinned)),
      "reasons": .map(reasons.mapValues { .int(Int64($0)) }),
    ]
  }

  fileprivate init(value: Value) {
    func count(_ value: Value) -> Int { value.intValue.flatMap { Int(exactly: $0) } ?? 0 }
    self.init()
    adopted = count(value["adopted"])
    cancelled = count(value["cancelled"])
    pinned = count(value["pinned"])
    reasons = (value["reasons"].mapValue ?? [:]).mapValues(count)
  }
}
