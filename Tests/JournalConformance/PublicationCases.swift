//! What every store must do with publications, and with the pending work of a flow that is published anew.
package import JournalCore
import SwitchboardSDK

package struct PublicationCase: Sendable, CustomStringConvertible {
  package let name: String
  package let exercise: @Sendable (any Journal & PublicationStore) async throws -> Void

  init(_ name: String, _ exercise: @escaping @Sendable (any Journal & PublicationStore) async throws -> Void) {
    self.name = name
    self.exercise = exercise
  }

  package var description: String { name }

  private static func sample(_ number: Int64, project: String = "shop", flow: String = "v1") -> Publication {
    Publication(
      project: project, number: number, at: Sample.moment(number), by: "Анна", origin: .command,
      parts: [
        .init(kind: .rule, name: "reply", version: "r1", file: "reply.lua"),
        .init(kind: .flow, name: "desk", version: flow, file: "desk.yaml"),
      ],
      holds: ["desk": .init(from: "v9", to: flow)],
      changes: [.init(part: "desk", from: nil, to: flow), .init(part: "rule:reply", from: "r0", to: "r1")],
      settings: "s1")
  }

  private static func source(_ version: String) -> FlowVersion {
    FlowVersion(project: "shop", flow: "shop/desk", version: version, file: "desk.yaml", source: "flow: \(version)")
  }

  private static func withTimers(
    _ journal: any Journal, _ due: [(key: String, dueAt: Int64)]
  ) async throws -> [TimerRecord] {
    let run = try await Sample.run(in: journal)
    let timers = due.map { Sample.timer($0.key, dueAt: $0.dueAt, event: 1) }
    try await journal.commit(
      Sample.change(run, .done, timers: timers.map { .start($0, keepsEarlier: false) }))
    return timers
  }

  package static let all: [PublicationCase] = receipts + work

  private static let receipts: [PublicationCase] = [
    PublicationCase("a publication is kept with its sources, and numbers have no gaps") { journal in
      try expectEqual(try await journal.publications(project: "shop", limit: 9), [])
      try expectEqual(try await journal.newestPublications(), [:])
      try expectEqual(try await journal.publish(sample(1), sources: [source("v1")]), true)
      try expectEqual(try await journal.publish(sample(3), sources: [source("v3")]), false)
      try expectEqual(try await journal.publish(sample(1, flow: "v2"), sources: [source("v2")]), false)
      try expectEqual(try await journal.flowVersion(flow: "shop/desk", version: "v2"), nil)
      try expectEqual(try await journal.flowVersion(flow: "shop/desk", version: "v1"), source("v1"))
      try expectEqual(try await journal.publish(sample(2, flow: "v2"), sources: [source("v2")]), true)
      try expectEqual(try await journal.publish(sample(1, project: "other"), sources: []), true)
      try expectEqual(
        try await journal.publications(project: "shop", limit: 9), [sample(2, flow: "v2"), sample(1)])
      try expectEqual(try await journal.publications(project: "shop", limit: 1).map(\.number), [2])
      try expectEqual(try await journal.newestPublications(), ["shop": 2, "other": 1])
    },
    PublicationCase("what became of running work is added to a publication, and changes no other") { journal in
      for number: Int64 in 1...2 { _ = try await journal.publish(sample(number), sources: []) }
      var told = sample(1)
      var work = Publication.Work()
      work.adopted = 3
      work.pinned = 1
      work.reasons = ["step 'auto' is gone": 1]
      told.work = work
      try await journal.amend(told)
      try expectEqual(try await journal.publications(project: "shop", limit: 9), [sample(2), told])
      var unknown = sample(7)
      unknown.work = work
      try await journal.amend(unknown)
      try expectEqual(try await journal.newestPublications(), ["shop": 2])
    },
    PublicationCase("of two that publish at the same time one is told that it came second") { journal in
      let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
        for version in ["a", "b", "c"] {
          group.addTask { try await journal.publish(sample(1, flow: version), sources: [source(version)]) }
        }
        var outcomes: [Bool] = []
        for try await outcome in group { outcomes.append(outcome) }
        return outcomes
      }
      try expectEqual(outcomes.count { $0 }, 1)
      try expectEqual(try await journal.publications(project: "shop", limit: 9).count, 1)
    },
    PublicationCase("notes are kept by kind and name, replaced and removed") { journal in
      let note = { (kind: String, name: String, body: Value) in
        PublicationNote(kind: kind, name: name, at: Sample.moment(5), body: body)
      }
      try await journal.setPublicationNote(note("request", "b", ["by": "я"]))
      try await journal.setPublicationNote(note("request", "a", [1]))
      try await journal.setPublicationNote(note("answer", "b", true))
      try expectEqual(
        try await journal.publicationNotes(kind: "request"),
        [note("request", "a", [1]), note("request", "b", ["by": "я"])])
      try await journal.setPublicationNote(note("request", "b", 2))
      for _ in 0..<2 { try await journal.setPublicationNote(note("request", "a", .null)) }
      try expectEqual(try await journal.publicationNotes(kind: "request"), [note("request", "b", 2)])
      try expectEqual(try await journal.publicationNotes(kind: "answer"), [note("answer", "b", true)])
      try expectEqual(try await journal.publicationNotes(kind: "node"), [])
    },
  ]

  private static let work: [PublicationCase] = [
    PublicationCase("a flow's pending timers come by key, page after page, and no other flow's") { journal in
      let timers = try await withTimers(journal, [("b", 5), ("a", 9), ("Z", 7)])
      try expectEqual(
        try await journal.timers(ofFlow: "desk", project: "shop", after: "", limit: 2), [timers[2], timers[1]])
      try expectEqual(try await journal.timers(ofFlow: "desk", project: "shop", after: "a", limit: 9), [timers[0]])
      try expectEqual(try await journal.timers(ofFlow: "desk", project: "other", after: "", limit: 9), [])
      try expectEqual(try await journal.timers(ofFlow: "v1", project: "shop", after: "", limit: 9), [])
    },
    PublicationCase("a timer is moved to another version once, unless it is another by now") { journal in
      let timers = try await withTimers(journal, [("a", 5), ("b", 6)])
      try await journal.commit(
        Sample.change(
          try await Sample.run(in: journal, "m2"),
          timers: [.start(Sample.timer("b", dueAt: 60), keepsEarlier: false)]))
      let moves = timers.map { TimerMove(timer: $0, version: "v2", state: [7]) }
      try expectEqual(try await journal.moveTimers(moves), 1)
      try expectEqual(try await journal.moveTimers(moves), 0)
      let after = try await journal.timers(ofFlow: "desk", project: "shop", after: "", limit: 9)
      try expectEqual(after.map(\.version), ["v2", "v1"])
      try expectEqual(after.first?.state, [7])
      try expectEqual(after.map(\.dueAt), [Sample.moment(5), Sample.moment(60)])
      let fired = try await journal.fireTimer(key: "a", now: Sample.moment(5))
      try expectEqual(try await journal.run(fired?.id ?? 0)?.version, "v2")
      try expectEqual(try await journal.run(fired?.id ?? 0)?.state, [7])
    },
    PublicationCase("an ended timer leaves a closed run with its outcome, once") { journal in
      let timers = try await withTimers(journal, [("a", 5), ("b", 6)])
      _ = try await journal.fireTimer(key: "b", now: Sample.moment(6))
      let open = try await journal.openRuns(after: 0, limit: 9)
      for wanted in [1, 0] {
        try expectEqual(
          try await journal.endTimers(timers, outcome: "cancelled: new version", at: Sample.moment(9)), wanted)
      }
      try expectEqual(try await journal.counts().pendingTimers, 0)
      try expectEqual(try await journal.openRuns(after: 0, limit: 9), open)
      let ended = try await journal.run((open.first?.id ?? 0) + 1)
      try expectEqual(ended?.outcome, "cancelled: new version")
      try expectEqual(ended?.status, .done)
      try expectEqual(ended?.version, "v1")
    },
    PublicationCase("a flow's open runs come in order, and a run takes its new version with its state") { journal in
      let first = try await Sample.run(in: journal, "m1")
      let second = try await Sample.run(in: journal, "m2")
      let third = try await Sample.run(in: journal, "m3")
      var change = Sample.change(second, .waiting, state: [2])
      change.version = "v2"
      try await journal.commit(change)
      try await journal.commit(Sample.change(third, .done))
      try await journal.commit(Sample.change(second, .waiting, state: [3]))
      let found = try await journal.openRuns(ofFlow: "desk", project: "shop", after: 0, limit: 9)
      try expectEqual(
        found,
        [
          FlowRun(id: first, version: "v1", label: "customer", status: .queued, state: nil),
          FlowRun(id: second, version: "v2", label: "customer", status: .waiting, state: [3]),
        ])
      try expectEqual(
        try await journal.openRuns(ofFlow: "desk", project: "shop", after: first, limit: 1).map(\.id), [second])
      try expectEqual(try await journal.openRuns(ofFlow: "desk", project: "other", after: 0, limit: 9), [])
      try expectEqual(try await journal.run(second)?.version, "v2")
    },
  ]
}
