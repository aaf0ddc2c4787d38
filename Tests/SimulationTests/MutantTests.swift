import Simulation
import Testing

/// The tests are tested: an engine with a planted fault is found out, by the promise that the fault breaks, while the
/// engine as it is keeps every promise on the same seeds.
@Suite struct MutantTests {
  /// What may notice each fault first, and within how many seeds.
  private static let expected: [Expectation] = alone + shared

  private struct Expectation {
    var mutant: Mutant
    var invariants: Set<Invariant>
    var seeds: UInt64
    var nodes = 1
  }

  private static let shared = [
    Expectation(mutant: .noFencing, invariants: [.fenced, .oneWalker], seeds: 30, nodes: 3),
    Expectation(mutant: .leaseNeverExpires, invariants: [.takenOver, .fenced, .oneWalker], seeds: 30, nodes: 3),
    Expectation(mutant: .leaseIgnored, invariants: [.leasedOnce], seeds: 5, nodes: 3),
    Expectation(mutant: .receiverKept, invariants: [.oneReceiver], seeds: 30, nodes: 3),
  ]

  private static let alone: [Expectation] = ([
    (.forgetsFsync, [.acknowledgedKept], 30),
    (.acknowledgesBeforeCommit, [.acknowledgedKept], 60),
    (.outboxAfterSend, [.ledgerFirst], 5),
    (.noDeduplication, [.eventOnce], 5),
    (.timerClaimedTwice, [.timerOnce], 10),
    (.timerEarly, [.timerNotEarly], 20),
    (.laneReleasedEarly, [.oneAtATime, .laneOrder, .conversationOrder], 20),
    (.retryLosesPlace, [.laneOrder, .conversationOrder], 200),
    (.settleLost, [.settled], 5),
    (.cancelIgnored, [.timerCancelled], 20),
    (.skipsReconciliation, [.sentOnce], 60),
    (.blindRetry, [.sentOnce], 20),
    (.threadLost, [.oneThread], 60),
    (.parkForgotten, [.delivered, .liveness], 60),
    (.versionForgotten, [.version], 200),
    (.tenantMixed, [.tenant], 5),
  ] as [(Mutant, Set<Invariant>, UInt64)]).map { Expectation(mutant: $0.0, invariants: $0.1, seeds: $0.2) }

  @Test(arguments: expected.map(\.mutant))
  func `a planted fault is found out by the promise it breaks`(mutant: Mutant) async throws {
    let expected = try #require(Self.expected.first { $0.mutant == mutant })
    for seed in 1...expected.seeds {
      let planted = await Simulation(mutant: mutant, nodes: expected.nodes).play(seed: seed)
      guard let violation = planted.violation else { continue }
      #expect(expected.invariants.contains(violation.invariant), "seed \(seed): \(violation)")
      let sound = await Simulation(nodes: expected.nodes).play(seed: seed)
      #expect(sound.violation == nil, "the engine as it is breaks seed \(seed) too")
      print("\(mutant.rawValue): seed \(seed), \(violation.invariant.rawValue)")
      return
    }
    Issue.record("no seed of \(expected.seeds) noticed \(mutant.rawValue)")
  }

  @Test func `every planted fault is expected somewhere`() {
    #expect(Set(Self.expected.map(\.mutant)) == Set(Mutant.allCases).subtracting([.none]))
  }
}
