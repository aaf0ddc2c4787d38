//! Rooms 4, 5 and 7: changes of runs, whole or not at all; what people do to troubled ones.
import JournalCore
import SwitchboardSDK

extension ConformanceCase {
  static let runs: [ConformanceCase] = [
    ConformanceCase("a change shows in the run") { journal in
      let run = try await Sample.run(in: journal)
      let waiting = RunChange(
        run: run, status: .waiting, wakeAt: Sample.moment(9_000), state: [1, 2, 0, 3], outcome: "retry",
        at: Sample.moment(5))
      try await journal.commit(waiting)
      let stored = try await journal.run(run)
      try expectEqual(stored?.status, .waiting)
      try expectEqual(stored?.wakeAt, Sample.moment(9_000))
      try expectEqual(stored?.changedAt, Sample.moment(5))
      try expectEqual(stored?.state, [1, 2, 0, 3])
      try expectEqual(stored?.outcome, "retry")
      let open = OpenRun(id: run, lane: Sample.conversation, status: .waiting, wakeAt: Sample.moment(9_000))
      try expectEqual(try await journal.openRuns(after: 0, limit: 10), [open])
      try await journal.commit(Sample.change(run, .done))
      try expectEqual(try await journal.run(run)?.state, nil)
      try expectEqual(try await journal.openRuns(after: 0, limit: 10), [])
    },
    ConformanceCase("a closed run refuses, and nothing of the change is written") { journal in
      for status in [RunStatus.done, .dead] {
        let run = try await Sample.run(in: journal, "m-\(status)")
        try await journal.commit(Sample.change(run, status))
        let late = Sample.change(
          run, .running, deliveries: [.insert(Sample.delivery(1))],
          timers: [.start(Sample.timer("t", dueAt: 1), keepsEarlier: false)],
          conversation: ConversationChange(key: "k", project: "shop", connection: "avito", chat: "c1"),
          threads: [.bind(Sample.thread("k", "7"))])
        try await expectRunClosed { () async throws(JournalError) in try await journal.commit(late) }
        try expectEqual(try await journal.deliveries(of: run), [])
        try expectEqual(try await journal.timers(dueBefore: Sample.moment(.max), limit: 9), [])
        try expectEqual(try await journal.conversation("k"), nil)
        try expectEqual(try await journal.threads(of: "k"), [])
        try expectEqual(try await journal.run(run)?.status, status)
      }
    },
    ConformanceCase("a parked run that is put back is told as begun, a dead one as not begun") { journal in
      for (status, isBegun) in [(RunStatus.parked, true), (.dead, false)] {
        let run = try await Sample.run(in: journal, "m-\(status)")
        try await journal.commit(Sample.change(run, status))
        try expectEqual(try await journal.retryRun(run), true)
        try expectEqual(try await journal.run(run)?.status, .queued)
        try expectEqual(try await journal.openRuns(after: run - 1, limit: 1).map(\.isBegun), [isBegun])
        try await journal.commit(Sample.change(run, .done))
      }
      let fresh = try await Sample.run(in: journal, "m-fresh")
      try expectEqual(try await journal.openRuns(after: fresh - 1, limit: 1).map(\.isBegun), [false])
    },
    ConformanceCase("a run that never was refuses") { journal in
      for id in [RunID.min, -1, 0, 77, .max] {
        let change = Sample.change(id)
        try await expectRunClosed { () async throws(JournalError) in try await journal.commit(change) }
        try expectEqual(try await journal.run(id), nil)
        try expectEqual(try await journal.deliveries(of: id), [])
        try expectEqual(try await journal.retryRun(id), false)
        try expectEqual(try await journal.dropRun(id), false)
      }
    },
    ConformanceCase("open runs come by pages in id order, a closed one left out") { journal in
      let runs = try await journal.append((0..<10).map { Sample.intake("m\($0)") }).flatMap(\.runs)
      try await journal.commit(Sample.change(runs[3], .done))
      var seen: [RunID] = []
      while true {
        let page = try await journal.openRuns(after: seen.last ?? 0, limit: 4)
        if page.isEmpty { break }
        try expect(page.count <= 4, "a page of \(page.count)")
        seen += page.map(\.id)
      }
      try expectEqual(seen, runs.filter { $0 != runs[3] })
      try expectEqual(try await journal.openRuns(after: .max, limit: 4), [])
      try expectEqual(try await journal.openRuns(after: 0, limit: 0), [])
      try expectEqual(try await journal.openRuns(after: .min, limit: -1), [])
    },
    ConformanceCase("parked and dead runs are listed, retried and dropped") { journal in
      let runs = try await journal.append((0..<4).map { Sample.intake("m\($0)") }).flatMap(\.runs)
      let troubles: [(RunID, RunStatus, Int64)] = [(runs[0], .parked, 30), (runs[1], .dead, 10), (runs[2], .dead, 20)]
      for (run, status, at) in troubles {
        try await journal.commit(
          RunChange(run: run, status: status, state: [9], outcome: "\(status): why", at: Sample.moment(at)))
      }
      try expectEqual(try await journal.troubledRuns(limit: 9).map(\.id), [runs[1], runs[2], runs[0]])
      let newest = TroubledRun(
        id: runs[0], project: "shop", flow: "desk", lane: Sample.conversation, status: .parked, outcome: "parked: why",
        at: Sample.moment(30))
      try expectEqual(try await journal.troubledRuns(limit: 1), [newest])
      try expectEqual(
        try await journal.counts(), JournalCounts(events: 4, openRuns: 2, parkedRuns: 1, deadRuns: 2))

      try expectEqual(try await journal.retryRun(runs[1]), true)
      try expectEqual(try await journal.retryRun(runs[1]), false)
      let retried = try await journal.run(runs[1])
      try expectEqual(retried?.status, .queued)
      try expectEqual(retried?.state, [9])
      try expectEqual(try await journal.openRuns(after: 0, limit: 9).map(\.id), [runs[0], runs[1], runs[3]])
      try await journal.commit(Sample.change(runs[1], .running))

      try expectEqual(try await journal.dropRun(runs[0]), true)
      try expectEqual(try await journal.dropRun(runs[2]), true)
      try expectEqual(try await journal.dropRun(runs[3]), false)
      let dropped = Sample.change(runs[0])
      try await expectRunClosed { () async throws(JournalError) in try await journal.commit(dropped) }
      try expectEqual(try await journal.troubledRuns(limit: 9), [])
      try expectEqual(try await journal.openRuns(after: 0, limit: 9).map(\.id), [runs[1], runs[3]])
    },
  ]
}
