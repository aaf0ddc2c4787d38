//! Forgetting: what is old goes, and whatever somebody may still need stays.
import JournalCore
import SwitchboardSDK

extension ConformanceCase {
  private static func pruning(
    _ name: String, _ exercise: @escaping @Sendable (any JournalAdministration) async throws -> Void
  ) -> ConformanceCase {
    ConformanceCase(name) { journal in
      guard let journal = journal as? any JournalAdministration else {
        throw ConformanceFailure(description: "the store cannot prune")
      }
      try await exercise(journal)
    }
  }

  /// Stores an event of that time with one run, which is closed (or not) at that time.
  private static func message(
    _ name: String, at moment: Int64, _ status: RunStatus = .done, deliveries: [DeliveryChange] = [],
    in journal: any Journal
  ) async throws -> Receipt {
    var record = Sample.intake(name)
    record.receivedAt = Sample.moment(moment)
    let receipt = try await journal.append([record])[0]
    if status != .queued {
      try await journal.commit(
        RunChange(run: receipt.runs[0], status: status, at: Sample.moment(moment), deliveries: deliveries))
    }
    return receipt
  }

  private static func prune(
    _ journal: any JournalAdministration, before: Int64 = 1_000, dead: Int64 = 500, limit: Int = 100
  ) async throws -> Int {
    var after: EventID = 0
    var removed = 0
    while true {
      let step = PruneStep.history(
        after: after, receivedBefore: Sample.moment(before), deadBefore: Sample.moment(dead), limit: limit)
      let progress = try await journal.prune(step)
      removed += progress.removed
      guard let next = progress.next else { return removed }
      try expect(next > after, "a step that does not move on")
      after = next
    }
  }

  private static func sent(_ remoteIDs: [String], chat: String = "-100") -> [DeliveryChange] {
    [
      .insert(Sample.delivery(1, chat: chat)),
      .settle(sequence: 1, state: .sent, remoteIDs: remoteIDs, result: .null, error: nil, at: Sample.moment(2)),
    ]
  }

  static let pruning: [ConformanceCase] = [
    pruning("what is old and settled goes, with its runs, deliveries and own messages") { journal in
      let old = try await message("old", at: 10, deliveries: sent(["501", "502"]), in: journal)
      let young = try await message("young", at: 1_000, deliveries: sent(["601"]), in: journal)
      _ = try await message("newest", at: 2_000, in: journal)
      try expectEqual(try await prune(journal), 1)
      try expectEqual(try await journal.event(old.event), nil)
      try expectEqual(try await journal.run(old.runs[0]), nil)
      try expectEqual(try await journal.deliveries(of: old.runs[0]), [])
      for id in ["501", "502"] {
        try expectEqual(try await journal.isOwnMessage(connection: "desk", chat: "-100", messageID: id), false)
      }
      try expectEqual(try await journal.isOwnMessage(connection: "desk", chat: "-100", messageID: "601"), true)
      try expectEqual(try await journal.run(young.runs[0])?.status, .done)
      try expectEqual(try await prune(journal), 0)
      // The count of events is of all that were ever stored.
      try expectEqual(try await journal.counts().events, 3)
    },
    pruning("ids of any bytes are forgotten with their message") { journal in
      let ids = ["1", "a\0b", "\0\0", "\u{1}", "\\u0000", "\\\0", "ё\"}"]
      let kept = ids.map { $0 + "k" }
      _ = try await message("old", at: 10, deliveries: sent(ids), in: journal)
      _ = try await message("young", at: 1_500, deliveries: sent(kept), in: journal)
      try expectEqual(try await prune(journal), 1)
      for id in ids + kept {
        let isKnown = try await journal.isOwnMessage(connection: "desk", chat: "-100", messageID: id)
        try expect(isKnown == kept.contains(id), "\(id.debugDescription) is \(isKnown ? "still" : "no longer") known")
      }
    },
    pruning("open, parked and dead runs stay, and what nobody knows the outcome of") { journal in
      var kept: [Receipt] = []
      for status in [RunStatus.queued, .running, .waiting, .parked] {
        kept.append(try await message("open \(status)", at: 10, status, in: journal))
      }
      kept.append(try await message("dead but young", at: 600, .dead, in: journal))
      let unknown = DeliveryChange.settle(
        sequence: 1, state: .unknown, remoteIDs: [], result: .null, error: "?", at: Sample.moment(3))
      kept.append(
        try await message("unknown", at: 600, deliveries: [.insert(Sample.delivery(1)), unknown], in: journal))
      let longDead = try await message("long dead", at: 10, .dead, in: journal)
      let dropped = try await message("dropped", at: 600, .parked, in: journal)
      try expectEqual(try await journal.dropRun(dropped.runs[0]), true)
      _ = try await message("newest", at: 2_000, in: journal)
      try expectEqual(try await prune(journal), 2)
      for receipt in kept { try expect(try await journal.event(receipt.event) != nil, "\(receipt) was forgotten") }
      try expectEqual(try await journal.event(longDead.event), nil)
      try expectEqual(try await journal.event(dropped.event), nil)
    },
    pruning("an event that a pending timer will come back to stays until it has fired and is old") { journal in
      let receipt = try await message("m1", at: 10, in: journal)
      let other = try await message("m2", at: 20, .running, in: journal)
      let timer = Sample.timer("t", dueAt: 900, event: receipt.event)
      try await journal.commit(Sample.change(other.runs[0], .running, timers: [.start(timer, keepsEarlier: false)]))
      _ = try await message("newest", at: 2_000, in: journal)
      try expectEqual(try await prune(journal), 0)
      let fired = try await journal.fireTimer(key: "t", now: Sample.moment(1_500))
      try expectEqual(try await prune(journal), 0)
      try await journal.commit(RunChange(run: fired?.id ?? 0, status: .done, at: Sample.moment(1_500)))
      // Closed at 1,500 only.
      try expectEqual(try await prune(journal), 0)
      _ = try await message("newer", at: 2_000, in: journal)
      try expectEqual(try await prune(journal, before: 1_600), 1)
      try expectEqual(try await journal.event(receipt.event), nil)
    },
    pruning("ids are never given out again, since the newest event and run stay") { journal in
      let first = try await message("m1", at: 10, in: journal)
      let last = try await message("m2", at: 11, in: journal)
      try expectEqual(try await prune(journal), 1)
      try expectEqual(try await journal.event(first.event), nil)
      try expect(try await journal.event(last.event) != nil, "the newest event was forgotten")
      let next = try await message("m3", at: 12, in: journal)
      try expect(next.event > last.event && next.runs[0] > last.runs[0], "an id was given out twice")
    },
    pruning("forgetting goes in steps of the size asked for") { journal in
      for number in 0..<10 { _ = try await message("m\(number)", at: Int64(number), in: journal) }
      let one = PruneStep.history(
        after: 0, receivedBefore: Sample.moment(1_000), deadBefore: Sample.moment(500), limit: 3)
      let progress = try await journal.prune(one)
      // A busy store may do less in a step, never more.
      try expect((1...3).contains(progress.removed), "a step of 3 removed \(progress.removed)")
      try expect(progress.next != nil, "the pass ended after its first step")
      try expectEqual(try await prune(journal, limit: 4), 9 - progress.removed)
    },
    pruning("a forgotten message that comes again is a new one, one that is kept is a duplicate") { journal in
      _ = try await message("old", at: 10, in: journal)
      _ = try await message("young", at: 1_500, in: journal)
      try expectEqual(try await prune(journal), 1)
      let again = try await journal.append([Sample.intake("old"), Sample.intake("young")])
      try expectEqual(again.map(\.isDuplicate), [false, true])
    },
    pruning("dedup keys go once they are no longer kept") { journal in
      for (number, until) in [10, 20, 30, 40].enumerated() {
        _ = try await journal.claimDeduplicationKey(
          flow: "desk", key: "k\(number)", run: 1, keepUntil: Sample.moment(Int64(until)), now: Sample.moment(1))
      }
      let step = PruneStep.deduplicationKeys(keptUntilBefore: Sample.moment(30), limit: 1)
      try expectEqual(try await journal.prune(step).removed, 1)
      let more = PruneStep.deduplicationKeys(keptUntilBefore: Sample.moment(30), limit: 9)
      try expectEqual(try await journal.prune(more), PruneProgress(removed: 1, examined: 1, next: nil))
      let taken = try await journal.claimDeduplicationKey(
        flow: "desk", key: "k2", run: 2, keepUntil: Sample.moment(99), now: Sample.moment(1))
      try expectEqual(taken, false)
    },
    pruning("versions of flows stay while something is pinned to them") { journal in
      for number in 0..<6 {
        try await journal.saveFlowVersion(
          FlowVersion(project: "shop", flow: "shop/desk", version: "v\(number)", file: "f.yaml", source: "x"))
      }
      // A run of v1 is open, one of v2 is dead, a timer waits with v3.
      var record = Sample.intake("m1", runs: 3)
      for (at, version) in ["v1", "v2", "v9"].enumerated() { record.runs[at].version = version }
      let runs = try await journal.append([record])[0].runs
      try await journal.commit(Sample.change(runs[1], .dead))
      var timer = Sample.timer("t", dueAt: 9)
      timer.version = "v3"
      try await journal.commit(Sample.change(runs[2], .done, timers: [.start(timer, keepsEarlier: false)]))
      let active: Set<FlowVersionName> = [FlowVersionName(flow: "shop/desk", version: "v4")]
      try expectEqual(try await journal.removeUnusedFlowVersions(keeping: active, newest: 9), 0)
      try expectEqual(try await journal.removeUnusedFlowVersions(keeping: active, newest: 1), 1)
      for number in 0..<6 {
        let version = try await journal.flowVersion(flow: "shop/desk", version: "v\(number)")
        try expectEqual(version == nil, number == 0)
      }
    },
  ]
}
