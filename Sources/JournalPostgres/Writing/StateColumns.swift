//! Values of projects that a batch changes.
internal import FlowModel
internal import JournalCore
internal import SwitchboardSDK

struct StateColumns {
  private var project = ArrayColumn(.int4)
  private var key = ArrayColumn(.text)
  private var follows = ArrayColumn(.int8)
  private var expiresAt = ArrayColumn(.int8)
  private var value = ArrayColumn(.bytes)

  mutating func add(_ change: StateChange, project name: Int32) {
    project.append(name)
    key.append(change.key)
    follows.append(change.followsRevision)
    expiresAt.append(change.expiresAt)
    value.append(change.value.isNull ? nil : JSON.bytes(change.value))
  }

  var statements: [PlannedStatement] {
    guard var planned = PlannedStatement(.putState, [project, key, follows, expiresAt, value], meaning: .nothing) else {
      return []
    }
    planned.parameters.add(Int64(key.count))
    return [planned]
  }
}
