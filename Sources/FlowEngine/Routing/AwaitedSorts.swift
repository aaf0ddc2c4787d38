//! What runs may wait for, so that the intake asks the journal about waiting runs only where there can be any. Kept for
//! good: a run of a version that no node remembers may still wait.
import FlowModel
import JournalCore
import SwitchboardSDK

struct AwaitedSort: Sendable, Hashable {
  var project: String
  /// `AwaitedEvent.Source.sort`
  var sort: String
}

extension Program {
  var awaited: Set<AwaitedSort> {
    var found: Set<AwaitedSort> = []
    for case .perform(let step) in instructions {
      guard case .wait(.event(let event)) = step.body else { continue }
      found.insert(AwaitedSort(project: flow.project, sort: event.source.sort))
    }
    return found
  }
}

enum AwaitedSorts {
  private static let place = "@wait"

  /// To be called before flows are put in force: every node, and every later start, then knows.
  static func keep(_ flows: [Flow], project: String, in journal: any Journal) async throws(JournalError) {
    let wanted = Set(flows.flatMap { Program($0).awaited.map(\.sort) })
    guard !wanted.isEmpty else { return }
    let known = try await sorts(project, in: journal)
    guard !wanted.isSubset(of: known) else { return }
    try await journal.setConnectionValue(
      connection: place, key: project, value: .list(known.union(wanted).sorted().map(Value.text)))
  }

  static func recall(_ projects: [String], from journal: any Journal) async throws(JournalError) -> Set<AwaitedSort> {
    var found: Set<AwaitedSort> = []
    for project in projects {
      for sort in try await sorts(project, in: journal) { found.insert(AwaitedSort(project: project, sort: sort)) }
    }
    return found
  }

  private static func sorts(_ project: String, in journal: any Journal) async throws(JournalError) -> Set<String> {
    Set((try await journal.connectionValue(connection: place, key: project).listValue ?? []).compactMap(\.textValue))
  }
}
