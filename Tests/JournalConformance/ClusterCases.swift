//! What every store must do that several nodes share: one is fenced, another goes on; nothing falls between them.
package import JournalCore
import SwitchboardSDK

/// A store that several processes can open, whose time a case can move.
package protocol ClusterStage: Sendable {
  /// Another process's way to the store, not yet a node.
  func process() async throws -> any ClusterStore
  /// Lets the store's time pass for all nodes: leases run out.
  func pass(milliseconds: Int64) async throws
}

package struct ClusterCase: Sendable, CustomStringConvertible {
  package let name: String
  package let exercise: @Sendable (any ClusterStage) async throws -> Void

  init(_ name: String, _ exercise: @escaping @Sendable (any ClusterStage) async throws -> Void) {
    self.name = name
    self.exercise = exercise
  }

  package var description: String { name }

  package static let all: [ClusterCase] = membership + fence + handOver

  /// Long, since a database counts it by the real clock while the machine may be busy.
  static let leaseMilliseconds: Int64 = 120_000

  /// A process that has joined.
  static func node(_ name: String, on stage: any ClusterStage) async throws -> any ClusterStore {
    let store = try await stage.process()
    _ = try await join(store, name)
    return store
  }

  static func join(
    _ store: any ClusterStore, _ name: String, replacing previous: NodeNumber? = nil
  ) async throws -> NodeNumber {
    try await store.join(
      NodeIdentity(name: name, address: "http://\(name):1"), replacing: previous,
      leaseMilliseconds: leaseMilliseconds)
  }

  static func lanes(_ partitions: Int...) -> [LeasedResource] { partitions.map { .lanes(partition: $0) } }
  static var ownPartition: Int { LanePartition.of(Sample.conversation) }
  static var otherPartitions: Set<Int> { Set(0..<LanePartition.count).subtracting([ownPartition]) }

  static func handedOver(_ externalID: String) -> IntakeRecord {
    var record = Sample.intake(externalID)
    for index in record.runs.indices { record.runs[index].isHandedOver = true }
    return record
  }

  // MARK: Who is there

  static let membership: [ClusterCase] = [
    ClusterCase("numbers grow, and everybody sees everybody") { stage in
      let first = try await stage.process()
      let second = try await stage.process()
      let one = try await join(first, "one")
      let two = try await join(second, "two")
      try expect(two > one, "number \(two) after \(one)")
      let view = try await first.renew()
      try expectEqual(view.own, one)
      try expectEqual(view.nodes.map(\.number), [one, two])
      try expectEqual(view.node(two)?.identity, NodeIdentity(name: "two", address: "http://two:1"))
      let command = try await stage.process()
      try expectEqual(try await command.livingNodes().map(\.name), ["one", "two"])
      try await second.leave()
      try expectEqual(try await first.renew().nodes.map(\.number), [one])
      try expectEqual(try await command.livingNodes().map(\.name), ["one"])
      try await stage.pass(milliseconds: leaseMilliseconds + 1)
      try expectEqual(try await command.livingNodes(), [])
    },
    ClusterCase("a name belongs to one living node") { stage in
      let first = try await node("one", on: stage)
      let second = try await stage.process()
      try await expectRefused(.nameTaken) {
        _ = try await second.join(
          NodeIdentity(name: "one", address: ""), replacing: nil, leaseMilliseconds: leaseMilliseconds)
      }
      _ = try await first.renew()
      try await first.leave()
      _ = try await join(second, "one")
    },
    ClusterCase("a name whose lease has run out can be taken, and its late owner is fenced") { stage in
      let first = try await node("one", on: stage)
      _ = try await first.take(lanes(1))
      try await stage.pass(milliseconds: leaseMilliseconds + 1)
      let second = try await node("one", on: stage)
      try await expectRefused(.fenced) { _ = try await first.renew() }
      try expectEqual(try await second.take(lanes(1)), lanes(1))
    },
    ClusterCase("who comes back replaces what it was") { stage in
      let store = try await stage.process()
      let number = try await join(store, "one")
      _ = try await store.take(lanes(1))
      let next = try await join(store, "one", replacing: number)
      try expect(next > number, "number \(next) after \(number)")
      let view = try await store.renew()
      try expectEqual(view.nodes.map(\.number), [next])
      try expectEqual(view.holders, [:])
    },
    ClusterCase("a lease is held by one node until it is given back") { stage in
      let first = try await node("one", on: stage)
      let second = try await node("two", on: stage)
      let wanted = lanes(1, 2) + [.connection("desk"), .service(.timers)]
      try expectEqual(try await first.take(wanted), wanted)
      try expectEqual(try await second.take(wanted + lanes(3)), lanes(3))
      try await second.release(lanes(1))
      try expectEqual(try await second.take(lanes(1)), [])
      try await first.release(lanes(1))
      try expectEqual(try await second.take(lanes(1)), lanes(1))
      let view = try await first.renew()
      try expectEqual(view.holders[.service(.timers)], view.own)
      try expectEqual(view.holders.values.count { $0 == view.own }, 3)
    },
  ]

  // MARK: The fence

  static let fence: [ClusterCase] = [
    ClusterCase("who renews in time lives; who does not is declared dead by the store's clock") { stage in
      let first = try await node("one", on: stage)
      let second = try await node("two", on: stage)
      _ = try await second.take(lanes(7))
      for _ in 0..<3 {
        try await stage.pass(milliseconds: 75_000)
        try expectEqual(try await first.renew().nodes.count, 2)
        _ = try await second.renew()
      }
      try await stage.pass(milliseconds: 75_000)
      _ = try await first.renew()
      try await stage.pass(milliseconds: 75_000)
      let view = try await first.renew()
      try expectEqual(view.nodes.map(\.number), [view.own])
      try expectEqual(view.holders, [:])
      try expectEqual(try await first.take(lanes(7)), lanes(7))
    },
    ClusterCase("every late write of a dead node is refused, and leaves nothing") { stage in
      let first = try await node("one", on: stage)
      let late = try await node("two", on: stage)
      let run = try await Sample.run(in: late)
      try await late.commit(Sample.change(run, timers: [.start(Sample.timer("t", dueAt: 1), keepsEarlier: false)]))
      try await stage.pass(milliseconds: leaseMilliseconds + 1)
      // The dead one is not told: another's look declares it.
      _ = try? await first.renew()
      let third = try await node("three", on: stage)
      _ = try await third.renew()
      try await refusesAll(late, run: run)
      try expectEqual(try await third.counts(), JournalCounts(events: 1, openRuns: 1, pendingTimers: 1))
      try expectEqual(try await third.run(run)?.status, .running)
      try await third.commit(Sample.change(run, .done))
    },
    ClusterCase("who has left writes nothing more") { stage in
      let first = try await node("one", on: stage)
      let run = try await Sample.run(in: first)
      try await first.leave()
      try await refusesAll(first, run: run)
    },
    ClusterCase("a process that never joined writes unfenced, as commands do") { stage in
      let command = try await stage.process()
      let run = try await Sample.run(in: command)
      try await command.commit(Sample.change(run, .done))
    },
    ClusterCase("a fenced node comes back under a new number and writes again") { stage in
      let first = try await stage.process()
      let number = try await join(first, "one")
      try await stage.pass(milliseconds: leaseMilliseconds + 1)
      let second = try await node("two", on: stage)
      _ = try await second.renew()
      try await expectRefused(.fenced) { _ = try await first.append([Sample.intake("late")]) }
      _ = try await join(first, "one", replacing: number)
      _ = try await Sample.run(in: first)
    },
  ]

  private static func refusesAll(_ late: any ClusterStore, run: RunID) async throws {
    try await expectFenced { _ = try await late.append([Sample.intake("late")]) }
    try await expectFenced { try await late.commit(Sample.change(run, .done)) }
    try await expectFenced {
      _ = try await late.claimDeduplicationKey(
        flow: "f", key: "k", run: run, keepUntil: Sample.moment(9_000), now: Sample.moment(1))
    }
    try await expectFenced { _ = try await late.fireTimer(key: "t", now: Sample.moment(10)) }
    try await expectFenced { try await late.setConnectionValue(connection: "desk", key: "offset", value: 5) }
    try await expectFenced { _ = try await late.take(lanes(9)) }
    try await expectFenced { _ = try await late.takeHandedOver(in: [ownPartition], limit: 10) }
    try await expectFenced { _ = try await late.renew() }
  }

  // MARK: Runs for others

  static let handOver: [ClusterCase] = [
    ClusterCase("a run that is handed over is given out once, in order, to whom its lane belongs") { stage in
      let first = try await node("one", on: stage)
      let second = try await node("two", on: stage)
      let runs = try await first.append([handedOver("m1"), Sample.intake("m2"), handedOver("m3")]).flatMap(\.runs)
      try expectEqual(try await second.takeHandedOver(in: otherPartitions, limit: 10).map(\.id), [])
      try expectEqual(try await second.takeHandedOver(in: [ownPartition], limit: 1).map(\.id), [runs[0]])
      try expectEqual(
        try await second.takeHandedOver(in: [ownPartition], limit: 10),
        [OpenRun(id: runs[2], lane: Sample.conversation, status: .queued, wakeAt: nil)])
      try expectEqual(try await second.takeHandedOver(in: [ownPartition], limit: 10).map(\.id), [])
    },
    ClusterCase("open runs are told by partition; what was taken and not walked is among them") { stage in
      let first = try await node("one", on: stage)
      let runs = try await first.append([handedOver("m1"), Sample.intake("m2"), Sample.intake("m3")]).flatMap(\.runs)
      _ = try await first.takeHandedOver(in: [ownPartition], limit: 10)
      try await first.commit(Sample.change(runs[1], .done))
      try expectEqual(try await first.openRuns(in: [ownPartition], after: 0, limit: 10).map(\.id), [runs[0], runs[2]])
      try expectEqual(try await first.openRuns(in: [ownPartition], after: runs[0], limit: 10).map(\.id), [runs[2]])
      try expectEqual(try await first.openRuns(in: [ownPartition], after: 0, limit: 1).map(\.id), [runs[0]])
      try expectEqual(try await first.openRuns(in: otherPartitions, after: 0, limit: 10).map(\.id), [])
    },
    ClusterCase("what is closed before it is taken is not given out") { stage in
      let first = try await node("one", on: stage)
      let run = try await first.append([handedOver("m1")]).flatMap(\.runs)[0]
      try await first.commit(Sample.change(run, .dead))
      try expectEqual(try await first.takeHandedOver(in: [ownPartition], limit: 10).map(\.id), [])
    },
    ClusterCase("a timer fired for another node's lane is handed over") { stage in
      let first = try await node("one", on: stage)
      let second = try await node("two", on: stage)
      let run = try await Sample.run(in: first)
      try await first.commit(
        Sample.change(
          run, .done,
          timers: [
            .start(Sample.timer("a", dueAt: 5), keepsEarlier: false),
            .start(Sample.timer("b", dueAt: 6), keepsEarlier: false),
          ]))
      let kept = try await first.fireTimer(key: "a", now: Sample.moment(10), handsOver: false)
      let given = try await first.fireTimer(key: "b", now: Sample.moment(10), handsOver: true)
      try expectEqual(
        try await second.takeHandedOver(in: [ownPartition], limit: 10).map(\.id), given.map { [$0.id] } ?? [])
      try expectEqual(try await second.openRuns(in: [ownPartition], after: 0, limit: 10).count, 2)
      try expect(kept != nil && given != nil, "a timer did not fire")
    },
    ClusterCase("of two nodes that want the same at once, one gets it") { stage in
      var nodes: [any ClusterStore] = []
      for name in ["one", "two", "three"] { nodes.append(try await node(name, on: stage)) }
      let all = (0..<LanePartition.count).map { LeasedResource.lanes(partition: $0) }
      let taken = try await withThrowingTaskGroup(of: [LeasedResource].self) { group in
        for node in nodes { group.addTask { try await node.take(all) } }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      try expectEqual(taken.count, LanePartition.count)
      try expectEqual(Set(taken).count, LanePartition.count)
    },
  ]
}

func expectFenced(line: Int = #line, _ body: () async throws -> Void) async throws {
  try await expectRefused(.fenced, line: line, body)
}

func expectRefused(_ code: JournalError.Code, line: Int = #line, _ body: () async throws -> Void) async throws {
  do {
    try await body()
  } catch let error as JournalError {
    return try expectEqual(error.code, code, line: line)
  }
  throw ConformanceFailure(description: "not refused with \(code) (line \(line))")
}
