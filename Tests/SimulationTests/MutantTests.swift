import Simulation
import Testing

/// The tests are tested: an engine with a planted fault is found out, by the promise that the fault breaks, while the
/// engine as it is keeps every promise on the same seeds.
@Suite struct MutantTests {
  /// What may notice each fault first, and within how many seeds.
  private static let expected: [(mutant: Mutant, invariants: Set<Invariant>, seeds: UInt64)] = [
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
  ]

  @Test(arguments: expected.map(\.mutant))
  func `a planted fault is found out by the promise it breaks`(mutant: Mutant) async throws {
    let (_, invariants, seeds) = try #require(Self.expected.first { $0.mutant == mutant })
    for seed in 1...seeds {
      guard let violation = await Simulation(mutant: mutant).play(seed: seed).violation else { continue }
      #expect(invariants.contains(violation.invariant), "seed \(seed): \(violation)")
      let sound = await Simulation().play(seed: seed)
      #expect(sound.violation == nil, "the engine as it is breaks seed \(seed) too")
      print("\(mutant.rawValue): seed \(seed), \(violation.invariant.rawValue)")
      return
    }
    Issue.record("no seed of \(seeds) noticed \(mutant.rawValue)")
  }

  @Test func `every planted fault is expected somewhere`() {
    #expect(Set(Self.expected.map(\.mutant)) == Set(Mutant.allCases).subtracting([.none]))
  }
}
