import JournalCore
import SwitchboardSDK
import Testing

@testable import FlowEngine

/// Several engines over one store: who dies, hangs, joins, leaves or is cut off loses no message, doubles none that
/// the ledger does not call unknown, and overtakes none.
@Suite(.timeLimit(.minutes(5))) struct ClusterTests {
  private static let chats = (0..<24).map { "c\($0)" }

  /// Runs nodes while the body plays; all are killed at its end.
  private func playing(
    _ town: ClusterTown, _ nodes: [ClusterNode], _ body: @escaping @Sendable (NodeStarter) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      let (starts, starter) = AsyncStream<ClusterNode>.makeStream()
      for node in nodes { starter.yield(node) }
      group.addTask {
        try await body(NodeStarter(continuation: starter))
        starter.finish()
      }
      group.addTask {
        try await withThrowingTaskGroup(of: Void.self) { running in
          var all: [ClusterNode] = []
          for await node in starts {
            all.append(node)
            running.addTask { try await node.run() }
          }
          for node in all {
            node.fault.thaw()
            node.kill()
          }
          try await running.waitForAll()
        }
      }
      try await group.waitForAll()
    }
    #expect(town.desk.problems.isEmpty, "\(town.desk.problems.joined(separator: "\n"))")
  }

  private func write(_ town: ClusterTown, _ round: Int) {
    for chat in Self.chats { town.write("\(chat) says \(round)", chat: chat) }
  }

  @Test func `two nodes share lanes and connections, and each message is shown once, in order`() async throws {
    let town = ClusterTown()
    let (one, two) = (ClusterNode("one", in: town), ClusterNode("two", in: town))
    try await playing(town, [one, two]) { _ in
      try await town.comes(within: 30_000) {
          one.heldPartitions == 128 && two.heldPartitions == 128
            && (one.heldConnections + two.heldConnections).sorted() == ["avito", "desk"]
        }
      #expect(one.heldConnections.count == 1)
      // Each keeps to its part of the channels' limits.
      #expect(one.sharedLimits == 2 && two.sharedLimits == 2)
      for round in 0..<5 { write(town, round) }
      try await town.comes(within: 60_000) { try await town.isServed() }
    }
    #expect(Set(town.desk.shown.map(\.node)) == ["one", "two"])
  }

  @Test func `a node dies, and within ten seconds its lanes are served again`() async throws {
    let town = ClusterTown()
    let nodes = ["one", "two", "three"].map { ClusterNode($0, in: town) }
    try await playing(town, nodes) { _ in
      try await town.comes(within: 30_000) { nodes.allSatisfy { (80...90).contains($0.heldPartitions) } }
      write(town, 0)
      try await town.comes(within: 60_000) { try await town.isServed() }
      let before = nodes[1].heldPartitions + nodes[2].heldPartitions
      write(town, 1)
      nodes[0].kill()
      write(town, 2)
      #expect(before < LanePartition.count)
      try await town.comes(within: 10_000) {
          nodes[1].heldPartitions + nodes[2].heldPartitions == LanePartition.count
        }
      try await town.comes(within: 60_000) { try await town.isServed() }
    }
  }

  @Test func `a node hangs and comes back: its late writes are refused, and it joins anew`() async throws {
    let town = ClusterTown(callMilliseconds: 300)
    let (one, two) = (ClusterNode("one", in: town), ClusterNode("two", in: town))
    try await playing(town, [one, two]) { _ in
      try await town.comes(within: 30_000) { one.heldPartitions == 128 && two.heldPartitions == 128 }
      write(town, 0)
      _ = try await town.passing(milliseconds: 400) { false }
      let number = one.status?.number
      one.fault.freeze()
      write(town, 1)
      try await town.comes(within: 10_000) { two.heldPartitions == LanePartition.count }
      try await town.comes(within: 60_000) { try await town.isServed() }
      one.fault.thaw()
      try await town.comes(within: 30_000) { one.heldPartitions == 128 && two.heldPartitions == 128 }
      #expect(one.status?.number != number)
      write(town, 2)
      try await town.comes(within: 60_000) { try await town.isServed() }
    }
  }

  @Test func `nodes join and leave under load`() async throws {
    let town = ClusterTown()
    let nodes = ["one", "two", "three"].map { ClusterNode($0, in: town) }
    try await playing(town, [nodes[0]]) { starter in
      try await town.comes(within: 30_000) { nodes[0].heldPartitions == LanePartition.count }
      for round in 0..<4 { write(town, round) }
      starter.start(nodes[1])
      _ = try await town.passing(milliseconds: 500) { false }
      for round in 4..<8 { write(town, round) }
      starter.start(nodes[2])
      try await town.comes(within: 60_000) { nodes.allSatisfy { (80...90).contains($0.heldPartitions) } }
      for round in 8..<12 { write(town, round) }
      nodes[0].leave()
      for round in 12..<16 { write(town, round) }
      try await town.comes(within: 60_000) { nodes[0].isOver }
      try await town.comes(within: 60_000) { try await town.isServed() }
    }
    // A hand-over that is wanted breaks nothing off: nothing was shown twice.
    let texts = town.desk.shown.map(\.text).filter { $0.hasPrefix("💬") }
    #expect(texts.count == Set(texts).count)
  }

  @Test func `a node that is cut off from the store lets everything go before another takes it`() async throws {
    let town = ClusterTown()
    let (one, two) = (ClusterNode("one", in: town), ClusterNode("two", in: town))
    try await playing(town, [one, two]) { _ in
      try await town.comes(within: 30_000) { one.heldPartitions == 128 && two.heldPartitions == 128 }
      write(town, 0)
      one.fault.cutOff(true)
      var isHeldTwice = false
      try await town.comes(within: 10_000) {
          isHeldTwice = isHeldTwice || one.heldPartitions + two.heldPartitions > LanePartition.count
          return two.heldPartitions == LanePartition.count
        }
      #expect(!isHeldTwice)
      #expect(one.heldPartitions == 0)
      write(town, 1)
      try await town.comes(within: 60_000) { try await town.isServed() }
      one.fault.cutOff(false)
      try await town.comes(within: 30_000) { one.heldPartitions == 128 && two.heldPartitions == 128 }
    }
  }

  @Test func `a lone node whose store is away for longer than its lease repeats no call that has been answered`()
    async throws
  {
    let town = ClusterTown(callMilliseconds: 300)
    let one = ClusterNode("one", in: town)
    try await playing(town, [one]) { _ in
      for round in 0..<3 {
        try await town.comes(within: 30_000) { one.heldPartitions == LanePartition.count }
        let (number, before) = (one.status?.number, town.desk.shown.count)
        write(town, round)
        try await town.comes(within: 30_000) { town.desk.shown.count > before + round * 3 }
        one.fault.cutOff(true)
        // The answers come while nothing can be written; then the lease runs out.
        try await town.comes(within: 20_000) { one.heldPartitions == 0 }
        _ = try await town.passing(milliseconds: Int64(round) * 5_000) { false }
        one.fault.cutOff(false)
        try await town.comes(within: 30_000) { one.heldPartitions == LanePartition.count }
        #expect(one.status?.number != number)
        try await town.comes(within: 60_000) { try await town.isServed() }
      }
    }
    #expect(town.desk.asked.isEmpty, "what was known had to be asked for")
    let texts = town.desk.shown.map(\.text).filter { $0.hasPrefix("💬") }
    #expect(texts.count == Set(texts).count && texts.count == Self.chats.count * 3)
    #expect(town.desk.threadCount == Self.chats.count)
  }

  @Test func `what was answered at a node that is cut off is asked for by the one that takes over`() async throws {
    let town = ClusterTown(callMilliseconds: 300)
    let (one, two) = (ClusterNode("one", in: town), ClusterNode("two", in: town))
    try await playing(town, [one, two]) { _ in
      try await town.comes(within: 30_000) { one.heldPartitions == 128 && two.heldPartitions == 128 }
      write(town, 0)
      try await town.comes(within: 30_000) { town.desk.shown.contains { $0.node == "one" } }
      one.fault.cutOff(true)
      try await town.comes(within: 10_000) { two.heldPartitions == LanePartition.count }
      try await town.comes(within: 60_000) { try await town.isServed() }
      #expect(!town.desk.asked.isEmpty)
      let shown = town.desk.shown.count
      // Its late commits are refused; it comes back, and nothing is said once more.
      one.fault.cutOff(false)
      try await town.comes(within: 30_000) { one.heldPartitions == 128 && two.heldPartitions == 128 }
      #expect(town.desk.shown.count == shown)
      write(town, 1)
      try await town.comes(within: 60_000) { try await town.isServed() }
    }
  }

  @Test func `of two nodes with one name the second is turned away`() async throws {
    let town = ClusterTown()
    let (one, twin) = (ClusterNode("one", in: town), ClusterNode("one", in: town))
    try await playing(town, [one]) { _ in
      try await town.comes(within: 30_000) { one.heldPartitions == LanePartition.count }
      do throws(JournalError) {
        try await twin.engine.open()
        Issue.record("two nodes of one name")
      } catch { #expect(error.code == .nameTaken) }
      write(town, 0)
      try await town.comes(within: 60_000) { try await town.isServed() }
    }
  }
}

/// Starts a node in the middle of a play.
struct NodeStarter: Sendable {
  let continuation: AsyncStream<ClusterNode>.Continuation
  func start(_ node: ClusterNode) { continuation.yield(node) }
}
