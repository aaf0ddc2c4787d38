//! Timers: fired once, in order, as a run of the event that began them.
import JournalCore
import SwitchboardSDK

extension ConformanceCase {
  private static func keys(_ journal: any Journal, before moment: Int64, limit: Int = 100) async throws -> [String] {
    try await journal.timers(dueBefore: Sample.moment(moment), limit: limit).map(\.key)
  }

  static let timers: [ConformanceCase] = [
    ConformanceCase("due timers come earliest first, ties by key, up to the limit") { journal in
      let run = try await Sample.run(in: journal)
      let due: [(String, Int64)] = [("c", 20), ("b", 10), ("a", 20), ("B", 20), ("z", 5), ("d", 21)]
      try await journal.commit(
        Sample.change(run, timers: due.map { .start(Sample.timer($0.0, dueAt: $0.1), keepsEarlier: false) }))
      try expectEqual(try await keys(journal, before: 21), ["z", "b", "B", "a", "c"])
      try expectEqual(try await keys(journal, before: .max, limit: 2), ["z", "b"])
      try expectEqual(try await keys(journal, before: 5), [])
      try expectEqual(try await journal.counts().pendingTimers, 6)
      try expectEqual(
        try await journal.timers(dueBefore: Sample.moment(6), limit: 9), [Sample.timer("z", dueAt: 5)])
    },
    ConformanceCase("a timer is put off, or keeps its earlier due time, as asked") { journal in
      let run = try await Sample.run(in: journal)
      let start = { (due: Int64, keeps: Bool) in
        Sample.change(run, timers: [.start(Sample.timer("t", dueAt: due), keepsEarlier: keeps)])
      }
      try await journal.commit(start(10, true))
      try await journal.commit(start(99, true))
      try expectEqual(try await keys(journal, before: 11), ["t"])
      try await journal.commit(start(50, false))
      try expectEqual(try await keys(journal, before: 50), [])
      try expectEqual(try await journal.fireTimer(key: "t", now: Sample.moment(49)), nil)
      try expectEqual(try await keys(journal, before: 51), ["t"])
      try expectEqual(try await journal.counts().pendingTimers, 1)
    },
    ConformanceCase("timers are found by the beginning of their keys, page after page") { journal in
      let run = try await Sample.run(in: journal)
      let keys = ["wait:a:1", "wait:a:\u{10FFFF}", "wait:b:1", "wait:a:é", "auto:a", "wait:a"]
      try await journal.commit(
        Sample.change(run, timers: keys.map { .start(Sample.timer($0, dueAt: 1), keepsEarlier: false) }))
      let found = try await journal.timers(keyPrefix: "wait:a:", after: "", limit: 2)
      try expectEqual(found.map(\.key), ["wait:a:1", "wait:a:é"])
      try expectEqual(found.first, Sample.timer("wait:a:1", dueAt: 1))
      try expectEqual(
        try await journal.timers(keyPrefix: "wait:", after: "wait:a:é", limit: 9).map(\.key).last, "wait:b:1")
      try expectEqual(try await journal.timers(keyPrefix: "none:", after: "", limit: 9), [])
    },
    ConformanceCase("a timer is brought forward with its new state once, and fires with it") { journal in
      let run = try await Sample.run(in: journal)
      var timer = Sample.timer("wait:a:1", dueAt: 100)
      try await journal.commit(Sample.change(run, timers: [.start(timer, keepsEarlier: false)]))
      let move = TimerMove(timer: timer, version: timer.version, state: [9], dueAt: Sample.moment(5))
      try expectEqual(try await journal.moveTimers([move]), 1)
      try expectEqual(try await journal.moveTimers([move]), 0)
      (timer.state, timer.dueAt) = ([9], Sample.moment(5))
      try expectEqual(try await journal.timers(dueBefore: Sample.moment(6), limit: 9), [timer])
      let fired = try await journal.fireTimer(key: timer.key, now: Sample.moment(5))
      try expectEqual(try await journal.run(fired?.id ?? 0)?.state, [9])
      try expectEqual(try await journal.moveTimers([move]), 0)
    },
    ConformanceCase("a timer fires once, as a run with its state and event") { journal in
      let receipt = try await journal.append([Sample.intake("m1", payload: [1, 2, 3])])[0]
      let timer = Sample.timer("t", dueAt: 10, event: receipt.event)
      try await journal.commit(
        Sample.change(receipt.runs[0], .done, timers: [.start(timer, keepsEarlier: false)]))
      let fired = try await journal.fireTimer(key: "t", now: Sample.moment(10))
      guard let fired else { throw ConformanceFailure(description: "a due timer did not fire") }
      try expectEqual(fired, OpenRun(id: fired.id, lane: timer.lane, status: .queued, wakeAt: nil))
      try expect(fired.id > receipt.runs[0], "the fired run is not the newest")
      try expectEqual(try await journal.openRuns(after: 0, limit: 9), [fired])
      let run = try await journal.run(fired.id)
      try expectEqual(run?.state, timer.state)
      try expectEqual(run?.event, receipt.event)
      try expectEqual(run?.payload, [1, 2, 3])
      try expectEqual(run?.label, "customer")
      try expectEqual(try await journal.fireTimer(key: "t", now: Sample.moment(99)), nil)
      try expectEqual(try await journal.counts(), JournalCounts(events: 1, openRuns: 1))
    },
    ConformanceCase("cancelled timers do not fire, others of the key or conversation stay") { journal in
      let run = try await Sample.run(in: journal)
      try await journal.commit(
        Sample.change(
          run,
          timers: ["a", "b", "c"].map { .start(Sample.timer($0, dueAt: 1), keepsEarlier: false) }
            + [.start(Sample.timer("d", dueAt: 1, conversation: "other"), keepsEarlier: false)]))
      try await journal.commit(Sample.change(run, timers: [.cancel(key: "b"), .cancel(key: "none")]))
      try expectEqual(try await journal.fireTimer(key: "b", now: Sample.moment(9)), nil)
      try expectEqual(try await keys(journal, before: 9), ["a", "c", "d"])
      try await journal.commit(Sample.change(run, timers: [.cancelAll(conversation: Sample.conversation)]))
      try expectEqual(try await keys(journal, before: 9), ["d"])
    },
    ConformanceCase("changes of one commit count in their order") { journal in
      let run = try await Sample.run(in: journal)
      try await journal.commit(
        Sample.change(
          run,
          timers: [
            .start(Sample.timer("t", dueAt: 1), keepsEarlier: false), .cancel(key: "t"),
            .start(Sample.timer("t", dueAt: 7), keepsEarlier: true),
          ]))
      try expectEqual(try await journal.timers(dueBefore: Sample.moment(9), limit: 9).map(\.dueAt), [Sample.moment(7)])
    },
    ConformanceCase("of many who fire one timer, one gets it") { journal in
      let run = try await Sample.run(in: journal)
      try await journal.commit(
        Sample.change(run, .done, timers: [.start(Sample.timer("t", dueAt: 1), keepsEarlier: false)]))
      let fired = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<32 {
          group.addTask { try await journal.fireTimer(key: "t", now: Sample.moment(1)) == nil ? 0 : 1 }
        }
        return try await group.reduce(0, +)
      }
      try expectEqual(fired, 1)
      try expectEqual(try await journal.openRuns(after: 0, limit: 9).count, 1)
    },
  ]
}
