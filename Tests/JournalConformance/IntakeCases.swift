//! Room 1: acknowledged once, known for ever, in order.
import JournalCore
import SwitchboardSDK

extension ConformanceCase {
  static let intake: [ConformanceCase] = [
    ConformanceCase("an event and its runs are stored and read back") { journal in
      let receipts = try await journal.append([Sample.intake("m1", runs: 2, payload: Array("{\"a\":1}".utf8))])
      try expectEqual(receipts.count, 1)
      try expectEqual(receipts[0].runs.count, 2)
      try expect(!receipts[0].isDuplicate, "a first event is no duplicate")
      let run = try await journal.run(receipts[0].runs[1])
      let wanted = StoredRun(
        id: receipts[0].runs[1], event: receipts[0].event, project: "shop", connection: "avito", externalID: "m1",
        conversation: Sample.conversation, flow: "desk", version: "v1", label: "customer", lane: Sample.conversation,
        status: .queued, wakeAt: nil, receivedAt: Sample.moment(1_000), state: nil, outcome: nil,
        payload: Array("{\"a\":1}".utf8), changedAt: Sample.moment(1_000))
      try expectEqual(run, wanted)
      try expectEqual(try await journal.counts(), JournalCounts(events: 1, openRuns: 2))
    },
    ConformanceCase("a repeated event is recognised, also within one batch") { journal in
      let first = try await journal.append([Sample.intake("m1"), Sample.intake("m2"), Sample.intake("m1")])
      try expectEqual(first.map(\.isDuplicate), [false, false, true])
      try expectEqual(first[2], Receipt(event: first[0].event, isDuplicate: true, runs: []))
      let again = try await journal.append([Sample.intake("m2", runs: 3)])
      try expectEqual(again, [Receipt(event: first[1].event, isDuplicate: true, runs: [])])
      try expectEqual(try await journal.counts(), JournalCounts(events: 2, openRuns: 2))
    },
    ConformanceCase("the same external id on another connection is another event") { journal in
      let receipts = try await journal.append([Sample.intake("m1"), Sample.intake("m1", connection: "desk")])
      try expectEqual(receipts.map(\.isDuplicate), [false, false])
      try expect(receipts[0].event != receipts[1].event, "two events got one id")
    },
    ConformanceCase("an event without runs is kept for its id") { journal in
      _ = try await journal.append([Sample.intake("m1", runs: 0)])
      try expectEqual(try await journal.append([Sample.intake("m1")])[0].isDuplicate, true)
      try expectEqual(try await journal.openRuns(after: 0, limit: 10), [])
    },
    ConformanceCase("ids grow in the order of arrival") { journal in
      var runs: [RunID] = []
      for batch in 0..<5 {
        let records = (0..<20).map { Sample.intake("m\(batch)-\($0)", runs: 2) }
        for receipt in try await journal.append(records) { runs += receipt.runs }
      }
      try expectEqual(runs, runs.sorted())
      try expectEqual(Set(runs).count, 200)
      try expectEqual(try await journal.openRuns(after: 0, limit: 1_000).map(\.id), runs)
    },
    ConformanceCase("an empty batch is answered with nothing") { journal in
      try expectEqual(try await journal.append([]), [])
    },
  ]
}
