//! What people look at and mend beside the way of a message; a store that has no such questions skips them.
import JournalCore
import SwitchboardSDK

extension ConformanceCase {
  private static func administrative(
    _ name: String, _ exercise: @escaping @Sendable (any JournalAdministration) async throws -> Void
  ) -> ConformanceCase {
    ConformanceCase(name) { journal in
      guard let journal = journal as? any JournalAdministration else {
        throw ConformanceFailure(description: "the store answers no administrative questions")
      }
      try await exercise(journal)
    }
  }

  static let administration: [ConformanceCase] = [
    administrative("pending timers come page by page, earliest first, of one project or all") { journal in
      let run = try await Sample.run(in: journal)
      var changes: [TimerChange] = []
      for (key, due) in [("c", Int64(20)), ("b", 10), ("a", 20), ("B", 20), ("z", 5)] {
        var timer = Sample.timer(key, dueAt: due)
        if key == "b" { timer.project = "other" }
        changes.append(.start(timer, keepsEarlier: false))
      }
      try await journal.commit(Sample.change(run, timers: changes))
      let first = try await journal.pendingTimers(project: nil, after: nil, limit: 2)
      try expectEqual(first.map(\.key), ["z", "b"])
      let place = TimerPlace(dueAt: Sample.moment(10), key: "b")
      try expectEqual(
        try await journal.pendingTimers(project: nil, after: place, limit: 9).map(\.key), ["B", "a", "c"])
      let inside = TimerPlace(dueAt: Sample.moment(20), key: "a")
      try expectEqual(try await journal.pendingTimers(project: nil, after: inside, limit: 9).map(\.key), ["c"])
      try expectEqual(try await journal.pendingTimers(project: "other", after: nil, limit: 9).map(\.key), ["b"])
      try expectEqual(try await journal.pendingTimers(project: "none", after: nil, limit: 9), [])
      try expectEqual(try await journal.pendingTimer(key: "z"), Sample.timer("z", dueAt: 5))
      try expectEqual(try await journal.pendingTimer(key: "y"), nil)
    },
    administrative("a timer that a person cancels never fires, one made due fires once") { journal in
      let run = try await Sample.run(in: journal)
      let timers = ["a", "b"].map { TimerChange.start(Sample.timer($0, dueAt: 500), keepsEarlier: false) }
      try await journal.commit(Sample.change(run, .done, timers: timers))
      try expectEqual(try await journal.cancelTimer(key: "a"), true)
      try expectEqual(try await journal.cancelTimer(key: "a"), false)
      try expectEqual(try await journal.fireTimer(key: "a", now: Sample.moment(999)), nil)
      try expectEqual(try await journal.makeTimerDue(key: "a", at: Sample.moment(1)), false)
      try expectEqual(try await journal.makeTimerDue(key: "b", at: Sample.moment(600)), false)
      try expectEqual(try await journal.makeTimerDue(key: "b", at: Sample.moment(7)), true)
      try expectEqual(try await journal.pendingTimer(key: "b")?.dueAt, Sample.moment(7))
      try expectEqual(try await journal.timers(dueBefore: Sample.moment(8), limit: 9).map(\.key), ["b"])
      try expect(try await journal.fireTimer(key: "b", now: Sample.moment(7)) != nil, "made due, it did not fire")
      try expectEqual(try await journal.fireTimer(key: "b", now: Sample.moment(999)), nil)
      try expectEqual(try await journal.cancelTimer(key: "b"), false)
    },
    administrative("open lanes come with their heads, in the heads' order") { journal in
      var ids: [RunID] = []
      for (name, lane) in [("m1", "shop/avito/c1"), ("m2", "shop/avito/c2"), ("m3", "shop/avito/c1")] {
        ids += try await journal.append([Sample.intake(name, conversation: lane)])[0].runs
      }
      try await journal.commit(
        RunChange(
          run: ids[0], status: .waiting, wakeAt: Sample.moment(77), state: [1], outcome: "transient: 502",
          at: Sample.moment(5)))
      let lanes = try await journal.openLanes(project: "shop", after: 0, limit: 9)
      try expectEqual(lanes.map(\.lane), ["shop/avito/c1", "shop/avito/c2"])
      try expectEqual(lanes.map(\.openRuns), [2, 1])
      let head = RunSummary(
        id: ids[0], event: lanes[0].head.event, project: "shop", connection: "avito", externalID: "m1", flow: "desk",
        version: "v1", label: "customer", lane: "shop/avito/c1", status: .waiting, wakeAt: Sample.moment(77),
        receivedAt: Sample.moment(1_000), changedAt: Sample.moment(5), outcome: "transient: 502")
      try expectEqual(lanes[0].head, head)
      try expectEqual(try await journal.openLanes(project: nil, after: ids[0], limit: 9).map(\.lane), ["shop/avito/c2"])
      try expectEqual(try await journal.openLanes(project: nil, after: 0, limit: 1).count, 1)
      try expectEqual(try await journal.openLanes(project: "other", after: 0, limit: 9), [])
      try await journal.commit(Sample.change(ids[0], .done))
      try expectEqual(try await journal.openLanes(project: nil, after: 0, limit: 9).map(\.head.id), [ids[1], ids[2]])
    },
    administrative("runs are listed newest first, by project, flow, lane and status") { journal in
      var ids: [RunID] = []
      for number in 0..<6 {
        let record = Sample.intake("m\(number)", conversation: "shop/avito/c\(number % 2)")
        ids += try await journal.append([record])[0].runs
      }
      try await journal.commit(Sample.change(ids[1], .done))
      try await journal.commit(Sample.change(ids[2], .dead))
      try await journal.commit(Sample.change(ids[3], .parked))
      let all = { (filter: RunFilter) in
        try await journal.runs(matching: filter, before: .max, limit: 99).map(\.id)
      }
      try expectEqual(try await all(RunFilter()), ids.reversed())
      try expectEqual(try await all(RunFilter(lane: "shop/avito/c1")), [ids[5], ids[3], ids[1]])
      try expectEqual(try await all(RunFilter(statuses: RunFilter.openStatuses)), [ids[5], ids[4], ids[3], ids[0]])
      try expectEqual(try await all(RunFilter(statuses: RunFilter.troubledStatuses)), [ids[3], ids[2]])
      try expectEqual(try await all(RunFilter(statuses: [.parked])), [ids[3]])
      try expectEqual(try await all(RunFilter(statuses: [.done, .queued])), [ids[5], ids[4], ids[1], ids[0]])
      try expectEqual(try await all(RunFilter(project: "shop", flow: "desk")).count, 6)
      try expectEqual(try await all(RunFilter(project: "none")), [])
      try expectEqual(try await all(RunFilter(flow: "none")), [])
      let page = try await journal.runs(matching: RunFilter(), before: ids[4], limit: 2)
      try expectEqual(page.map(\.id), [ids[3], ids[2]])
    },
    administrative("a message is found by its id, with its runs and the timers they started") { journal in
      let first = try await journal.append([Sample.intake("m1", payload: [1, 2])])[0]
      let second = try await journal.append([Sample.intake("m1", connection: "desk", runs: 2)])[0]
      let timers = [("t", first.event), ("u", second.event)].map { key, event in
        TimerChange.start(Sample.timer(key, dueAt: 9, event: event), keepsEarlier: false)
      }
      try await journal.commit(Sample.change(first.runs[0], .done, timers: timers))
      let events = try await journal.events(externalID: "m1")
      try expectEqual(events.map(\.id), [first.event, second.event])
      try expectEqual(events.map(\.connection), ["avito", "desk"])
      try expectEqual(events.first, try await journal.event(first.event))
      try expectEqual(events.first?.payload, [1, 2])
      try expectEqual(try await journal.pendingTimers(ofEvent: first.event).map(\.key), ["t"])
      let fired = try await journal.fireTimer(key: "t", now: Sample.moment(9))
      try expectEqual(try await journal.pendingTimers(ofEvent: first.event), [])
      try expectEqual(try await journal.runs(ofEvent: first.event).map(\.id), first.runs + [fired?.id ?? 0])
      try expectEqual(try await journal.runs(ofEvent: second.event).map(\.id), second.runs)
      try expectEqual(try await journal.runs(ofEvent: 999), [])
      try expectEqual(try await journal.event(999), nil)
      try expectEqual(try await journal.events(externalID: "none"), [])
    },
    administrative("the facts tell rows and the age of the oldest") { journal in
      _ = try await journal.append((0..<3).map { Sample.intake("m\($0)") })
      let facts = try await journal.databaseFacts()
      try expectEqual(facts.tables.first { $0.name == "events" }?.rows, 3)
      try expectEqual(facts.tables.first { $0.name == "timers" }?.rows, 0)
      try expectEqual(facts.oldestEventAt, Sample.moment(1_000))
      try expectEqual(facts.newestEventAt, Sample.moment(1_000))
    },
  ]
}
