//! Values of projects: kept with the run that changes them, and never changed over somebody's head.
import FlowModel
import JournalCore
import SwitchboardSDK

extension ConformanceCase {
  static let projectState: [ConformanceCase] = [
    ConformanceCase("a project's value is kept with the run that sets it") { journal in
      let run = try await Sample.run(in: journal)
      try expectEqual(try await journal.projectState(project: "shop", key: "n"), StoredState())
      try await set(journal, run, "n", .int(.max), after: 0, until: Sample.moment(50))
      try expectEqual(
        try await journal.projectState(project: "shop", key: "n"),
        StoredState(value: .int(.max), expiresAt: Sample.moment(50), revision: 1))
      try await set(journal, run, "n", ["a": [1, nil, "х"]], after: 1)
      try expectEqual(
        try await journal.projectState(project: "shop", key: "n"),
        StoredState(value: ["a": [1, nil, "х"]], revision: 2))
      try expectEqual(try await journal.projectState(project: "other", key: "n").revision, 0)
      try expectEqual(try await journal.projectState(project: "shop", key: "m").keysInProject, 1)
    },
    ConformanceCase("a value that was changed meanwhile is not changed, and nothing else of the commit is") { journal in
      let run = try await Sample.run(in: journal)
      try await set(journal, run, "n", 1, after: 0)
      for revision in [0, 2] as [Int64] {
        do throws(JournalError) {
          try await set(journal, run, "n", 9, after: revision, status: .done)
        } catch {
          try expectEqual(error.code, .conflict)
          continue
        }
        throw ConformanceFailure(description: "a change that follows revision \(revision) was taken")
      }
      try expectEqual(try await journal.projectState(project: "shop", key: "n"), StoredState(value: 1, revision: 1))
      try expectEqual(try await journal.run(run)?.status, .running)
      try await set(journal, run, "n", 2, after: 1, status: .done)
      try expectEqual(try await journal.run(run)?.status, .done)
    },
    ConformanceCase("many that count at the same time lose no count") { journal in
      var runs: [RunID] = []
      for number in 0..<8 { runs.append(try await Sample.run(in: journal, "count \(number)")) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for run in runs {
          group.addTask { for _ in 0..<5 { try await count(journal, run) } }
        }
        try await group.waitForAll()
      }
      try expectEqual(try await journal.projectState(project: "shop", key: "n"), StoredState(value: 40, revision: 40))
    },
    ConformanceCase("a closed run changes no value") { journal in
      let run = try await Sample.run(in: journal)
      try await set(journal, run, "n", 1, after: 0, status: .done)
      try await expectRunClosed { () async throws(JournalError) in
        try await set(journal, run, "n", 2, after: 1)
      }
      try expectEqual(try await journal.projectState(project: "shop", key: "n").value, 1)
    },
    ConformanceCase("a deleted value counts its revisions on, until it is forgotten") { journal in
      guard let administration = journal as? any JournalAdministration else { return }
      let run = try await Sample.run(in: journal)
      try await set(journal, run, "n", 1, after: 0)
      try await set(journal, run, "n", .null, after: 1, until: Sample.moment(20))
      try await set(journal, run, "kept", 5, after: 0)
      let deleted = StoredState(expiresAt: Sample.moment(20), revision: 2)
      try expectEqual(try await journal.projectState(project: "shop", key: "n"), deleted)
      let none = try await administration.prune(.projectState(expiredBefore: Sample.moment(20), limit: 10))
      try expectEqual(none.removed, 0)
      let one = try await administration.prune(.projectState(expiredBefore: Sample.moment(21), limit: 10))
      try expectEqual(one.removed, 1)
      try expectEqual(try await journal.projectState(project: "shop", key: "n"), StoredState(keysInProject: 1))
      try expectEqual(try await journal.projectState(project: "shop", key: "kept").value, 5)
    },
  ]

  private static func set(
    _ journal: any Journal, _ run: RunID, _ key: String, _ value: Value, after revision: Int64,
    until expiry: Timestamp? = nil, status: RunStatus = .running
  ) async throws(JournalError) {
    let change = StateChange(key: key, value: value, expiresAt: expiry, followsRevision: revision)
    var commit = Sample.change(run, status)
    commit.values = RunChange.ProjectValues(project: "shop", changes: [change])
    try await journal.commit(commit)
  }

  private static func count(_ journal: any Journal, _ run: RunID) async throws {
    while true {
      let found = try await journal.projectState(project: "shop", key: "n")
      do throws(JournalError) {
        return try await set(
          journal, run, "n", .int((found.value.intValue ?? 0) + 1), after: found.revision)
      } catch { guard error.code == .conflict else { throw error } }
    }
  }
}
